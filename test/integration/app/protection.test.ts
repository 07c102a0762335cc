import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import type { ObjectClient } from '../../../src/domain/client.ts';
import type { KubeObject, OwnerReference, ResourceType } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const signal = new AbortController().signal;
const NAMESPACE = 'shop';
const key = (name: string): { namespace: string; name: string } => ({ namespace: NAMESPACE, name });

let clock: VirtualClock;
let cluster: AppCluster;
let app: App;
let executor: ObjectClient;

/** A governed namespace with a Canary and what it generated, as the executor writes it. */
beforeEach(async () => {
  clock = new VirtualClock();
  cluster = await startAppCluster({
    clock,
    callWebhook: (target, body) => Promise.resolve(app.review(target.path, body)),
  });
  executor = createObjectClient({
    transport: cluster.overrides.transport ?? (() => Promise.reject(new Error('none'))),
    fieldManager: 'sluice',
  });
  await cluster.client.create(
    RESOURCES.namespaces,
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: { 'sluice.dev/governed': 'true' } },
    },
    { signal },
  );
  app = createApp(configOf({ roles: 'webhook', webhookUrl: 'https://sluice.invalid' }), {
    ...cluster.overrides,
    listen: false,
  });
  await app.start(signal);
  expect(await clock.runUntil(() => app.ready().ok, 60_000)).toBe(true);
  await generate();
});
afterEach(async () => {
  const stopped = app.stop();
  await clock.advance(60_000);
  await stopped;
  await cluster.api.close();
});

async function generate(): Promise<void> {
  const { metadata } = await executor.create<KubeObject>(RESOURCES.canaries, CANARY, {
    signal,
  });
  const live = { ...CANARY, metadata };
  const status = { phase: 'Initialized', lastAppliedSpec: 'sluice.v1:1', ...COUNTERS };
  await executor.replaceStatus(RESOURCES.canaries, { ...live, status } as never, { signal });
  const owner: OwnerReference = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    name: 'web',
    uid: metadata.uid ?? '',
    controller: true,
  };
  const meta = { namespace: NAMESPACE, ownerReferences: [owner] };
  await executor.create(
    RESOURCES.deployments,
    { ...PRIMARY, metadata: { ...meta, name: 'web-primary' } },
    { signal },
  );
  await executor.create(
    RESOURCES.services,
    { ...SERVICE, metadata: { ...meta, name: 'web' } },
    { signal },
  );
  await clock.advance(1000);
}

/** '' when the write goes, else why it does not. */
async function patched(type: ResourceType, name: string, body: unknown): Promise<string> {
  const patch = { type: 'merge', body } as never;
  return cluster.client.patch(type, key(name), patch, { signal }).then(() => '', String);
}

it('protects by field: pods and selectors are refused with the reason, the rest goes', async () => {
  const { deployments, services } = RESOURCES;
  const image = { spec: { template: { spec: { containers: [{ name: 'app', image: 'evil' }] } } } };
  expect(await patched(deployments, 'web-primary', image)).toContain('spec.template: ');
  expect(await patched(deployments, 'web-primary', { spec: { paused: true } })).toContain('paused');
  const stripped = { metadata: { ownerReferences: null } };
  expect(await patched(deployments, 'web-primary', stripped)).toContain('ownerReferences');
  expect(await patched(services, 'web', stripped)).toContain('ownerReferences');
  const selector = { spec: { selector: { app: 'web' } } };
  expect(await patched(services, 'web', selector)).toContain('spec.selector: ');
  expect(await patched(deployments, 'web-primary', { spec: { replicas: 3 } })).toBe('');
  const mesh = { metadata: { labels: { mesh: 'yes' }, annotations: { mesh: 'yes' } } };
  expect(await patched(deployments, 'web-primary', mesh)).toBe('');
  expect(await patched(services, 'web', mesh)).toBe('');
  const at = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' };
  const restart = { spec: { template: { metadata: { annotations: at } } } };
  expect(await patched(deployments, 'web-primary', restart)).toBe('');
});

it('names every field of a Canary that is refused, and lets through what was so before', async () => {
  const { canaries } = RESOURCES;
  const both = { spec: { analysis: { threshold: 5000, maxWeight: 400 } } };
  const refusal = await patched(canaries, 'web', both);
  expect(refusal).toContain('spec.analysis.threshold: must be from 0 to 1000');
  expect(refusal).toContain('spec.analysis.maxWeight: must be from 0 to 100');
  const rival = { ...CANARY, metadata: { name: 'rival', namespace: NAMESPACE } };
  await expect(cluster.client.create(canaries, rival, { signal })).rejects.toThrow(
    'is the target of the Canary web already',
  );
});

it('what a Canary generated goes with it and not before', async () => {
  const { services, canaries } = RESOURCES;
  const deletion = cluster.client.delete(services, key('web'), { signal });
  await expect(deletion).rejects.toThrow('goes when that is deleted');
  await cluster.client.delete(canaries, key('web'), { signal });
  await clock.advance(5000);
  const left = await cluster.client.list<KubeObject>(services, { namespace: NAMESPACE, signal });
  expect(left.items).toEqual([]);
});

it('a namespace can be deleted with all that is in it', async () => {
  await cluster.client.delete(RESOURCES.namespaces, { name: NAMESPACE }, { signal });
  await clock.advance(5000);
  const left = await cluster.client.list<KubeObject>(RESOURCES.canaries, { signal });
  expect(left.items).toEqual([]);
});

const COUNTERS = { failedChecks: 0, canaryWeight: 0, iterations: 0 };

const CANARY = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    service: { port: 80 },
    analysis: { interval: '10s', threshold: 1, stepWeight: 10 },
  },
};

const PRIMARY = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web-primary' } },
    template: {
      metadata: { labels: { app: 'web-primary' } },
      spec: { containers: [{ name: 'app', image: 'podinfo:1' }] },
    },
  },
};

const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  spec: { selector: { app: 'web-primary' }, ports: [{ port: 80 }] },
};
