import { describe, expect, test } from 'vitest';
import { strategyOf } from '../../../src/delivery/plugins.ts';
import { settingsOf } from '../../../src/delivery/settings.ts';
import type { NextStep, StepContext } from '../../../src/delivery/strategy/types.ts';
import type { CanaryAnalysis } from '../../../src/domain/canary.ts';
import type { Weights } from '../../../src/domain/run.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

const ROUTER = { weighted: true, mirror: true, mirrorsWeighted: true, match: true, affinity: true };
const NONE: Weights = { primary: 100, canary: 0, mirrored: false };

/** Every step from the beginning to the promotion, as `action weight`, `m` for copies. */
function walk(analysis: CanaryAnalysis, weighted = true): string[] {
  const canary = canaryOf({ analysis });
  const spec = settingsOf(canary, 'any', { ...ROUTER, weighted }, 10_000);
  const strategy = strategyOf(spec.strategy);
  const steps: string[] = [];
  let context: StepContext = { spec, live: NONE, step: 0, waitsForPromotion: false };
  for (;;) {
    const next = strategy?.next(context);
    const hooks = strategy?.confirming(context, next).join() ?? '';
    steps.push(
      `${next === undefined ? 'promotion' : textOf(next)}${hooks === '' ? '' : ` ${hooks}`}`,
    );
    if (next === undefined || steps.length > 20) return steps;
    context = { ...context, live: next.weights, step: next.step };
  }
}

function textOf({ action, weights }: NextStep): string {
  return `${action} ${weights.canary}${weights.mirrored ? 'm' : ''}`;
}

const ASKED = 'confirm-traffic-increase';

describe('steps to the promotion', () => {
  test('by weight: confirmed each time, the promotion included', () => {
    expect(walk({ stepWeight: 30, maxWeight: 60 })).toEqual([
      `advance 30 ${ASKED}`,
      `advance 60 ${ASKED}`,
      `promotion ${ASKED}`,
    ]);
  });

  test('by weight after a mirror, whose end nobody is asked about', () => {
    expect(walk({ stepWeight: 50, maxWeight: 50, mirror: true })).toEqual([
      `mirror 0m ${ASKED}`,
      'advance 50',
      `promotion ${ASKED}`,
    ]);
  });

  test('blue/green: the switch is confirmed as the promotion is', () => {
    expect(walk({ iterations: 2 })).toEqual([
      'iterate 0',
      'iterate 0',
      'switch 100 confirm-promotion',
      'promotion',
    ]);
  });

  test('blue/green with a mirror through all iterations', () => {
    expect(walk({ iterations: 2, mirror: true })).toEqual([
      'iterate 0m',
      'iterate 0m',
      'switch 100 confirm-promotion',
      'promotion',
    ]);
  });

  test('blue/green without a router counts the switch and moves nothing', () => {
    expect(walk({ iterations: 1, mirror: true }, false)).toEqual([
      'iterate 0',
      'switch 0 confirm-promotion',
      'promotion',
    ]);
  });

  test('A/B: what matches goes to the canary from the first iteration on', () => {
    expect(walk({ iterations: 2, match: [{}], mirror: true })).toEqual([
      'iterate 100',
      'iterate 100',
      'promotion',
    ]);
  });
});

test('a promotion that waits asks about traffic no more', () => {
  const canary = canaryOf({ analysis: { stepWeight: 30, maxWeight: 60 } });
  const spec = settingsOf(canary, 'any', ROUTER, 10_000);
  const live = { primary: 40, canary: 60, mirrored: false };
  const context = { spec, live, step: 2, waitsForPromotion: true };
  expect(strategyOf('canary')?.confirming(context, undefined)).toEqual([]);
});

test('events are those of Flagger', () => {
  const told = (analysis: CanaryAnalysis, live = NONE, step = 0): string | undefined => {
    const spec = settingsOf(canaryOf({ analysis }), 'any', ROUTER, 10_000);
    const context = { spec, live, step, waitsForPromotion: false };
    return strategyOf(spec.strategy)?.next(context)?.message('app.shop');
  };
  expect(told({ stepWeight: 30 })).toBe('Advance app.shop canary weight 30');
  expect(told({ stepWeight: 30, mirror: true })).toBe('Advance app.shop canary weight 0');
  expect(told({ iterations: 3 }, NONE, 1)).toBe('Advance app.shop canary iteration 2/3');
  expect(told({ iterations: 3 }, NONE, 3)).toBe('Routing all traffic to canary');
  expect(told({ iterations: 3, mirror: true }, NONE, 3)).toBe(
    'Stop traffic mirroring and route all traffic to canary',
  );
});

test('governed rolling updates are no strategy of Canaries', () => {
  expect(strategyOf('rolling-update')).toBeUndefined();
});
