import type { RunPhase } from '../domain/run.ts';
import { proceed, type Plan } from './action.ts';
import { event, safeWeights, subjectOf, type RunContext } from './plan-context.ts';
import { transition } from './realise.ts';
import { end, isStarted } from './run-status.ts';

/** Why a run ends without a promotion. */
export interface Rollback {
  /** One CamelCase word; the outcome's reason. */
  readonly reason: string;
  readonly message: string;
  /** The event's text after `Rolling back <canary>.<namespace>`. */
  readonly complaint?: string;
  /** The event's whole text, where Flagger says nothing of rolling back. */
  readonly told?: string;
  /** Default `Failed`. */
  readonly phase?: RunPhase & ('Failed' | 'Aborted');
}

/** Ends the run: all traffic to the primary, the target to zero. Asks nobody. */
export function rollBack(context: RunContext, rollback: Rollback): Plan {
  const { obs, status, now } = context;
  const { reason, message, complaint = message, phase = 'Failed' } = rollback;
  const weights = safeWeights(context);
  const last = { phase, weights, reason, message, completed: false } as const;
  const subject = subjectOf(context);
  const told = rollback.told ?? `Rolling back ${subject} ${complaint}`;
  const scaling = isStarted(status)
    ? [event('Warning', `Canary failed! Scaling down ${subject}`, 'Failed')]
    : [];
  return proceed(
    ...transition(
      context,
      end(status, last, now),
      event('Warning', told, obs.status.phase),
      ...scaling,
    ),
    { type: 'finished', succeeded: false, skipped: false },
  );
}
