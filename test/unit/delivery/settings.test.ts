import { expect, test } from 'vitest';
import { nextWeight, settingsOf, type Settings } from '../../../src/delivery/settings.ts';
import { unsupportedOf } from '../../../src/delivery/unsupported.ts';
import type { RouterCapabilities } from '../../../src/delivery/router/types.ts';
import type { Canary, CanaryAnalysis, CanarySpec } from '../../../src/domain/canary.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

const UNROUTED = {
  weighted: false,
  mirror: false,
  mirrorsWeighted: false,
  match: false,
  affinity: false,
};
const ROUTED = { ...UNROUTED, weighted: true };
const EVERYTHING = {
  weighted: true,
  mirror: true,
  mirrorsWeighted: true,
  match: true,
  affinity: true,
};

function settings(
  analysis: CanaryAnalysis,
  capabilities = ROUTED,
  spec: Partial<CanarySpec> = {},
): Settings {
  const canary = canaryOf({ ...spec, analysis });
  return settingsOf(canary, 'gatewayapi:v1', capabilities, 10_000);
}

const COOKIE = { cookieName: 'c' };

function none(): void {
  // The Canary stays as it is.
}

function stepped(analysis: CanaryAnalysis): CanaryAnalysis {
  return { stepWeight: 10, ...analysis };
}

/** The canary's share step by step until the promotion. */
function steps(analysis: CanaryAnalysis): number[] {
  const all: number[] = [];
  for (
    let live = nextWeight(settings(analysis), 0);
    live !== undefined;
    live = nextWeight(settings(analysis), live)
  ) {
    all.push(live);
  }
  return all;
}

