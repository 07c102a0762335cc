import { describe, expect, it } from 'vitest';
import { carriesStamp, stampPatch, stampProblem } from '../../../src/admission/stamps.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { applyJsonPatch } from '../../../src/policy/apply-json-patch.ts';
import { reviewOf, type ResourceName } from './fixture.ts';

const ADA = { username: 'ada', uid: '7', groups: ['dev'] };
const EVE = { username: 'eve', uid: '', groups: [] };
const FIELDS: [ResourceName, string][] = [
  ['approvals', 'approver'],
  ['policyexceptions', 'requestedBy'],
];
const ANNOTATED: ResourceName[] = [
  'rolloutpolicies',
  'rolloutpolicybindings',
  'changewindows',
  'rolloutbudgets',
];

function stamped(resource: ResourceName, object: Json, oldObject: Json = null): Json {
  const review = reviewOf(resource, oldObject === null ? 'CREATE' : 'UPDATE', {
    object,
    oldObject,
  });
  expect(carriesStamp(review)).toBe(true);
  const done = applyJsonPatch(object, stampPatch(review));
  const after = { ...review, object: done };
  expect(stampPatch(after), 'asked again').toEqual([]);
  expect(stampProblem(after)).toBeUndefined();
  return done;
}

describe.each(FIELDS)('%s', (resource, field) => {
  it.each<[name: string, submitted: object]>([
    ['nothing', {}],
    ['somebody else', { [field]: EVE }],
    ['the same', { [field]: ADA }],
    ['no user', { [field]: 'ada' }],
  ])('say who asks, whatever was submitted: %s', (_name, submitted) => {
    const object = { spec: { reason: 'r', ...submitted } } as unknown as Json;
    expect(stamped(resource, object)).toEqual({ spec: { reason: 'r', [field]: ADA } });
  });

  it('keep who it was, whoever writes again', () => {
    const old = { spec: { reason: 'r', [field]: EVE } } as unknown as Json;
    expect(stamped(resource, { spec: { reason: 'r' } }, old)).toEqual(old);
    const bare = { spec: { reason: 'r' } };
    expect(stamped(resource, { spec: { reason: 'r', [field]: ADA } }, bare)).toEqual(bare);
  });

  it('are refused when they say something else', () => {
    const object = { spec: { [field]: EVE } } as unknown as Json;
    expect(stampProblem(reviewOf(resource, 'CREATE', { object }))).toContain(`spec.${field}:`);
  });

  it('without a spec are left to the schema', () => {
    expect(stampPatch(reviewOf(resource, 'CREATE', { object: {} }))).toEqual([]);
  });
});

describe.each(ANNOTATED)('%s', (resource) => {
  const annotation = (object: Json): unknown =>
    (object as { metadata?: { annotations?: Record<string, unknown> } }).metadata?.annotations?.[
      'sluice.dev/changed-by'
    ];
  const by = (user: object) => ({
    metadata: { annotations: { 'sluice.dev/changed-by': JSON.stringify(user) } },
  });

  it('say who changed the spec, and not who only labelled', () => {
    expect(annotation(stamped(resource, { spec: { a: 1 } }))).toBe(JSON.stringify(ADA));
    const old = { ...by(EVE), spec: { a: 1 } };
    expect(annotation(stamped(resource, { ...by(EVE), spec: { a: 2 } }, old))).toBe(
      JSON.stringify(ADA),
    );
    expect(annotation(stamped(resource, { spec: { a: 1 } }, old))).toBe(JSON.stringify(EVE));
    expect(annotation(stamped(resource, { ...by(ADA), spec: { a: 1 } }, { spec: { a: 1 } }))).toBe(
      undefined,
    );
  });

  it('are refused when they say something else', () => {
    const object = { ...by(EVE), spec: { a: 1 } };
    expect(stampProblem(reviewOf(resource, 'CREATE', { object }))).toContain(
      'who changed the spec',
    );
  });
});

it('nothing else is stamped', () => {
  const object = { spec: {} };
  expect(carriesStamp(reviewOf('rolloutruns', 'CREATE', { object }))).toBe(false);
  expect(carriesStamp(reviewOf('canaries', 'CREATE', { object }))).toBe(false);
  expect(carriesStamp(reviewOf('approvals', 'UPDATE', { object }, { subResource: 'status' }))).toBe(
    false,
  );
  expect(carriesStamp(reviewOf('policyexceptions', 'DELETE', { oldObject: object }))).toBe(false);
});
