import type { Pod, ReplicaSet, ReplicaSetStatus } from '../objects.ts';

/** Whether the pod's Ready condition is True. */
export function isReady(pod: Pod): boolean {
  return (
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ===
    true
  );
}

export interface ReplicaSetPlan {
  /** How many pods to create. */
  readonly create: number;
  /** Pods to delete: those that are not ready first, then the youngest. */
  readonly remove: readonly Pod[];
  readonly status: ReplicaSetStatus;
}

/** Plans one ReplicaSet. @param pods those that it owns */
export function planReplicaSet(set: ReplicaSet, pods: readonly Pod[]): ReplicaSetPlan {
  const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const missing = set.spec.replicas - alive.length;
  const ready = alive.filter(isReady).length;
  const status: ReplicaSetStatus = {
    replicas: alive.length,
    fullyLabeledReplicas: alive.length,
    readyReplicas: ready,
    availableReplicas: ready,
    ...(set.metadata.generation === undefined
      ? {}
      : { observedGeneration: set.metadata.generation }),
  };
  return {
    create: Math.max(0, missing),
    remove: missing < 0 ? [...alive].sort(leastUseful).slice(0, -missing) : [],
    status,
  };
}

function leastUseful(a: Pod, b: Pod): number {
  const byReadiness = Number(isReady(a)) - Number(isReady(b));
  if (byReadiness !== 0) return byReadiness;
  const byYouth = (b.metadata.creationTimestamp ?? '').localeCompare(
    a.metadata.creationTimestamp ?? '',
  );
  return byYouth === 0 ? b.metadata.name.localeCompare(a.metadata.name) : byYouth;
}
