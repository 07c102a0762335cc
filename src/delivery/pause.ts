import type { Decision } from '../domain/decision.ts';
import type { RolloutRunStatus } from '../domain/run.ts';

const PAUSED_BY = 'paused by ';

/** What every gate of a paused run answers. */
export function pauseDecision(paused: NonNullable<RolloutRunStatus['paused']>): Decision {
  const { until } = paused;
  const nextOpen = until === undefined ? {} : { nextOpen: until };
  return {
    verdict: 'hold',
    violations: [
      {
        policy: '',
        generation: 0,
        digest: '',
        binding: '',
        validation: '',
        action: 'Hold',
        message: pauseReason(paused),
        reason: 'Forbidden',
        ...nextOpen,
      },
    ],
    warnings: [],
    patch: [],
    auditAnnotations: {},
    ...nextOpen,
    cost: 0,
    snapshotDigest: '',
    factsDigest: '',
  };
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
