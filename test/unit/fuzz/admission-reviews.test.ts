import fc from 'fast-check';
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHANGED_BY, stampOf } from '../../../src/admission/changed-by.ts';
import type { ReviewAnswer } from '../../../src/admission/review-failure.ts';
import { createReviewHandler } from '../../../src/admission/review-handler.ts';
import { ReviewError, decodeReview, type Review } from '../../../src/admission/review-codec.ts';
import { isGovernedByPolicies } from '../../../src/admission/own-kinds.ts';
import { REVIEW_PATHS } from '../../../src/admission/paths.ts';
import type { Facts } from '../../../src/domain/decision.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../../src/domain/policy.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { evaluateWindows } from '../../../src/governance/windows.ts';
import { createPolicyEngine } from '../../../src/policy/policy-engine.ts';
import { staticCache } from '../../../src/policy/static-cache.ts';
import { isTowardSafety } from '../../../src/policy/toward-safety.ts';
import { immediate } from '../../support/immediate.ts';
import {
  bodyOf,
  countingMetrics,
  deployment,
  engineOf,
  readAnswer,
  reviewOf,
  type FixtureEngine,
} from '../admission/fixture.ts';
import { BOUNDS, anyJson, brokenText } from './arbitraries.ts';

const TIMEOUT = 60_000;
const RUNS = { ...BOUNDS, numRuns: 1500 };
const clock = new VirtualClock();

/** Refuses whatever it is asked about, and would change it. */
const POLICY: RolloutPolicy = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'never' },
  spec: {
    validations: [{ expression: 'object == null && oldObject == null && false', message: 'never' }],
    mutations: [
      {
        patchType: 'JSONPatch',
        jsonPatch: { expression: '[JSONPatch{op: "add", path: "/spec/paused", value: true}]' },
      },
    ],
  },
};
const BINDING: RolloutPolicyBinding = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'never' },
  spec: { policyName: 'never', validationActions: ['Deny'] },
};

const strict = handlerOf(
  createPolicyEngine({
    policies: staticCache([POLICY]),
    bindings: staticCache([BINDING]),
    windows: staticCache([]),
    namespaces: staticCache([]),
    evaluateWindows,
    clock,
    freshnessMs: 1000,
    systemNamespace: 'sluice-system',
    logger: silentLogger,
  }),
);
const broken = handlerOf(
  engineOf(() => {
    throw new TypeError('a defect');
  }),
);

type Handle = (path: string, body: string) => ReviewAnswer;

function handlerOf(engine: FixtureEngine): Handle {
  const options = { engine, clock, metrics: countingMetrics(), executorUsernames: [] };
  const handler = createReviewHandler(options);
  return (path, body) => immediate(handler(path, body));
}

/** As `/mutate` leaves it for the fixture's user. */
function stamped({ metadata, ...rest }: RolloutPolicy): RolloutPolicy {
  const stamp = stampOf({ username: 'ada', uid: '7', groups: ['dev'] });
  return { ...rest, metadata: { ...metadata, annotations: { [CHANGED_BY]: stamp } } };
}

const canary = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', spec: { analysis: {} } };
const VALID: readonly Review[] = [
  reviewOf('deployments', 'CREATE', { object: deployment('a:1') }),
  reviewOf('deployments', 'UPDATE', {
    object: deployment('a:2'),
    oldObject: deployment('a:1', '{}'),
  }),
  reviewOf('canaries', 'DELETE', { oldObject: canary }),
  reviewOf('rolloutruns', 'UPDATE', { object: { spec: {} }, oldObject: { spec: { a: 1 } } }),
  reviewOf('rolloutpolicies', 'CREATE', { object: stamped(POLICY) as never }),
  reviewOf('changewindows', 'CREATE', { object: { spec: { schedule: { from: 'x', to: 'y' } } } }),
];
const TEXTS = VALID.map(bodyOf);

type Members = Record<string, unknown>;
/** Where, in thousandths of all members; and what stands there then: nothing, when there is no value. */
type Change = readonly [where: number, value: { readonly json: unknown } | undefined];
const change: fc.Arbitrary<Change> = fc.tuple(
  fc.noBias(fc.nat(999)),
  fc.option(
    anyJson.map((json) => ({ json })),
    { nil: undefined },
  ),
);

/** A valid review in which one to three members, however deep, are gone or something else. */
const changedReview = fc
  .tuple(fc.constantFrom(...TEXTS), fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([text, changes]) => {
    const review = JSON.parse(text) as Members;
    for (const each of changes) applyChange(review, each);
    return JSON.stringify(review);
  });

function applyChange(review: Members, [where, value]: Change): void {
  const places = placesIn(review);
  const place = places[Math.floor((where / 1000) * places.length)];
  if (place === undefined) return;
  if (value === undefined) Reflect.deleteProperty(place.parent, place.key);
  else place.parent[place.key] = value.json;
}

