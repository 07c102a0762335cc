import { describe, expect, it } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../../src/sandbox/objects.ts';
import { deploymentStatus } from '../../../../src/sandbox/workload/deployment-status.ts';
import { HASH_LABEL } from '../../../../src/sandbox/workload/rollout-plan.ts';
import { templateHash } from '../../../../src/sandbox/workload/template-hash.ts';

const template = { spec: { containers: [{ name: 'main', image: 'podinfo:2' }] } };
const T0 = Date.UTC(2026, 0, 1);

function deployment(status?: Deployment['status']): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', namespace: 'n', generation: 7 },
    spec: { replicas: 2, progressDeadlineSeconds: 60, selector: {}, template },
    ...(status === undefined ? {} : { status }),
  };
}

function current(replicas: number, available: number): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'a-1', labels: { [HASH_LABEL]: templateHash(template) } },
    spec: { replicas, selector: {}, template },
    status: { replicas, readyReplicas: available, availableReplicas: available },
  };
}

describe('deploymentStatus', () => {
  it('reports a finished rollout', () => {
    const { status, deadlineAtMs } = deploymentStatus(deployment(), [current(2, 2)], T0);
    expect(status).toMatchObject({
      observedGeneration: 7,
      replicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      unavailableReplicas: 0,
    });
    expect(status.conditions?.map(({ type, status: is, reason }) => [type, is, reason])).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ]);
    expect(deadlineAtMs).toBeUndefined();
  });

  it('exceeds the deadline when nothing moves', () => {
    const started = deploymentStatus(deployment(), [current(2, 0)], T0);
    expect(started.deadlineAtMs).toBe(T0 + 60_000);
    const waiting = deploymentStatus(deployment(started.status), [current(2, 0)], T0 + 59_000);
    expect(waiting.status).toEqual(started.status);
    const late = deploymentStatus(deployment(started.status), [current(2, 0)], T0 + 60_001);
    expect(late.status.conditions?.[1]).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
    expect(late.deadlineAtMs).toBeUndefined();
  });

  it('starts the deadline again with each pod that becomes available', () => {
    const started = deploymentStatus(deployment(), [current(2, 0)], T0);
    const moved = deploymentStatus(deployment(started.status), [current(2, 1)], T0 + 30_000);
    expect(moved.deadlineAtMs).toBe(T0 + 90_000);
    expect(moved.status.conditions?.[1]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z');
  });

  it('has no deadline for pods that fail after the rollout', () => {
    const done = deploymentStatus(deployment(), [current(2, 2)], T0);
    const fallen = deploymentStatus(deployment(done.status), [current(2, 0)], T0 + 5000);
    expect(fallen.deadlineAtMs).toBeUndefined();
    expect(fallen.status.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
      lastTransitionTime: '2026-01-01T00:00:05Z',
    });
  });
});
