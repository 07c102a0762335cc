import { iteration } from './shared.ts';
import type { RolloutStrategy } from './types.ts';

/** All requests that match go to the canary from the first iteration on; the others stay with the primary. */
export const strategy: RolloutStrategy = {
  strategy: 'ab-testing',
  iterates: true,
  next: (context) =>
    context.step < context.spec.iterations
      ? iteration(context, { primary: 0, canary: 100, mirrored: false })
      : undefined,
  confirming: () => [],
};
