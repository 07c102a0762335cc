import type { Gate } from '../domain/policy.ts';
import type { RunContext } from './plan-context.ts';
import { strategyOf } from './plugins.ts';
import { isStarted } from './run-status.ts';
import type { NextStep, StepContext } from './strategy/types.ts';

/** What the run's strategy looks at. */
export function stepContext({ spec, obs, status }: RunContext): StepContext {
  const waitsForPromotion = obs.status.phase === 'WaitingPromotion';
  return { spec, live: obs.route.weights, step: status.step, waitsForPromotion };
}

/** The step that the run's strategy has next; undefined when that is the promotion. */
export function nextStep(context: RunContext): NextStep | undefined {
  return strategyOf(context.run.spec.strategy)?.next(stepContext(context));
}

/** The gate that the run comes to next. */
export function nextGate(context: RunContext): Gate {
  if (!isStarted(context.status)) return 'RolloutStart';
  if (context.status.wanted?.what === 'Promotion') return 'Promotion';
  return nextStep(context) === undefined ? 'Promotion' : 'TrafficIncrease';
}

/** Whether the run counts iterations instead of a weight. */
export function iterates({ run }: Pick<RunContext, 'run'>): boolean {
  return strategyOf(run.spec.strategy)?.iterates ?? false;
}
