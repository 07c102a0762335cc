import { proceed, type Plan } from './action.ts';
import { event, safeWeights, subjectOf, type RunContext } from './plan-context.ts';
import { restoredIdOf, NOT_KEPT, type PreviousRevision } from './previous-revision.ts';
import { transition } from './realise.ts';
import { ABORTED, end } from './run-status.ts';

/** Whether the primary was given the run's revision and still has it. */
export function isCopied({ status, obs, run }: RunContext): boolean {
  if (status.phase === 'Finalising') return true;
  const isOver = status.phase === 'Promoting' || status.phase === 'Succeeded';
  return isOver && obs.primary?.revision === run.spec.revision;
}

/**
 * What the primary ran before the promotion, when it can have it back.
 * @returns one sentence that says why not
 */
export function previousOf({ obs }: RunContext): PreviousRevision | string {
  return obs.previous ?? NOT_KEPT;
}

/**
 * Takes a promotion back, at once and past every gate: the primary gets the template that it had before, all traffic goes
 * to it, and the target to zero. The revision is not rolled out again until somebody retries it or the target changes.
 * @param context its status has what came of the Approval
 */
export function undoPromotion(context: RunContext, previous: PreviousRevision, by: string): Plan {
  const { obs, run, status, now } = context;
  const { primary, namespace } = obs.names;
  const message = `aborted by ${by} after the promotion`;
  const weights = safeWeights(context);
  const last = { phase: 'Aborted', weights, reason: ABORTED, message, completed: false } as const;
  const undone = {
    ...end(status, last, now),
    promotes: { revision: previous.revision, id: restoredIdOf(run) },
    restores: previous.revision,
  };
  const open = {
    ...undone,
    // The hooks that are told of an end are told of this one too.
    conditions: undone.conditions.filter(({ type }) => type !== 'Completed'),
  };
  const isUp = (obs.target?.replicas ?? 0) > 0;
  const subject = subjectOf(context);
  const { phase } = obs.status;
  return proceed(
    ...transition(
      context,
      open,
      event('Warning', `Rolling back ${subject} ${message}`, phase),
      event('Warning', `Restoring the earlier template spec of ${primary}.${namespace}`, phase),
      ...(isUp ? [event('Warning', `Canary failed! Scaling down ${subject}`, 'Failed')] : []),
    ),
    { type: 'finished', succeeded: false, skipped: false },
  );
}
