import { expect, test } from 'vitest';
import {
  nextWeight,
  settingsOf,
  unsupportedOf,
  type Settings,
} from '../../../src/delivery/settings.ts';
import type { CanaryAnalysis, CanarySpec } from '../../../src/domain/canary.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

const UNROUTED = {
  weighted: false,
  mirror: false,
  mirrorsWeighted: false,
  match: false,
  affinity: false,
};
const ROUTED = { ...UNROUTED, weighted: true };

function settings(
  analysis: CanaryAnalysis,
  capabilities = ROUTED,
  spec: Partial<CanarySpec> = {},
): Settings {
  const canary = canaryOf({ ...spec, analysis });
  return settingsOf(canary, 'gatewayapi:v1', capabilities, 10_000);
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

test.each<[RegExp, Partial<CanarySpec>, CanaryAnalysis]>([
  [/A\/B testing/, {}, { iterations: 2, match: [{}] }],
  [/analysis.match/, {}, { stepWeight: 10, match: [{}] }],
  [/mirror/, {}, { stepWeight: 10, mirror: true }],
  [/sessionAffinity/, {}, { stepWeight: 10, sessionAffinity: { cookieName: 'c' } }],
  [/none of stepWeight, stepWeights and iterations/, {}, {}],
  [
    /autoscalerRef/,
    {
      autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'app' },
    },
    { stepWeight: 10 },
  ],
  [
    /webhook h is not known; known: confirm-promotion, confirm-rollout/,
    {},
    { stepWeight: 10, webhooks: [{ name: 'h', url: 'http://x', type: 'confirm-rolout' as never }] },
  ],
])('what is not supported is said: %s', (message, spec, analysis) => {
  const canary = canaryOf({ ...spec, analysis });
  expect(unsupportedOf(canary, settingsOf(canary, 'gatewayapi:v1', ROUTED, 10_000))).toMatch(
    message,
  );
});

test('what is supported passes', () => {
  const webhooks = [
    { name: 'h', url: 'http://x' },
    { name: 'e', url: 'http://x', type: '' as const },
  ];
  const canary = canaryOf({ analysis: { stepWeight: 10, webhooks } });
  expect(
    unsupportedOf(canary, settingsOf(canary, 'gatewayapi:v1', ROUTED, 10_000)),
  ).toBeUndefined();
});
