import { describe, expect, it } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../../src/sandbox/objects.ts';
import { HASH_LABEL, planRollout } from '../../../../src/sandbox/workload/rollout-plan.ts';
import { templateHash } from '../../../../src/sandbox/workload/template-hash.ts';

const template = (image: string) => ({
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'main', image }] },
});

function deployment(spec: Partial<Deployment['spec']> = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', namespace: 'n', uid: 'd', generation: 1 },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'a' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: template('podinfo:2'),
      ...spec,
    },
  };
}

function replicaSet(image: string, replicas: number, available: number, revision = 1): ReplicaSet {
  const hash = templateHash(template(image));
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `a-${image}`,
      namespace: 'n',
      labels: { [HASH_LABEL]: hash },
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    },
    spec: { replicas, selector: {}, template: template(image) },
    status: { replicas, availableReplicas: available, readyReplicas: available },
  };
}

const scale = (image: string, replicas: number) => ({
  action: 'scale' as const,
  name: `a-${image}`,
  replicas,
});
const hash = templateHash(template('podinfo:2'));

describe('planRollout', () => {
  it.each([
    [
      'creates the first ReplicaSet in full',
      deployment(),
      [],
      [{ action: 'create', hash, replicas: 4, revision: 1 }],
    ],
    [
      'starts a rolling update with as many pods as the surge allows',
      deployment(),
      [replicaSet('podinfo:1', 4, 4, 3)],
      [{ action: 'create', hash, replicas: 1, revision: 4 }],
    ],
    [
      'waits while the new pod is not available',
      deployment(),
      [replicaSet('podinfo:1', 4, 4), replicaSet('podinfo:2', 1, 0, 2)],
      [],
    ],
    [
      'removes an old pod for each new one that is available',
      deployment(),
      [replicaSet('podinfo:1', 4, 4), replicaSet('podinfo:2', 1, 1, 2)],
      [scale('podinfo:1', 3)],
    ],
    [
      'then adds the next new one',
      deployment(),
      [replicaSet('podinfo:1', 3, 3), replicaSet('podinfo:2', 1, 1, 2)],
      [scale('podinfo:2', 2)],
    ],
    [
      'goes below the wished number by maxUnavailable',
      deployment({
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '50%' } },
      }),
      [replicaSet('podinfo:1', 4, 4)],
      [{ action: 'create', hash, replicas: 0, revision: 2 }, scale('podinfo:1', 2)],
    ],
    [
      'removes unhealthy old pods first',
      deployment(),
      [
        replicaSet('podinfo:0', 2, 0, 1),
        replicaSet('podinfo:1', 2, 2, 2),
        replicaSet('podinfo:2', 2, 2, 3),
      ],
      [scale('podinfo:0', 0)],
    ],
    [
      'scales down to nothing',
      deployment({ replicas: 0 }),
      [replicaSet('podinfo:2', 4, 4)],
      [scale('podinfo:2', 0)],
    ],
    [
      'scales up without a rollout',
      deployment({ replicas: 6 }),
      [replicaSet('podinfo:2', 4, 4)],
      [scale('podinfo:2', 6)],
    ],
    [
      'does not roll out while paused',
      deployment({ paused: true }),
      [replicaSet('podinfo:1', 4, 4)],
      [],
    ],
    [
      'still scales while paused',
      deployment({ paused: true, replicas: 6 }),
      [replicaSet('podinfo:1', 4, 4)],
      [scale('podinfo:1', 6)],
    ],
    [
      'recreates only after the old pods are gone',
      deployment({ strategy: { type: 'Recreate' } }),
      [replicaSet('podinfo:1', 4, 4)],
      [{ action: 'create', hash, replicas: 0, revision: 2 }, scale('podinfo:1', 0)],
    ],
    [
      'recreates when they are',
      deployment({ strategy: { type: 'Recreate' } }),
      [replicaSet('podinfo:1', 0, 0), replicaSet('podinfo:2', 0, 0, 2)],
      [scale('podinfo:2', 4)],
    ],
    [
      'forgets the oldest idle ReplicaSets',
      deployment({ revisionHistoryLimit: 1 }),
      [
        replicaSet('podinfo:0', 0, 0, 1),
        replicaSet('podinfo:1', 0, 0, 2),
        replicaSet('podinfo:2', 4, 4, 3),
      ],
      [{ action: 'delete', name: 'a-podinfo:0' }],
    ],
  ] as const)('%s', (_title, wanted, sets, writes) => {
    expect(planRollout(wanted, sets)).toEqual(writes);
  });
});