function placesIn(parent: Members): { readonly parent: Members; readonly key: string }[] {
  return Object.entries(parent).flatMap(([key, value]) => [
    { parent, key },
    ...(typeof value === 'object' && value !== null ? placesIn(value as Members) : []),
  ]);
}

const path = fc.constantFrom(...REVIEW_PATHS);

/** What a reader can tell of the body without our codec. */
function uidIn(body: string): string | undefined {
  try {
    const { request } = JSON.parse(body) as { request?: { uid?: unknown } };
    return typeof request?.uid === 'string' ? request.uid : undefined;
  } catch {
    return undefined;
  }
}

/** The review, or the error that names what is wrong with it. */
function decoded(body: string): Review | ReviewError {
  try {
    return decodeReview(body);
  } catch (error) {
    if (error instanceof ReviewError) return error;
    throw error;
  }
}

/** An answer that a caller can use, whatever was sent. */
function expectAnswer(handle: Handle, at: string, body: string) {
  const answer = handle(at, body);
  const response = readAnswer(answer.body);
  expect(response.allowed).toBeTypeOf('boolean');
  const uid = uidIn(body);
  if (uid !== undefined) expect(response.uid).toBe(uid);
  if (!response.allowed) {
    expect(response.status?.code).toBeGreaterThanOrEqual(400);
    expect(response.status?.message).not.toBe('');
    expect(response.patch).toBeUndefined();
  } else {
    expect(answer.status).toBe(200);
  }
  if (response.patch !== undefined) {
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toBeInstanceOf(Array);
  }
  return { status: answer.status, response, review: decoded(body) };
}

/** What cannot be read is refused by name, and what a policy refuses is let through only toward safety. */
function expectDecision(at: string, body: string): void {
  const { status, response, review } = expectAnswer(strict, at, body);
  if (review instanceof ReviewError) {
    expect([status, response.allowed, response.status?.message]).toEqual([
      400,
      false,
      review.message,
    ]);
    return;
  }
  if (!response.allowed || at.startsWith('/mutate') || !isGovernedByPolicies(review)) return;
  expect(isTowardSafety({ ...review, rollout: null } as unknown as Facts)).toBe(true);
}

/** Nothing is allowed that nobody could decide. */
function expectRefusal(at: string, body: string): void {
  const { response, review } = expectAnswer(broken, at, body);
  if (review instanceof ReviewError || isGovernedByPolicies(review)) {
    expect(response.allowed).toBe(false);
  }
}

describe.each([
  ['valid reviews with places broken', brokenText(TEXTS)],
  ['reviews in which any member may be gone or anything', changedReview],
  ['any JSON', anyJson.map((value) => JSON.stringify(value))],
  ['any text', fc.string({ maxLength: 200, unit: 'binary' })],
  ['any bytes', fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString())],
])('%s', (_name, body) => {
  it('are decided, or refused by name with the uid', { timeout: TIMEOUT }, () => {
    fc.assert(fc.property(path, body, expectDecision), RUNS);
  });

  it('are never allowed by an engine that fails', { timeout: TIMEOUT }, () => {
    fc.assert(fc.property(path, body, expectRefusal), RUNS);
  });
});

it('the policy refuses what is whole', () => {
  for (const [index, body] of TEXTS.entries()) {
    const isOwnKind = VALID[index]?.request.resource.resource === 'rolloutpolicies';
    expect(readAnswer(strict('/validate/fail', body).body).allowed).toBe(isOwnKind);
    expectDecision('/mutate/fail', body);
  }
});

it('reviews with changed members are often still reviews', () => {
  const reviews = fc.sample(changedReview, { seed: BOUNDS.seed, numRuns: 500 }).map(decoded);
  const whole = reviews.filter((review) => !(review instanceof ReviewError));
  expect(whole.length).toBeGreaterThan(100);
  expect(whole.length).toBeLessThan(450);
});

it('any path is answered', { timeout: TIMEOUT }, () => {
  const property = fc.property(fc.string({ maxLength: 40 }), (any) => {
    const { status, body } = strict(any, TEXTS[0] ?? '');
    expect([200, 404]).toContain(status);
    expect(JSON.parse(body)).toBeTypeOf('object');
  });
  fc.assert(property, BOUNDS);
});

it('errors of the codec are errors of ours', () => {
  expect(decoded('{')).toBeInstanceOf(SluiceError);
});

const CORPUS = globSync('test/unit/fuzz/corpus/reviews/*.json').sort();
/** Stands in the objects of these reviews, and must stand in no answer to them. */
const OBJECT_TEXT = 'S3CRETOBJECTTEXT';

describe('reviews that are kept because they hurt', () => {
  it.each(CORPUS)('%s', (file) => {
    const body = readFileSync(file, 'utf8');
    const startedAt = performance.now();
    for (const at of REVIEW_PATHS) {
      expectDecision(at, body);
      expectRefusal(at, body);
      for (const handle of [strict, broken]) {
        expect(JSON.stringify(readAnswer(handle(at, body).body))).not.toContain(OBJECT_TEXT);
      }
    }
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
