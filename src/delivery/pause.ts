import type { Decision } from '../domain/decision.ts';
import type { RolloutRunStatus } from '../domain/run.ts';
import { heldDecision } from './held-decision.ts';

const PAUSED_BY = 'paused by ';

/** What every gate of a paused run answers. */
export function pauseDecision(paused: NonNullable<RolloutRunStatus['paused']>): Decision {
  const { until } = paused;
  return heldDecision({
    message: pauseReason(paused),
    reason: 'Forbidden',
    ...(until === undefined ? {} : { nextOpen: until }),
  });
}

/** Why a paused run is held, as one line. */
export function pauseReason({ by, until }: NonNullable<RolloutRunStatus['paused']>): string {
  const end = until === undefined ? 'until somebody resumes it' : `until ${until}`;
  return `${PAUSED_BY}${by} ${end}`;
}

/** Whether a reason of a hold is that of a pause; those of policies begin with the policy. */
export function isPauseReason(reason: string): boolean {
  return reason.startsWith(PAUSED_BY);
}
