import { describe, expect, it } from 'vitest';
import type { Pod, Service } from '../../../../src/sandbox/objects.ts';
import { planEndpoints } from '../../../../src/sandbox/workload/endpoints-plan.ts';
import { planReplicaSet } from '../../../../src/sandbox/workload/replica-set-plan.ts';

function pod(name: string, ready: boolean, more: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'n', uid: name, labels: { app: 'a' }, ...more },
    spec: {
      containers: [
        { name: 'm', image: 'podinfo:1', ports: [{ name: 'http', containerPort: 9898 }] },
      ],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

const service = (spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'n' },
  spec,
});

describe('planEndpoints', () => {
  const ports = [{ name: 'web', port: 80, targetPort: 'http' }];
  it('lists ready and unready pods of the selector apart', () => {
    const pods = [
      pod('b', false),
      pod('a', true),
      pod('other', true, { labels: { app: 'b' } }),
      pod('going', true, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ];
    const subsets = planEndpoints(service({ selector: { app: 'a' }, ports }), pods);
    expect(subsets).toEqual([
      {
        addresses: [
          { ip: '10.0.0.1', targetRef: { kind: 'Pod', namespace: 'n', name: 'a', uid: 'a' } },
        ],
        ports: [{ name: 'web', port: 9898, protocol: 'TCP' }],
      },
      {
        notReadyAddresses: [
          { ip: '10.0.0.1', targetRef: { kind: 'Pod', namespace: 'n', name: 'b', uid: 'b' } },
        ],
        ports: [{ name: 'web', port: 9898, protocol: 'TCP' }],
      },
    ]);
  });

  it('prefers the port on which the process really listens', () => {
    const own = pod('a', true, { annotations: { 'sandbox.sluice.dev/port': '40123' } });
    const subsets = planEndpoints(service({ selector: { app: 'a' }, ports }), [own]);
    expect(subsets?.[0]?.ports[0]?.port).toBe(40123);
  });

  it('leaves a Service without a selector alone', () => {
    expect(planEndpoints(service({ ports }), [pod('a', true)])).toBeUndefined();
  });
});

describe('planReplicaSet', () => {
  const set = (replicas: number) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'r', generation: 3 },
    spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  });
  it('creates what is missing', () => {
    const plan = planReplicaSet(set(3), [pod('a', true)]);
    expect(plan).toMatchObject({ create: 2, remove: [] });
    expect(plan.status).toEqual({
      replicas: 1,
      fullyLabeledReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      observedGeneration: 3,
    });
  });
  it('removes unready pods first, then the youngest', () => {
    const pods = [
      pod('old', true, { creationTimestamp: '2026-01-01T00:00:00Z' }),
      pod('young', true, { creationTimestamp: '2026-01-02T00:00:00Z' }),
      pod('unready', false, { creationTimestamp: '2025-01-01T00:00:00Z' }),
    ];
    const names = planReplicaSet(set(1), pods).remove.map(({ metadata }) => metadata.name);
    expect(names).toEqual(['unready', 'young']);
  });
});
