import { proceed, waitFor, type Plan } from './action.ts';
import { report, type RunContext } from './plan-context.ts';
import { planTargetLost } from './plan-round.ts';
import type { Problem } from './problem.ts';
import { beginStep, end, hold } from './run-status.ts';
import { FINISHED_ELSEWHERE, isInFlight, needsWord } from './takeover.ts';
import { isForeign } from './takeover-evidence.ts';

/** Outcome of a record whose rollout somebody has let begin anew. */
export const RELEASED = 'Retried';

/**
 * The record of a rollout that another controller left under way: it is held, and nothing is written of the Canary but
 * the condition that says so, until somebody retries or aborts it, the target changes or goes back to what the primary
 * runs, or the rollout turns out to be over.
 */
export function planRecord(context: RunContext): Plan {
  const lost = planTargetLost(context);
  if (lost !== undefined) return lost;
  if (context.obs.takeover === undefined || context.obs.target === undefined) {
    return waitFor(context.spec.intervalMs);
  }
  const over = ending(context);
  if (over !== undefined) return over;
  const problem = problemOf(context);
  const told = report(context, problem);
  return context.status.phase === 'Held'
    ? told
    : {
        ...told,
        actions: [{ type: 'recordRun', status: held(context, problem) }, ...told.actions],
      };
}

function held({ status, obs, now }: RunContext, { message }: Problem): RunContext['status'] {
  const { weights } = obs.route;
  // Traffic is on it: an abort has something to take back.
  const begun = beginStep(status, { phase: 'Held', step: 0, weights, action: 'takeover' }, now);
  return hold(begun, { gate: 'RolloutStart', reasons: [message] }, now);
}

function problemOf({ obs, run }: RunContext): Problem {
  const { name } = run.metadata;
  const { phase } = obs.status;
  if (isInFlight(phase) || phase === 'Waiting') {
    const message = `a rollout of another controller is under way (${phase}) and is left as it is: sluice retry ${name} begins it anew, sluice abort ${name} gives all traffic to the primary`;
    return { reason: 'TakeoverInFlight', message };
  }
  const message = `another controller failed a revision, and nothing shows whether the target is that one or a newer one: sluice retry ${name} rolls it out, sluice abort ${name} leaves it failed`;
  return { reason: 'TakeoverUndecided', message };
}

/** What makes the record needless, with its word for the outcome. */
function ending(context: RunContext): Plan | undefined {
  const { obs, run } = context;
  const { status, takeover, target } = obs;
  if (takeover === undefined) return undefined;
  const isSame = isForeign(status) && run.spec.takenOver?.digest === (status.lastAppliedSpec ?? '');
  if (!isSame || (!takeover.equal && !needsWord(status, takeover))) {
    return endedBy(context, FINISHED_ELSEWHERE, 'the other controller has gone on with it');
  }
  if (takeover.equal) {
    return endedBy(context, 'Reverted', 'the target is what the primary runs');
  }
  if (target?.revision !== run.spec.revision) {
    return endedBy(context, 'Superseded', 'a newer revision of the target replaced it');
  }
  return undefined;
}

function endedBy({ status, obs, now }: RunContext, reason: string, message: string): Plan {
  const { weights } = obs.route;
  const last = { phase: 'Superseded', weights, reason, message, completed: true } as const;
  return proceed({ type: 'recordRun', status: end(status, last, now) });
}

/** The record's end after somebody said `Retry`: the target is a change like any other from now on. */
export function released(
  { obs, now }: RunContext,
  noted: RunContext['status'],
  by: string,
): RunContext['status'] {
  const last = {
    phase: 'Superseded',
    weights: obs.route.weights,
    reason: RELEASED,
    message: `retried by ${by}`,
    completed: true,
  } as const;
  return end(noted, last, now);
}
