import { iteration } from './shared.ts';
import type { NextStep, RolloutStrategy, StepContext } from './types.ts';

/**
 * Iterations of checks without live traffic, or with copies of it; then all traffic goes to the canary, and the primary
 * follows. Where the router moves no traffic the switch is only counted, as in Flagger.
 */
export const strategy: RolloutStrategy = {
  strategy: 'blue-green',
  iterates: true,
  next,
  confirming: (_context, following) =>
    following?.action === 'switch' ? ['confirm-promotion'] : [],
};

function next(context: StepContext): NextStep | undefined {
  const { spec, live, step } = context;
  if (step < spec.iterations) {
    return iteration(context, spec.mirror ? { ...live, mirrored: true } : live);
  }
  return step === spec.iterations ? switched(context) : undefined;
}

function switched({ spec, live, step }: StepContext): NextStep {
  const weights = spec.routesTraffic ? { primary: 0, canary: 100, mirrored: false } : live;
  return { step: step + 1, weights, action: 'switch', message: () => told(spec) };
}

function told({ routesTraffic, mirror }: StepContext['spec']): string | undefined {
  if (!routesTraffic) return undefined;
  return mirror
    ? 'Stop traffic mirroring and route all traffic to canary'
    : 'Routing all traffic to canary';
}
