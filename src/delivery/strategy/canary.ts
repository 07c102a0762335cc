import { nextWeight } from '../settings.ts';
import type { NextStep, RolloutStrategy, StepContext } from './types.ts';

/** Weights that rise step by step; with `mirror` one step of copies comes before the first weight. */
export const strategy: RolloutStrategy = {
  strategy: 'canary',
  iterates: false,
  next,
  // Flagger asks before the promotion too, and does not ask again for the first weight after a mirror.
  confirming: ({ live, waitsForPromotion }) =>
    live.mirrored || waitsForPromotion ? [] : ['confirm-traffic-increase'],
};

function next({ spec, live, step }: StepContext): NextStep | undefined {
  if (spec.mirror && live.canary === 0 && !live.mirrored) {
    return weighed(step + 1, { primary: 100, canary: 0, mirrored: true }, 'mirror');
  }
  const weight = nextWeight(spec, live.canary);
  if (weight === undefined) return undefined;
  return weighed(step + 1, { primary: 100 - weight, canary: weight, mirrored: false }, 'advance');
}

function weighed(
  step: number,
  weights: NextStep['weights'],
  action: 'advance' | 'mirror',
): NextStep {
  const message = (subject: string): string => `Advance ${subject} canary weight ${weights.canary}`;
  return { step, weights, action, message };
}
