import type { Canary } from '../../src/domain/canary.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../../src/domain/run.ts';
import type { Cluster, Stored } from './cluster.ts';

export interface Deployment extends Stored {
  spec: {
    replicas?: number;
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
      spec: { containers: { name: string; image: string }[] };
    };
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    conditions?: { type: string; status: string; reason?: string }[];
  };
}

interface Route extends Stored {
  spec: {
    rules: {
      filters?: { type: string; requestMirror?: { backendRef: { name: string } } }[];
      backendRefs: { name: string; weight: number }[];
    }[];
  };
}

export const TARGET = 'deployments/app';
export const PRIMARY = 'deployments/app-primary';
export const ROUTE = 'httproutes/app';
export const CANARY = 'canaries/app';

export function deployment(cluster: Cluster, key: string): Deployment | undefined {
  return cluster.get(key) as Deployment | undefined;
}

export function canary(cluster: Cluster): Canary | undefined {
  return cluster.get(CANARY) as Canary | undefined;
}

/** Oldest first. */
export function runs(cluster: Cluster): RolloutRun[] {
  return [...cluster]
    .filter(([key]) => key.startsWith('rolloutruns/'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, object]) => object as RolloutRun);
}

export function newestRun(cluster: Cluster): RolloutRun | undefined {
  return runs(cluster).at(-1);
}

export function isOpen(run: RolloutRun | undefined): run is RolloutRun {
  return run !== undefined && !TERMINAL_RUN_PHASES.has(run.status?.phase ?? 'Pending');
}

/** What a route says, read without the code under test. */
export interface Shares {
  readonly sum: number;
  readonly canary: number;
  readonly mirrored: boolean;
}

/** @returns undefined when there is no route */
export function shares(object: Stored | undefined): Shares | undefined {
  const route = object as Route | undefined;
  if (route === undefined) return undefined;
  const [rule] = route.spec.rules;
  const weightOf = (end: string): number =>
    (rule?.backendRefs ?? [])
      .filter(({ name }) => name.endsWith(end))
      .reduce((sum, { weight }) => sum + weight, 0);
  const mirrored = (rule?.filters ?? []).some(
    ({ requestMirror }) => requestMirror?.backendRef.name === 'app-canary',
  );
  const canaryShare = weightOf('-canary');
  return { sum: canaryShare + weightOf('-primary'), canary: canaryShare, mirrored };
}

export function liveShares(cluster: Cluster): Shares {
  return shares(cluster.get(ROUTE)) ?? { sum: 100, canary: 0, mirrored: false };
}

/** Whether every pod of a workload runs its current template and serves. */
export function isReady(workload: Deployment | undefined): boolean {
  if (workload?.status === undefined) return false;
  const { observedGeneration, replicas, updatedReplicas, availableReplicas, conditions } =
    workload.status;
  const wanted = workload.spec.replicas ?? 1;
  return (
    observedGeneration === workload.metadata.generation &&
    wanted > 0 &&
    [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted) &&
    !(conditions ?? []).some(({ reason }) => reason === 'ProgressDeadlineExceeded')
  );
}

/** Whether a workload has a pod that could take requests. */
export function serves(workload: Deployment | undefined): boolean {
  return (workload?.status?.availableReplicas ?? 0) > 0 && (workload?.spec.replicas ?? 1) > 0;
}

/** Letter of the revision that a workload runs. */
export function revisionOf(workload: Deployment | undefined): string {
  return workload?.spec.template.spec.containers[0]?.image ?? '';
}

/** Image of the revision that a run rolls out. */
export function runRevision(run: RolloutRun): string {
  return run.spec.images[0]?.image ?? '';
}
