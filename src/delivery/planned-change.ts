import type { CanaryPhase } from '../domain/canary.ts';
import type { RolloutRun, RolloutRunStatus } from '../domain/run.ts';
import type { Plan } from './action.ts';
import type { PlanContext } from './plan-context.ts';

/** What a plan changes of a Canary and its run. */
export interface PlannedChange {
  readonly context: PlanContext;
  readonly plan: Plan;
  /** Phase of the Canary, now and once the plan is carried out. */
  readonly before: CanaryPhase;
  readonly after: CanaryPhase;
  readonly run: RolloutRun | undefined;
  /** Status of the run, now and once the plan is carried out. */
  readonly was: RolloutRunStatus | undefined;
  readonly is: RolloutRunStatus | undefined;
}
