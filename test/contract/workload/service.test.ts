import { expect, test } from 'vitest';
import { namesOf } from '../../../src/delivery/names.ts';
import type { Service } from '../../../src/delivery/service.ts';
import { workload } from '../../../src/delivery/workload/service.ts';
import { canaryOf } from '../../support/plan-fixture.ts';
import { contextOf } from './fixture.ts';

const canary = canaryOf();
const NONE = { key: '', value: '' };

function service(spec: Record<string, unknown>, name = 'app'): Service {
  const metadata = { name, namespace: 'shop', uid: `${name}-uid`, resourceVersion: '7' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec };
}

const IP = { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] };
const PORTS = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }];

const promoted = (live: Record<string, unknown>, target: Record<string, unknown>): unknown => {
  const writes = workload.promotePrimary(
    service(live, 'app-primary'),
    service(target),
    contextOf(),
  );
  return writes.map((write) => [write.op, 'object' in write ? write.object['spec' as never] : '']);
};

test('addresses and node ports are of one Service: copies get their own', () => {
  const allotted = {
    ...IP,
    healthCheckNodePort: 30_100,
    externalIPs: ['1.2.3.4'],
    loadBalancerIP: '1.2.3.5',
  };
  const target = service({
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    selector: { app: 'a' },
    ports: [{ ...PORTS[0], nodePort: 30_000 }],
    ...allotted,
  });
  const wanted = {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    selector: { app: 'a' },
    ports: PORTS,
  };
  expect(workload.createPrimary(target, contextOf())).toMatchObject([
    { op: 'create', object: { metadata: { name: 'app-primary' }, spec: wanted } },
  ]);
  const [created] = workload.createPrimary(target, contextOf());
  expect(created?.op === 'create' && Object.keys((created.object as Service).spec).sort()).toEqual(
    Object.keys(wanted).sort(),
  );
});

test('a headless one has headless copies', () => {
  const target = service({ clusterIP: 'None', clusterIPs: ['None'], selector: { app: 'a' } });
  expect(workload.createPrimary(target, contextOf())).toMatchObject([
    { object: { spec: { clusterIP: 'None', selector: { app: 'a' } } } },
  ]);
});

test.each<[string, Record<string, unknown>, Record<string, unknown>, unknown]>([
  [
    'another selector: what the cluster allotted stays',
    { type: 'NodePort', ...IP, selector: { app: 'a' }, ports: [{ ...PORTS[0], nodePort: 31_000 }] },
    { type: 'NodePort', clusterIP: '10.9.9.9', selector: { app: 'b' }, ports: PORTS },
    [
      [
        'replace',
        {
          type: 'NodePort',
          selector: { app: 'b' },
          ports: [{ ...PORTS[0], nodePort: 31_000 }],
          ...IP,
        },
      ],
    ],
  ],
  [
    'outside the cluster: without addresses',
    { type: 'ClusterIP', ...IP, selector: { app: 'a' }, ports: PORTS },
    { type: 'ExternalName', externalName: 'x.example.com' },
    [['replace', { type: 'ExternalName', externalName: 'x.example.com' }]],
  ],
  [
    'back into it: with new addresses',
    { type: 'ExternalName', externalName: 'x.example.com' },
    { type: 'ClusterIP', ...IP, selector: { app: 'a' }, ports: PORTS },
    [['replace', { type: 'ClusterIP', selector: { app: 'a' }, ports: PORTS }]],
  ],
  [
    'headless, which no update can make it: anew',
    { type: 'ClusterIP', ...IP, selector: { app: 'a' } },
    { type: 'ClusterIP', clusterIP: 'None', selector: { app: 'a' } },
    [
      ['delete', ''],
      ['create', { type: 'ClusterIP', clusterIP: 'None', selector: { app: 'a' } }],
    ],
  ],
])('promoted to %s', (_what, live, target, expected) => {
  expect(promoted(live, target)).toEqual(expected);
});

test('its identity is where it leads, whatever the addresses and the traffic distribution', () => {
  const target = service({ ...IP, selector: { app: 'a' }, ports: PORTS });
  const primary = service(
    {
      clusterIP: '10.0.0.2',
      selector: { app: 'a' },
      ports: PORTS,
      trafficDistribution: 'PreferClose',
    },
    'app-primary',
  );
  expect(workload.identity(primary)).toBe(workload.promotedIdentity?.(target));
  expect(workload.samePods(primary, target, NONE)).toBe(true);
  const other = service({ ...IP, selector: { app: 'b' }, ports: PORTS });
  expect(workload.identity(other)).not.toBe(workload.identity(primary));
});

test('the canary copy follows the target, keeps its addresses and marks of others, and is right once it does', () => {
  const target = service({ ...IP, selector: { app: 'b' }, ports: PORTS });
  const [generated] = workload.services(target, { canary, names: namesOf(canary), selector: NONE });
  const live = {
    ...service({ clusterIP: '10.0.0.3', selector: { app: 'a' }, ports: PORTS }, 'app-canary'),
  };
  live.metadata = { ...live.metadata, labels: { mine: '1' } };
  const repaired = generated?.repair(live);
  expect(repaired).toMatchObject({
    metadata: { labels: { mine: '1' }, ownerReferences: [{ kind: 'Canary' }] },
    spec: { clusterIP: '10.0.0.3', selector: { app: 'b' } },
  });
  expect(repaired && generated?.repair(repaired)).toBeUndefined();
});

test('there is nothing to wait for, to scale or to track', () => {
  const target = service({ selector: { app: 'a' } });
  expect(workload.readiness(target, { percent: 100, deadlineSeconds: 1, now: 0 })).toEqual({
    state: 'ready',
  });
  expect(workload.scale(target, 0)).toEqual([]);
  expect(workload.capabilities).toEqual({ pods: false, scales: false, ownPrimary: true });
});
