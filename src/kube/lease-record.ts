import type { KubeObject } from '../domain/object.ts';

/** coordination.k8s.io/v1 Lease. Times are metav1.MicroTime. */
export interface Lease extends KubeObject {
  spec?: LeaseSpec;
}

interface LeaseSpec {
  holderIdentity?: string | null;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** What a candidate knows of the Lease: what it says, and when this process saw it say so for the first time. */
export interface ObservedLease {
  readonly lease: Lease;
  /** Monotonic milliseconds of this process; times in the Lease are other machines' clocks and are not compared. */
  readonly seenAt: number;
}

/**
 * Takes in what was read: the time of sight stays as long as the Lease says the same.
 * @param now monotonic milliseconds
 */
export function observeLease(
  known: ObservedLease | undefined,
  lease: Lease,
  now: number,
): ObservedLease {
  const isSame =
    known !== undefined &&
    known.lease.metadata.uid === lease.metadata.uid &&
    JSON.stringify(known.lease.spec) === JSON.stringify(lease.spec);
  return { lease, seenAt: isSame ? known.seenAt : now };
}

/** Who holds the Lease; undefined when nobody does. */
export function holderOf(lease: Lease): string | undefined {
  const holder = lease.spec?.holderIdentity;
  return holder === '' || holder === null ? undefined : holder;
}

/**
 * From when on the candidate may write itself into the Lease, monotonic milliseconds: at any time when it is its own or
 * nobody's, else once it has not changed for as long as it says it is good for.
 * @param defaultMs used when the Lease names no duration
 */
export function takeableAt(observed: ObservedLease, identity: string, defaultMs: number): number {
  const holder = holderOf(observed.lease);
  if (holder === undefined || holder === identity) return -Infinity;
  const seconds = observed.lease.spec?.leaseDurationSeconds;
  return observed.seenAt + (seconds === undefined ? defaultMs : seconds * 1000);
}

/** The Lease with this holder in it; a new holder counts as one more transition. */
export function heldBy(
  lease: Lease,
  holder: { identity: string; durationMs: number; nowMs: number },
): Lease {
  const spec = lease.spec ?? {};
  const isOurs = holderOf(lease) === holder.identity;
  const time = microTime(holder.nowMs);
  const transitions = spec.leaseTransitions ?? 0;
  return {
    ...lease,
    spec: {
      ...spec,
      holderIdentity: holder.identity,
      leaseDurationSeconds: Math.ceil(holder.durationMs / 1000),
      acquireTime: isOurs ? (spec.acquireTime ?? time) : time,
      renewTime: time,
      leaseTransitions: isOurs ? transitions : transitions + 1,
    },
  };
}

/** The Lease given up: nobody holds it, and it is good for one second, as client-go writes it. */
export function released(lease: Lease, nowMs: number): Lease {
  const spec = { ...lease.spec };
  delete spec.holderIdentity;
  const time = microTime(nowMs);
  return {
    ...lease,
    spec: { ...spec, leaseDurationSeconds: 1, acquireTime: time, renewTime: time },
  };
}

/** RFC 3339 in UTC with microseconds, as Kubernetes writes `metav1.MicroTime`. */
function microTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}