test.each<[CanaryAnalysis, number[]]>([
  [{ stepWeight: 20, maxWeight: 50 }, [20, 40, 60]],
  [{ stepWeight: 50, maxWeight: 100 }, [50, 100]],
  [{ stepWeight: 30, maxWeight: 100 }, [30, 60, 90, 100]],
  [{ stepWeight: 10 }, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
  [{ stepWeights: [1, 2, 10, 80] }, [1, 2, 10, 80]],
  [{ stepWeights: [1, 2, 10, 200] }, [1, 2, 10, 100]],
  [{ stepWeights: [10, 10, 5, 50] }, [10, 50]],
  [{ stepWeight: 0, stepWeights: [5, 20, 50] }, [5, 20, 50]],
  [{ stepWeight: 40, stepWeights: [1, 2], maxWeight: 40 }, [40]],
])('the weights of %j', (analysis, expected) => {
  expect(steps(analysis)).toEqual(expected);
});

test('a live weight between the listed ones goes to the next higher', () => {
  expect(nextWeight(settings({ stepWeights: [10, 30, 60] }), 12)).toBe(30);
  expect(nextWeight(settings({ stepWeights: [10, 30, 60] }), 99)).toBeUndefined();
});

test.each<[string | undefined, number]>([
  ['1m', 60_000],
  ['90s', 90_000],
  ['1m30s', 90_000],
  ['5s', 10_000],
  ['', 60_000],
  ['soon', 60_000],
  ['10sfoo', 60_000],
  [undefined, 60_000],
])('the interval %s is %d ms', (interval, expected) => {
  expect(settings(interval === undefined ? {} : { interval }).intervalMs).toBe(expected);
});

test('the defaults are those of Flagger', () => {
  expect(settings({ stepWeight: 10 })).toMatchObject({
    strategy: 'canary',
    threshold: 1,
    maxWeight: 100,
    stepWeightPromotion: 0,
    canaryReadyPercent: 100,
    primaryReadyPercent: 100,
    progressDeadlineSeconds: 600,
    skipAnalysis: false,
    suspended: false,
  });
  expect(settings({ threshold: 0 }).threshold).toBe(1);
});

test('the strategy follows iterations, match and what the router can do', () => {
  expect(settings({ iterations: 3 }).strategy).toBe('blue-green');
  expect(settings({ iterations: 3, match: [{}] }).strategy).toBe('ab-testing');
  expect(settings({ stepWeight: 10, match: [{}] }).strategy).toBe('canary');
  expect(settings({ stepWeight: 10 }, UNROUTED)).toMatchObject({
    strategy: 'blue-green',
    iterations: 10,
  });
  expect(settings({ iterations: 2, match: [{}] }, UNROUTED)).toMatchObject({
    strategy: 'blue-green',
    iterations: 2,
  });
});

test.each<[RegExp, CanaryAnalysis, Partial<RouterCapabilities>, (canary: Canary) => void]>([
  [/cannot route by analysis.match/, { iterations: 2, match: [{}] }, { match: false }, none],
  [/cannot route by analysis.match/, { stepWeight: 10, match: [{}] }, { match: false }, none],
  [/cannot mirror/, { iterations: 2, mirror: true }, { mirror: false }, none],
  [/mirror needs analysis.iterations/, stepped({ mirror: true }), { mirrorsWeighted: false }, none],
  [/keep clients on one side/, stepped({ sessionAffinity: COOKIE }), { affinity: false }, none],
  [/exclude each other/, stepped({ sessionAffinity: COOKIE, match: [{}] }), {}, none],
  [
    /different names in cookieName and primaryCookieName/,
    stepped({ sessionAffinity: { cookieName: 'c', primaryCookieName: 'c' } }),
    {},
    none,
  ],
  [/none of stepWeight, stepWeights and iterations/, {}, {}, none],
  [/none of stepWeight/, { stepWeights: [0, 0] }, {}, none],
  [/spec.analysis.stepWeight is 1.5 and must be a whole number/, { stepWeight: 1.5 }, {}, none],
  [/stepWeights\[1\] is 2.5/, { stepWeights: [1, 2.5] }, {}, none],
  [/spec.analysis.threshold is 0.5/, stepped({ threshold: 0.5 }), {}, none],
  [
    /sluice.dev\/gate-timeout must be a duration/,
    stepped({}),
    {},
    (canary) => {
      canary.metadata.annotations = { 'sluice.dev/gate-timeout': 'soon' };
    },
  ],
  [
    /webhook h is not known; known: confirm-promotion, confirm-rollout/,
    stepped({ webhooks: [{ name: 'h', url: 'http://x', type: 'confirm-rolout' as never }] }),
    {},
    none,
  ],
])('what cannot be done is said: %s', (message, analysis, capabilities, change) => {
  const canary = canaryOf({ analysis });
  change(canary);
  const router = { ...EVERYTHING, ...capabilities };
  const found = unsupportedOf(canary, settingsOf(canary, 'gatewayapi:v1', router, 10_000));
  expect(found).toMatch(message);
});

test.each<[CanaryAnalysis, Partial<RouterCapabilities>]>([
  [stepped({ webhooks: [{ name: 'h', url: 'http://x' }] }), {}],
  [stepped({ webhooks: [{ name: 'e', url: 'http://x', type: '' }] }), {}],
  [stepped({ mirror: true, match: [{}] }), {}],
  [{ iterations: 2, mirror: true }, { mirrorsWeighted: false }],
  // Flagger mirrors nothing of an A/B test, for the canary gets all of it.
  [{ iterations: 2, mirror: true, match: [{}] }, { mirror: false }],
  // A provider that moves no traffic leaves all of it out.
  [{ mirror: true, match: [{}], sessionAffinity: COOKIE }, UNROUTED],
  [{ stepWeight: 150, stepWeights: [300] }, {}],
])('%j can be done with %j', (analysis, capabilities) => {
  const canary = canaryOf({ analysis });
  const router = { ...EVERYTHING, ...capabilities };
  expect(
    unsupportedOf(canary, settingsOf(canary, 'gatewayapi:v1', router, 10_000)),
  ).toBeUndefined();
});

test('what a provider without routes leaves out is told in the words of Flagger', () => {
  expect(settings({ iterations: 2 }, UNROUTED).notices).toEqual([]);
  expect(settings({ match: [{}], stepWeight: 5 }, UNROUTED).notices).toEqual([
    'A/B testing is not supported when using the kubernetes provider',
    'Progressive traffic is not supported when using the kubernetes provider',
    'Setting canaryAnalysis.iterations: 10',
  ]);
  expect(settings({ match: [{}], stepWeight: 5 }).notices).toEqual([]);
});
