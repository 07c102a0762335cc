import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { podWorkload, type PodOwner } from '../pod-workload.ts';
import { rewriteForPrimary } from '../primary-pods.ts';
import type { Readiness, ReadinessRule, Workload } from './types.ts';

interface Deployment extends PodOwner {
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    conditions?: {
      type: string;
      status: string;
      reason?: string;
      message?: string;
      lastUpdateTime?: string;
    }[];
  };
}

const MAX_REFUSAL = 400;

/** `apps/v1` Deployment. Readiness follows `kubectl rollout status`, with Flagger's percentage and deadline. */
export const workload: Workload = {
  ...podWorkload({
    kind: 'Deployment',
    resource: RESOURCES.deployments,
    copied: ['progressDeadlineSeconds', 'minReadySeconds', 'revisionHistoryLimit', 'strategy'],
    template: (object) => spec(object).template,
    rewrite: rewriteForPrimary,
    // A target at zero would give a primary that serves nobody.
    firstSize: (target) => ({ replicas: Math.max(1, replicasOf(target)) }),
    // With an autoscaler the primary keeps its own size: the target's says nothing about the load on the primary.
    nextSize: (target, { canary }) =>
      canary.spec.autoscalerRef === undefined && replicasOf(target) > 0
        ? { replicas: replicasOf(target) }
        : {},
  }),
  replicas: replicasOf,
  available: (object) => status(object).availableReplicas ?? 0,
  readiness,
  scale: (object, replicas) => {
    const { namespace = 'default', name, uid } = object.metadata;
    const live = spec(object).replicas;
    const body = [
      { op: 'test', path: '/metadata/uid', value: uid },
      ...(live === undefined ? [] : [{ op: 'test', path: '/spec/replicas', value: live }]),
      { op: 'add', path: '/spec/replicas', value: replicas },
    ];
    return [{ op: 'patch', type: RESOURCES.deployments, key: { namespace, name }, body }];
  },
  paused: (object) => spec(object)['paused'] === true,
};

function replicasOf(object: KubeObject): number {
  return spec(object).replicas ?? 1;
}

function spec(object: KubeObject): PodOwner['spec'] {
  return (object as PodOwner).spec;
}

function status(object: KubeObject): NonNullable<Deployment['status']> {
  return (object as Deployment).status ?? {};
}

function readiness(object: KubeObject, rule: ReadinessRule): Readiness {
  const observed = status(object);
  if ((object.metadata.generation ?? 0) > (observed.observedGeneration ?? 0)) {
    return waiting('observed deployment generation less than desired generation');
  }
  const condition = (type: string): NonNullable<typeof observed.conditions>[number] | undefined =>
    observed.conditions?.find((entry) => entry.type === type);
  if (condition('Progressing')?.reason === 'ProgressDeadlineExceeded') {
    const message = `deployment "${object.metadata.name}" exceeded its progress deadline`;
    return { state: 'stuck', message };
  }
  const missing = missingPods(object, rule.percent);
  if (missing === undefined) return { state: 'ready' };
  const refusal = refusalOf(condition('ReplicaFailure'));
  const progressing = waiting(refusal === undefined ? missing : `${missing}: ${refusal}`);
  const why = refusal === undefined ? progressing : { ...progressing, refused: true };
  return isOverdue(condition('Available'), rule) ? { ...why, state: 'stuck' } : why;
}

type DeploymentCondition = NonNullable<NonNullable<Deployment['status']>['conditions']>[number];

function isOverdue(available: DeploymentCondition | undefined, rule: ReadinessRule): boolean {
  return (
    available?.status === 'False' &&
    available.reason === 'MinimumReplicasUnavailable' &&
    Date.parse(available.lastUpdateTime ?? '') + rule.deadlineSeconds * 1000 < rule.now
  );
}

/** Why the pods are refused: by a quota, a limit or an admission policy. The pod's name differs each time. */
function refusalOf(condition: DeploymentCondition | undefined): string | undefined {
  if (condition?.status !== 'True') return undefined;
  const text = (condition.message ?? '').replaceAll(/pods? "[^"]*"/g, 'pods');
  return `${condition.reason ?? 'FailedCreate'} ${text}`.slice(0, MAX_REFUSAL).trim();
}

function missingPods(object: KubeObject, percent: number): string | undefined {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status(object);
  const wanted = replicasOf(object);
  if (updatedReplicas < wanted) {
    return `${updatedReplicas} out of ${wanted} new replicas have been updated`;
  }
  if (replicas > updatedReplicas) {
    return `${replicas - updatedReplicas} old replicas are pending termination`;
  }
  if (availableReplicas < Math.floor((updatedReplicas * percent) / 100)) {
    return `${availableReplicas} of ${updatedReplicas} (readyThreshold ${percent}%) updated replicas are available`;
  }
  return undefined;
}

function waiting(message: string): { state: 'progressing'; message: string } {
  return { state: 'progressing', message: `waiting for rollout to finish: ${message}` };
}
