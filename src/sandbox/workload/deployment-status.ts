import { rfc3339 } from '../../domain/clock.ts';
import type { Deployment, DeploymentStatus, ReplicaSet, WorkloadCondition } from '../objects.ts';
import { desiredReplicas, HASH_LABEL, rolloutBounds } from './rollout-plan.ts';
import { templateHash } from './template-hash.ts';

const DEFAULT_DEADLINE_SECONDS = 600;
const ENDED = ['NewReplicaSetAvailable', 'DeploymentPaused'];

export interface DeploymentReport {
  readonly status: DeploymentStatus;
  /** Epoch milliseconds at which the progress deadline runs out, when it is running. */
  readonly deadlineAtMs?: number;
}

/**
 * The status of a Deployment from its ReplicaSets, with the conditions Available and Progressing as Kubernetes sets
 * them.
 * @param nowMs epoch milliseconds
 */
export function deploymentStatus(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
  nowMs: number,
): DeploymentReport {
  const hash = templateHash(deployment.spec.template);
  const current = replicaSets.find((set) => set.metadata.labels?.[HASH_LABEL] === hash);
  const counts = countReplicas(replicaSets, current);
  const conditions = [
    availableCondition(deployment, counts, nowMs),
    progressingCondition({ deployment, counts, isNew: current === undefined, nowMs }),
  ];
  const status: DeploymentStatus = {
    ...counts,
    conditions,
    ...(deployment.metadata.generation === undefined
      ? {}
      : { observedGeneration: deployment.metadata.generation }),
  };
  const progressing = conditions[1];
  return isRunning(progressing)
    ? { status, deadlineAtMs: deadlineOf(deployment, progressing) }
    : { status };
}

interface Counts {
  replicas: number;
  updatedReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
  unavailableReplicas: number;
}

function countReplicas(sets: readonly ReplicaSet[], current: ReplicaSet | undefined): Counts {
  const sum = (count: (set: ReplicaSet) => number): number =>
    sets.reduce((total, set) => total + count(set), 0);
  const available = sum((set) => set.status?.availableReplicas ?? 0);
  return {
    replicas: sum((set) => set.status?.replicas ?? 0),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum((set) => set.spec.replicas) - available),
  };
}

function availableCondition(
  deployment: Deployment,
  counts: Counts,
  nowMs: number,
): WorkloadCondition {
  const minimum = desiredReplicas(deployment) - rolloutBounds(deployment).unavailable;
  const isAvailable = counts.availableReplicas >= minimum;
  return kept(deployment, nowMs, {
    type: 'Available',
    status: isAvailable ? 'True' : 'False',
    reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: isAvailable
      ? 'Deployment has minimum availability.'
      : 'Deployment does not have minimum availability.',
  });
}

interface ProgressInput {
  deployment: Deployment;
  counts: Counts;
  isNew: boolean;
  nowMs: number;
}

function progressingCondition({
  deployment,
  counts,
  isNew,
  nowMs,
}: ProgressInput): WorkloadCondition {
  const known = conditionOf(deployment, 'Progressing');
  const say = (
    status: 'True' | 'False' | 'Unknown',
    reason: string,
    what: string,
  ): WorkloadCondition => ({
    type: 'Progressing',
    status,
    reason,
    message: `Deployment "${deployment.metadata.name}" ${what}`,
  });
  if (deployment.spec.paused === true) {
    return kept(deployment, nowMs, say('Unknown', 'DeploymentPaused', 'is paused.'));
  }
  if (isNew) {
    return touched(nowMs, known, say('True', 'NewReplicaSetCreated', 'gets a new ReplicaSet.'));
  }
  if (isComplete(deployment, counts)) {
    return kept(
      deployment,
      nowMs,
      say('True', 'NewReplicaSetAvailable', 'has successfully progressed.'),
    );
  }
  // A finished rollout that loses or gains pods later is not a rollout: it keeps its condition and has no deadline.
  const { ended, running } = partsOf(known);
  const isWhole = counts.replicas === counts.updatedReplicas;
  if (ended !== undefined && isWhole) return ended;
  const moves = hasProgressed(deployment, counts);
  const progressing = say('True', 'ReplicaSetUpdated', 'is progressing.');
  if (running === undefined || moves) return touched(nowMs, known, progressing);
  return timed(
    deployment,
    running,
    nowMs,
    say('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'),
  );
}

/** A rollout that has ended, or a pause, says nothing about the deadline of what begins. */
function partsOf(known: WorkloadCondition | undefined): {
  ended: WorkloadCondition | undefined;
  running: WorkloadCondition | undefined;
} {
  const isOver = ENDED.includes(known?.reason ?? '');
  const ended = known?.reason === 'NewReplicaSetAvailable' ? known : undefined;
  return { ended, running: isOver ? undefined : known };
}

/** The condition of a rollout under way, or the other one once its deadline is over. */
function timed(
  deployment: Deployment,
  known: WorkloadCondition,
  nowMs: number,
  over: WorkloadCondition,
): WorkloadCondition {
  if (known.status === 'False' || deadlineOf(deployment, known) > nowMs) return known;
  return touched(nowMs, known, over);
}

function isComplete(deployment: Deployment, counts: Counts): boolean {
  const desired = desiredReplicas(deployment);
  return (
    counts.updatedReplicas === desired &&
    counts.replicas === desired &&
    counts.availableReplicas === desired
  );
}

function hasProgressed(deployment: Deployment, counts: Counts): boolean {
  const before = deployment.status;
  const old = (status: { replicas?: number; updatedReplicas?: number }): number =>
    (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    counts.updatedReplicas > (before?.updatedReplicas ?? 0) ||
    counts.readyReplicas > (before?.readyReplicas ?? 0) ||
    counts.availableReplicas > (before?.availableReplicas ?? 0) ||
    old(counts) < old(before ?? {})
  );
}

function isRunning(condition: WorkloadCondition | undefined): condition is WorkloadCondition {
  if (condition === undefined || condition.status === 'False') return false;
  return !ENDED.includes(condition.reason ?? '');
}

function deadlineOf(deployment: Deployment, condition: WorkloadCondition): number {
  const seconds = deployment.spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
  return Date.parse(condition.lastUpdateTime ?? '') + seconds * 1000;
}

function conditionOf(deployment: Deployment, type: string): WorkloadCondition | undefined {
  return deployment.status?.conditions?.find((condition) => condition.type === type);
}

/** The known condition when nothing in it changed, so that its times stay. */
function kept(deployment: Deployment, nowMs: number, wanted: WorkloadCondition): WorkloadCondition {
  const known = conditionOf(deployment, wanted.type);
  return known?.status === wanted.status && known.reason === wanted.reason
    ? known
    : touched(nowMs, known, wanted);
}

function touched(
  nowMs: number,
  known: WorkloadCondition | undefined,
  wanted: WorkloadCondition,
): WorkloadCondition {
  const now = rfc3339(nowMs);
  return {
    ...wanted,
    lastUpdateTime: now,
    lastTransitionTime: known?.status === wanted.status ? (known.lastTransitionTime ?? now) : now,
  };
}
