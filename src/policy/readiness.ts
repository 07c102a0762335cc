import type { ObjectCache } from '../domain/client.ts';
import type { KubeObject } from '../domain/object.ts';
import type { GovernanceKind, PolicyEngineDeps, Readiness } from './engine.ts';

/** The kinds that every engine needs. */
export type WatchedKind = 'RolloutPolicy' | 'RolloutPolicyBinding' | 'ChangeWindow' | 'Namespace';

type Caches = Pick<
  PolicyEngineDeps,
  'policies' | 'bindings' | 'windows' | 'namespaces' | 'freshnessMs' | 'governance'
>;

/** The caches by the kind they hold. */
export function cachesOf(
  deps: Caches,
): Readonly<
  Record<WatchedKind, ObjectCache<KubeObject>> &
    Partial<Record<GovernanceKind, ObjectCache<KubeObject>>>
> {
  return {
    ...deps.governance?.caches,
    RolloutPolicy: deps.policies,
    RolloutPolicyBinding: deps.bindings,
    ChangeWindow: deps.windows,
    Namespace: deps.namespaces,
  };
}

/** Those of the kinds that have never been loaded. */
export function unsyncedKinds(deps: Caches, kinds: readonly WatchedKind[]): readonly WatchedKind[] {
  const caches = cachesOf(deps);
  return kinds.filter((kind) => !caches[kind].synced);
}

/** Whether a copy may be decided on. */
export function isFresh(cache: ObjectCache<KubeObject>, freshnessMs: number): boolean {
  return cache.synced && cache.ageMs() <= freshnessMs;
}

/** Which kinds are not loaded, or older than the freshness bound, by name. */
export function readinessOf(deps: Caches): Readiness {
  const reasons = Object.entries(cachesOf(deps)).flatMap(([kind, cache]) => {
    if (!cache.synced) return [`${kind} is not synced`];
    return isFresh(cache, deps.freshnessMs) ? [] : [`${kind} is older than ${deps.freshnessMs} ms`];
  });
  return { ready: reasons.length === 0, reasons };
}
