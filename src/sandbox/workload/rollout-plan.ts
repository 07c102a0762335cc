import type { Deployment, ReplicaSet } from '../objects.ts';
import { templateHash } from './template-hash.ts';

/** What to do next for one Deployment. Writes are done in order. */
export type RolloutWrite =
  | {
      readonly action: 'create';
      readonly hash: string;
      readonly replicas: number;
      readonly revision: number;
    }
  | { readonly action: 'scale'; readonly name: string; readonly replicas: number }
  | { readonly action: 'delete'; readonly name: string };

export const HASH_LABEL = 'pod-template-hash';
export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
const DEFAULT_HISTORY = 10;

/**
 * Plans the next step of a Deployment's rollout as Kubernetes' deployment controller does: rolling update within
 * maxSurge and maxUnavailable, Recreate, pause, scale, history limit.
 * @param replicaSets those that the Deployment owns, with their statuses
 * @returns no writes when nothing can or need be done now
 */
export function planRollout(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): RolloutWrite[] {
  const hash = templateHash(deployment.spec.template);
  const current = replicaSets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
  const old = replicaSets.filter((set) => set !== current);
  if (deployment.spec.paused === true) return scaleWhilePaused(deployment, current, old);
  const recreate = deployment.spec.strategy?.type === 'Recreate';
  const target = recreate
    ? recreateTarget(deployment, old)
    : rollingTarget(deployment, current, old);
  const writes: RolloutWrite[] = [];
  if (current === undefined) {
    writes.push({ action: 'create', hash, replicas: target, revision: nextRevision(replicaSets) });
  } else if (current.spec.replicas !== target) {
    writes.push({ action: 'scale', name: current.metadata.name, replicas: target });
  }
  writes.push(...(recreate ? toZero(old) : shrinkOld(deployment, current, old)));
  return [...writes, ...trimHistory(deployment, old)];
}

/** Resolves maxSurge and maxUnavailable to pod counts; both zero means one unavailable. */
export function rolloutBounds(deployment: Deployment): { surge: number; unavailable: number } {
  const replicas = desiredReplicas(deployment);
  const rolling = deployment.spec.strategy?.rollingUpdate;
  if (deployment.spec.strategy?.type === 'Recreate') return { surge: 0, unavailable: replicas };
  const surge = resolve(rolling?.maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = resolve(rolling?.maxUnavailable ?? '25%', replicas, Math.floor);
  return surge === 0 && unavailable === 0
    ? { surge, unavailable: 1 }
    : { surge, unavailable: Math.min(unavailable, replicas) };
}

export function desiredReplicas(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

function resolve(value: number | string, total: number, round: (n: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : round((Number(percent) * total) / 100);
}

function rollingTarget(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): number {
  const desired = desiredReplicas(deployment);
  const now = current?.spec.replicas ?? 0;
  if (now >= desired) return desired;
  const room = desired + rolloutBounds(deployment).surge - now - sumOf(old, specReplicas);
  return room <= 0 ? now : now + Math.min(room, desired - now);
}

function recreateTarget(deployment: Deployment, old: readonly ReplicaSet[]): number {
  const isDrained = old.every(
    (set) => set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0,
  );
  return isDrained ? desiredReplicas(deployment) : 0;
}

function toZero(old: readonly ReplicaSet[]): RolloutWrite[] {
  return old
    .filter((set) => set.spec.replicas > 0)
    .map((set) => ({ action: 'scale', name: set.metadata.name, replicas: 0 }));
}

// As the deployment controller: unhealthy old pods first, then as many healthy ones as stay above the minimum.
function shrinkOld(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): RolloutWrite[] {
  const minAvailable = desiredReplicas(deployment) - rolloutBounds(deployment).unavailable;
  const all = current === undefined ? old : [...old, current];
  const newUnavailable =
    current === undefined ? 0 : Math.max(0, current.spec.replicas - availableOf(current));
  let removable = sumOf(all, specReplicas) - minAvailable - newUnavailable;
  let spare = sumOf(all, availableOf) - minAvailable;
  const writes: RolloutWrite[] = [];
  for (const set of byAge(old)) {
    const unhealthy = Math.max(0, Math.min(set.spec.replicas - availableOf(set), removable));
    const healthy = Math.max(
      0,
      Math.min(set.spec.replicas - unhealthy, spare, removable - unhealthy),
    );
    removable -= unhealthy + healthy;
    spare -= healthy;
    const replicas = set.spec.replicas - unhealthy - healthy;
    if (replicas !== set.spec.replicas) {
      writes.push({ action: 'scale', name: set.metadata.name, replicas });
    }
  }
  return writes;
}

function scaleWhilePaused(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): RolloutWrite[] {
  const active = old.filter((set) => set.spec.replicas > 0);
  const main = current ?? byAge(active).at(-1);
  if (main === undefined) return [];
  const others = sumOf(active, specReplicas) - (active.includes(main) ? main.spec.replicas : 0);
  const replicas = Math.max(0, desiredReplicas(deployment) - others);
  return replicas === main.spec.replicas
    ? []
    : [{ action: 'scale', name: main.metadata.name, replicas }];
}

function trimHistory(deployment: Deployment, old: readonly ReplicaSet[]): RolloutWrite[] {
  const limit = deployment.spec.revisionHistoryLimit ?? DEFAULT_HISTORY;
  const idle = byAge(old).filter(
    (set) => set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0,
  );
  return idle
    .slice(0, Math.max(0, idle.length - limit))
    .map((set) => ({ action: 'delete', name: set.metadata.name }));
}

function nextRevision(replicaSets: readonly ReplicaSet[]): number {
  return 1 + Math.max(0, ...replicaSets.map(revisionOf));
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION_ANNOTATION] ?? 0);
}

function byAge(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return [...sets].sort((a, b) => revisionOf(a) - revisionOf(b));
}

function specReplicas(set: ReplicaSet): number {
  return set.spec.replicas;
}

function availableOf(set: ReplicaSet): number {
  return set.status?.availableReplicas ?? 0;
}

function sumOf(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number {
  return sets.reduce((sum, set) => sum + count(set), 0);
}
