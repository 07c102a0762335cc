import type { Weights } from '../../domain/run.ts';
import type { NextStep, StepContext } from './types.ts';

/** One more iteration, with these weights. */
export function iteration({ spec, step }: StepContext, weights: Weights): NextStep {
  const count = `${step + 1}/${spec.iterations}`;
  return {
    step: step + 1,
    weights,
    action: 'iterate',
    message: (subject) => `Advance ${subject} canary iteration ${count}`,
  };
}
