import type { RolloutBudget } from '../domain/budget.ts';
import { budgetUsage } from './budgets.ts';
import { conditionsWith } from './conditions.ts';
import type { DrawingRun } from './drawing-run.ts';
import type { StatusPlan } from './status-plan.ts';

type Status = NonNullable<RolloutBudget['status']>;

/** Waiting runs and bad shares that a status names. */
const MAX_NAMED = 100;

/** The status that a budget should have: what draws on it, who waits, and whose declared share is none. */
export function budgetStatus(
  budget: RolloutBudget,
  runs: readonly DrawingRun[],
  at: { readonly now: string; readonly systemNamespace: string },
): StatusPlan<Status> {
  const { running, exposurePercent, waiting, unreadable } = budgetUsage(budget, runs, at);
  const generation = budget.metadata.generation ?? 0;
  const isReadable = unreadable.length === 0;
  const findings = [
    {
      type: 'SharesReadable',
      status: isReadable ? 'True' : 'False',
      reason: isReadable ? 'Read' : 'CountedAsAll',
      message: isReadable
        ? 'every declared share of traffic is a percentage'
        : `no percentage, so counted as 100: ${unreadable.slice(0, MAX_NAMED).join(', ')}`,
    },
    {
      type: 'Exhausted',
      status: waiting.length > 0 ? 'True' : 'False',
      reason: waiting.length > 0 ? 'RunsWait' : 'NobodyWaits',
      message: waiting.length > 0 ? `${waiting.length} runs wait for it` : 'nobody waits for it',
    },
  ] as const;
  return {
    status: {
      observedGeneration: generation,
      running,
      exposurePercent,
      waiting: waiting.slice(0, MAX_NAMED),
      conditions: conditionsWith(budget.status?.conditions ?? [], findings, {
        now: at.now,
        generation,
      }),
    },
    told: [],
    instants: [],
  };
}
