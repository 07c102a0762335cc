import type { Decision } from '../domain/decision.ts';
import type { Gate } from '../domain/policy.ts';
import { TERMINAL_RUN_PHASES, type RolloutRunStatus } from '../domain/run.ts';
import { addDecision, instant, recordOf } from './run-status.ts';

/** How a violation names the RolloutBudget that is used up: `RolloutBudget/<namespace>/<name>`. */
const BUDGET_POLICY = 'RolloutBudget/';

/**
 * Records that a gate let the run pass, and what the step takes of the budgets that the gate counted. Recorded with the
 * intent of the step, so that it counts before any traffic moves.
 */
export function passGate(
  status: RolloutRunStatus,
  gate: Gate,
  decision: Decision,
  now: number,
): RolloutRunStatus {
  const recorded = addDecision(status, recordOf(gate, decision, now));
  const { reservations: taken = [] } = decision;
  if (taken.length === 0) return recorded;
  const at = instant(now);
  const others = recorded.reservations.filter(
    ({ budget }) => !taken.some((each) => each.budget === budget),
  );
  return {
    ...recorded,
    reservations: [...others, ...taken.map(({ budget, weight }) => ({ budget, weight, at }))],
  };
}

/**
 * Gives back what the run will not take any more: all of it when it has ended, and from the promotion on what is above
 * the canary's share. Until then it may go up to what it has reserved, also from a share that somebody lowered.
 */
export function giveBack(status: RolloutRunStatus): RolloutRunStatus {
  const { reservations, weights, phase } = status;
  if (reservations.length === 0) return status;
  if (TERMINAL_RUN_PHASES.has(phase)) return { ...status, reservations: [] };
  if (phase !== 'Promoting' && phase !== 'Finalising') return status;
  if (reservations.every(({ weight }) => weight <= weights.canary)) return status;
  return {
    ...status,
    reservations: reservations.map((each) => ({
      ...each,
      weight: Math.min(each.weight, weights.canary),
    })),
  };
}

/** The budgets for which alone a gate is closed, as `<namespace>/<name>`; none when something else closes it too. */
export function heldByBudgets({ violations }: Decision): string[] {
  const closing = violations.filter(({ action }) => action === 'Deny' || action === 'Hold');
  const budgets = closing.flatMap(({ policy }) =>
    policy.startsWith(BUDGET_POLICY) ? [policy.slice(BUDGET_POLICY.length)] : [],
  );
  return budgets.length === closing.length ? [...new Set(budgets)] : [];
}
