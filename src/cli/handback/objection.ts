import { isInFlight } from '../../delivery/takeover.ts';
import { isLeftToFlagger } from '../../delivery/executor-choice.ts';
import { isOwnRevision } from '../../delivery/revision.ts';
import { statusOf } from '../../delivery/canary-status.ts';
import { isTerminal } from '../../delivery/run-status.ts';
import type { Canary, CanaryStatus } from '../../domain/canary.ts';
import { rfc3339 } from '../../domain/clock.ts';
import type { RolloutRun } from '../../domain/run.ts';

/** What is known of a Canary that is to be handed back. */
export interface Candidate {
  readonly canary: Canary;
  /** Its runs. */
  readonly runs: readonly RolloutRun[];
  readonly hasTarget: boolean;
  readonly hasPrimary: boolean;
  /** Whether the target has what the primary runs, configuration included. */
  readonly isEqual: boolean;
}

/** Whether Flagger has, or will make, digests of its own: it need not be re-initialised. */
export function isHandedBack(canary: Canary): boolean {
  const { phase, lastAppliedSpec = '' } = statusOf(canary);
  const begins = phase === '' || phase === 'Initializing';
  return isLeftToFlagger(canary) && (begins || !isOwnRevision(lastAppliedSpec));
}

/**
 * Why a Canary cannot be handed back; undefined when it can. Flagger takes what the target is for what was promoted, so
 * whatever is not settled would be lost, or take the traffic away from where it is.
 */
export function objectionTo(candidate: Candidate): string | undefined {
  const { canary, runs, hasTarget, hasPrimary, isEqual } = candidate;
  const { phase, canaryWeight } = statusOf(canary);
  if (canary.metadata.deletionTimestamp !== undefined) return 'it is being deleted';
  if (isInFlight(phase) || phase === 'Waiting') return `a rollout is under way (${phase})`;
  const open = runs.find((run) => !isTerminal(run));
  if (open !== undefined) return `its run ${open.metadata.name} is not over`;
  if (phase === '' || phase === 'Initializing') return undefined;
  if (!hasTarget) return 'its target is missing';
  if (!hasPrimary) return 'its primary is missing';
  if (canaryWeight > 0) return `its canary has ${canaryWeight} % of the traffic`;
  return isEqual ? undefined : 'its target differs from the primary: promote it, or set it back';
}

/** What deserves a word although it is handed back. */
export function noteOn({ canary }: Candidate): string | undefined {
  return canary.spec.suspend === true
    ? 'it is suspended: Flagger takes over what the target is when that ends'
    : undefined;
}

/**
 * The status with which Flagger begins: it adopts target and primary as they are, and moves no weight, replica count or
 * template (measured with Flagger 1.44).
 * @param now milliseconds since the Unix epoch
 */
export function initializing(canary: Canary, now: number): CanaryStatus {
  const status = statusOf(canary);
  const at = rfc3339(now);
  const { kind } = canary.spec.targetRef;
  const condition = {
    type: 'Promoted',
    status: 'Unknown',
    reason: 'Initializing',
    message: `New ${kind} detected, starting initialization.`,
    lastUpdateTime: at,
    lastTransitionTime: at,
  } as const;
  return {
    ...status,
    phase: 'Initializing',
    failedChecks: 0,
    canaryWeight: 0,
    iterations: 0,
    lastTransitionTime: at,
    conditions: [condition],
  };
}
