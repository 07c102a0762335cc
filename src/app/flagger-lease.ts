import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { createReflector } from '../kube/reflector.ts';
import type { Parts } from './parts.ts';

/** Name of the Lease of Flagger's controllers (Flagger 1.44, `-enable-leader-election`). */
const LEASE_NAME = 'flagger-leader-election';
/** What Flagger's Lease is good for when it does not say so. Milliseconds. */
const DEFAULT_MS = 60_000;

/** Whether a Flagger renews its Lease. */
export interface FlaggerLease {
  /** `the Lease kube-system/flagger-leader-election is renewed`; undefined while none is. */
  sign(): string | undefined;
}

interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string | null;
    leaseDurationSeconds?: number;
    renewTime?: string;
  };
}

interface Seen {
  readonly key: string;
  readonly lease: Lease;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** Follows the Leases of that name in all namespaces until the signal aborts. A Flagger without an election has none. */
export function followFlaggerLease(parts: Parts, signal: AbortSignal): FlaggerLease {
  const { clock } = parts;
  const reflector = createReflector<Lease>({
    ...parts,
    type: RESOURCES.leases,
    fieldSelector: `metadata.name=${LEASE_NAME}`,
  });
  let seen: Seen | undefined;
  reflector.subscribe((key) => {
    const lease = reflector.list().find(({ metadata }) => key.endsWith(metadata.name));
    if (lease === undefined) return;
    const isFirst = seen === undefined;
    const age = clock.now() - Date.parse(lease.spec?.renewTime ?? '');
    // What is seen first may be left over from a Flagger of long ago; clocks of machines differ by seconds only.
    if (isFirst && !(age < lifeOf(lease))) return;
    seen = { key, lease, at: clock.monotonic() };
  });
  void reflector.run(signal).catch(() => undefined);
  return {
    sign: () => {
      if (seen === undefined || isFree(seen.lease)) return undefined;
      const isLive = clock.monotonic() - seen.at < lifeOf(seen.lease);
      return isLive ? `the Lease ${seen.key} is renewed by a Flagger` : undefined;
    },
  };
}

function lifeOf({ spec }: Lease): number {
  return spec?.leaseDurationSeconds === undefined ? DEFAULT_MS : spec.leaseDurationSeconds * 1000;
}

function isFree({ spec }: Lease): boolean {
  return (
    spec?.holderIdentity === undefined || spec.holderIdentity === '' || spec.holderIdentity === null
  );
}
