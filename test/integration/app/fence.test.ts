import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import type { Canary } from '../../../src/domain/canary.ts';
import type { ObjectClient } from '../../../src/domain/client.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const signal = new AbortController().signal;
const WEBHOOKS = { name: 'sluice' };
let clock: VirtualClock;
let cluster: AppCluster;
let app: App;
let flagger: ObjectClient;

beforeEach(async () => {
  clock = new VirtualClock();
  cluster = await startAppCluster({
    clock,
    callWebhook: (target, body) => Promise.resolve(app.review(target.path, body)),
  });
  const user = { username: 'system:serviceaccount:flagger-system:flagger', groups: [] };
  flagger = createObjectClient({ transport: cluster.api.transport(user), fieldManager: 'flagger' });
});
afterEach(async () => {
  const stopped = app.stop();
  await clock.advance(60_000);
  await stopped;
  await cluster.api.close();
});

function start(flags: Record<string, string>): Promise<void> {
  const config = { enableLeaderElection: 'true', webhookUrl: 'https://sluice.invalid', ...flags };
  app = createApp(configOf(config), {
    ...cluster.overrides,
    outbound: () => Promise.reject(new Error('none')),
    listen: false,
  });
  return app.start(signal);
}

/** What is wrong with the fence, as readiness says it. */
function problem(): string | undefined {
  return app.ready().checks.find(({ name }) => name === 'fence')?.problem;
}

async function createCanary(): Promise<Canary> {
  const canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'web', namespace: 'sluice-system' },
    spec: {
      provider: 'kubernetes',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      service: { port: 80 },
      analysis: { interval: '1m', threshold: 1, iterations: 1 },
    },
  };
  return cluster.client.create<Canary>(RESOURCES.canaries, canary, { signal });
}

async function phase(): Promise<string | undefined> {
  const key = { namespace: 'sluice-system', name: 'web' };
  const canary = await cluster.client.get<Canary>(RESOURCES.canaries, key, { signal });
  return canary?.status?.phase;
}

async function gaps(): Promise<string[]> {
  await clock.advance(5000);
  const { items } = await cluster.client.list<KubeObject & { reason: string; message: string }>(
    RESOURCES.events,
    { signal },
  );
  return items.filter(({ reason }) => reason === 'CoverageGap').map(({ message }) => message);
}

it('the executor starts behind a fence that answers, and Flagger is refused', async () => {
  await start({ fence: 'require' });
  expect(await clock.runUntil(() => app.ready().ok, 60_000)).toBe(true);
  await createCanary();
  await clock.advance(5000);
  expect(await phase()).toBe('Initializing');
  const key = { namespace: 'sluice-system', name: 'web' };
  const canary = await flagger.get<Canary>(RESOURCES.canaries, key, { signal });
  if (canary === undefined) throw new Error('there is no Canary');
  const status = { phase: 'Failed', failedChecks: 0, canaryWeight: 0, iterations: 0 } as const;
  await expect(
    flagger.replaceStatus(RESOURCES.canaries, { ...canary, status }, { signal }),
  ).rejects.toThrow('Flagger may not write it');
  expect(await gaps()).toEqual([]);
});

it('without a webhook the executor waits, and readiness says why', async () => {
  await start({ fence: 'require', roles: 'controller' });
  await clock.advance(10_000);
  await createCanary();
  await clock.advance(10_000);
  expect(problem()).toContain('the API server asks no webhook of Sluice about Canaries');
  expect(await phase()).toBeUndefined();
});

it('a fence that is lost is a coverage gap, and the work goes on', async () => {
  await start({ fence: 'require' });
  expect(await clock.runUntil(() => app.ready().ok, 60_000)).toBe(true);
  await clock.advance(5000);
  // The whole webhook goes away, and cannot be put back.
  cluster.setFault(({ method, path }) =>
    method !== 'GET' && path.includes('webhookconfigurations')
      ? new ClusterError('Forbidden', 'no')
      : undefined,
  );
  await cluster.client.delete(RESOURCES.validatingWebhookConfigurations, WEBHOOKS, { signal });
  await clock.advance(90_000);
  expect((await gaps()).join()).toContain('the fence is open');
  expect(problem()).toBeUndefined();
  await createCanary();
  await clock.advance(5000);
  expect(await phase()).toBe('Initializing');
});

it('off: one event says so', async () => {
  await start({ fence: 'off' });
  expect(await clock.runUntil(() => app.ready().ok, 60_000)).toBe(true);
  await clock.advance(5000);
  expect(await gaps()).toEqual(['the fence is off, nothing keeps Flagger from what runs here']);
});

it('off, and a Flagger renews its Lease: its Canaries are left alone until it has gone', async () => {
  const { client } = cluster;
  const kubeSystem = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } };
  await client.create(RESOURCES.namespaces, kubeSystem, { signal }).catch(() => undefined);
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'flagger-leader-election', namespace: 'kube-system' },
    spec: {
      holderIdentity: 'flagger-1',
      leaseDurationSeconds: 60,
      renewTime: new Date(clock.now()).toISOString().replace('Z', '000Z'),
    },
  };
  await client.create(RESOURCES.leases, lease, { signal });
  await start({ fence: 'off' });
  expect(await clock.runUntil(() => app.ready().ok, 60_000)).toBe(true);
  await createCanary();
  await clock.advance(10_000);
  const key = { namespace: 'sluice-system', name: 'web' };
  const canary = await client.get<Canary>(RESOURCES.canaries, key, { signal });
  expect(canary?.status?.conditions?.map(({ reason }) => reason)).toEqual(['ForeignExecutor']);
  expect(canary?.status?.conditions?.[0]?.message).toContain(
    'the Lease kube-system/flagger-leader-election is renewed by a Flagger',
  );
  await clock.advance(120_000);
  expect(await phase()).toBe('Initializing');
});
