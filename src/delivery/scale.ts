import type { Observation } from './observation.ts';

/** How long after the end of a rollout a primary keeps the pods that it had. Milliseconds. */
const SETTLE_MS = 300_000;

/**
 * With how many pods a target at zero begins: the primary's number, or what its own scaler begins with, which scales it
 * from there (as in Flagger).
 */
export function startReplicas({ target, primary, scaler }: Scaled): number {
  if (target !== undefined && target.replicas > 0) return target.replicas;
  return Math.max(1, scaler === undefined ? (primary?.replicas ?? 1) : scaler.minReplicas);
}

/** Whether the target has no pods and nothing that would give it some, or a size that nobody sets. */
export function isAtRest({ target, scaler }: Scaled): boolean {
  if (target?.scales === false) return true;
  return target === undefined || (target.replicas === 0 && scaler?.paused !== false);
}

/** Whether the target has pods and its scaler may give it more. */
export function isScaledUp({ target, scaler }: Scaled): boolean {
  return target === undefined || (target.replicas > 0 && scaler?.paused !== true);
}

/**
 * The lower bound under a primary's scaler for the time of a rollout. While the canary has traffic the primary has less to
 * do and would lose pods; then a promotion or rollback, which give it all the traffic back at once, would meet too few.
 * @returns undefined when the scaler keeps as many anyway
 */
export function floorOf({ primary, scaler }: Scaled): number | undefined {
  if (primary === undefined || scaler === undefined || scaler.primary === 'missing')
    return undefined;
  const floor = Math.min(
    Math.max(primary.replicas, scaler.isFloored === true ? scaler.min : 0),
    scaler.max,
  );
  return floor > scaler.wantedMin ? floor : undefined;
}

/**
 * When the floor of an ended rollout is taken away: not before the scaler has seen what all the traffic takes.
 * @param endedAt milliseconds since the Unix epoch
 * @returns milliseconds from now on, 0 when it is due; undefined when there is none
 */
export function floorEndsInMs(
  { scaler }: Pick<Scaled, 'scaler'>,
  endedAt: number,
  now: number,
): number | undefined {
  if (scaler?.isFloored !== true) return undefined;
  return Number.isFinite(endedAt) ? Math.max(0, endedAt + SETTLE_MS - now) : 0;
}

type Scaled = Pick<Observation, 'target' | 'primary' | 'scaler'>;
