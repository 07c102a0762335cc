import { describe, expect, it } from 'vitest';
import { stampOf } from '../../../src/admission/changed-by.ts';
import { carriesStamp, stampPatch, stampProblem } from '../../../src/admission/stamps.ts';
import type { Review } from '../../../src/admission/review-codec.ts';
import { applyJsonPatch } from '../../../src/policy/apply-json-patch.ts';
import { deployment, reviewOf } from './fixture.ts';

const ada = '{"username":"ada","uid":"7","groups":["dev"]}';
const eve = '{"username":"eve","uid":"","groups":[]}';

function update(object: ReturnType<typeof deployment>, oldObject: ReturnType<typeof deployment>) {
  return reviewOf('deployments', 'UPDATE', { object, oldObject });
}

const CASES: [name: string, review: Review, stamp: string | undefined][] = [
  ['a new Deployment', reviewOf('deployments', 'CREATE', { object: deployment('a:1') }), ada],
  [
    'a new Deployment with a forged stamp',
    reviewOf('deployments', 'CREATE', { object: deployment('a:1', eve) }),
    ada,
  ],
  [
    'a new Deployment with no metadata at all',
    reviewOf('deployments', 'CREATE', { object: { spec: {} } }),
    ada,
  ],
  ['a new template', update(deployment('a:2', eve), deployment('a:1', eve)), ada],
  ['a new template without the stamp', update(deployment('a:2'), deployment('a:1', eve)), ada],
  ['the same template', update(deployment('a:1', eve), deployment('a:1', eve)), eve],
  ['the same template, stamp forged', update(deployment('a:1', ada), deployment('a:1', eve)), eve],
  ['the same template, stamp removed', update(deployment('a:1'), deployment('a:1', eve)), eve],
  [
    'the same template, stamp invented',
    update(deployment('a:1', ada), deployment('a:1')),
    undefined,
  ],
  ['the same template, never stamped', update(deployment('a:1'), deployment('a:1')), undefined],
];

function stampIn(object: unknown): string | undefined {
  const { metadata } = object as { metadata?: { annotations?: Record<string, string> } };
  return metadata?.annotations?.['sluice.dev/changed-by'];
}

describe('the stamp', () => {
  it.each(CASES)('%s', (_name, review, stamp) => {
    const object = applyJsonPatch(review.object, stampPatch(review));
    expect(stampIn(object)).toBe(stamp);
    const stamped = { ...review, object };
    // Applied again, nothing changes, and validation agrees.
    expect(stampPatch(stamped)).toEqual([]);
    expect(stampProblem(stamped)).toBeUndefined();
  });

  it.each(CASES.filter(([, review, stamp]) => stampIn(review.object) !== stamp))(
    'is refused when wrong: %s',
    (_name, review) => {
      expect(stampProblem(review)).toMatch(/^metadata\.annotations\[sluice\.dev\/changed-by\]: /);
    },
  );

  it('may be written in another order by another version', () => {
    const other = '{ "groups": ["dev"], "uid": "7", "username": "ada" }';
    expect(stampProblem(update(deployment('a:2', other), deployment('a:1')))).toBeUndefined();
  });

  it.each(['{', '[]', '7', '{"groups":"dev"}', ''])('cannot be %j', (text) => {
    expect(stampProblem(update(deployment('a:2', text), deployment('a:1')))).toBeDefined();
  });

  it('has all its members even for a user without', () => {
    expect(stampOf({})).toBe('{"username":"","uid":"","groups":[]}');
    expect(stampOf({ username: 'a', uid: 'b', groups: ['c'], extra: { d: ['e'] } })).toBe(
      '{"username":"a","uid":"b","groups":["c"]}',
    );
  });

  it('concerns Deployments that are written, and nothing else', () => {
    const object = deployment('a:1');
    expect(carriesStamp(reviewOf('deployments', 'CREATE', { object }))).toBe(true);
    expect(carriesStamp(reviewOf('deployments', 'DELETE', { oldObject: object }))).toBe(false);
    expect(carriesStamp(reviewOf('canaries', 'CREATE', { object }))).toBe(false);
    const scale = reviewOf('deployments', 'UPDATE', { object }, { subResource: 'scale' });
    expect(carriesStamp(scale)).toBe(false);
  });
});
