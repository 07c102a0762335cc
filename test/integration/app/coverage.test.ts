import { readFileSync } from 'node:fs';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import { OWN_ADMISSION_POLICIES } from '../../../src/app/coverage.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { KubeObject, ResourceType } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const signal = new AbortController().signal;
const POLICIES = loadAll(
  readFileSync(new URL('../../../manifests/base/admission-policies.yaml', import.meta.url), 'utf8'),
  undefined,
  { schema: CORE_SCHEMA },
) as KubeObject[];
const TYPES: Readonly<Record<string, ResourceType>> = {
  ValidatingAdmissionPolicy: RESOURCES.validatingAdmissionPolicies,
  ValidatingAdmissionPolicyBinding: RESOURCES.validatingAdmissionPolicyBindings,
};

let clock: VirtualClock;
let cluster: AppCluster;
let app: App;

beforeEach(async () => {
  clock = new VirtualClock();
  cluster = await startAppCluster({
    clock,
    callWebhook: (target, body) => Promise.resolve(app.review(target.path, body)),
  });
  for (const object of POLICIES) {
    const type = TYPES[object.kind];
    if (type !== undefined) await cluster.client.create(type, object, { signal });
  }
  await cluster.client.create(
    RESOURCES.namespaces,
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { 'sluice.dev/governed': 'true' } },
    },
    { signal },
  );
});
afterEach(async () => {
  const stopped = app.stop();
  await clock.advance(60_000);
  await stopped;
  await cluster.api.close();
});

async function start(): Promise<void> {
  app = createApp(
    configOf({
      enableLeaderElection: 'true',
      webhookUrl: 'https://sluice.invalid',
      fence: 'require',
    }),
    {
      ...cluster.overrides,
      outbound: () => Promise.reject(new Error('none')),
      listen: false,
    },
  );
  await app.start(signal);
  expect(await clock.runUntil(() => app.ready().ok, 60_000)).toBe(true);
  await clock.advance(10_000);
}

/** Messages of the events that tell of coverage gaps. */
async function gaps(): Promise<string[]> {
  await clock.advance(5000);
  const { items } = await cluster.client.list<KubeObject & { reason: string; message: string }>(
    RESOURCES.events,
    { signal },
  );
  return items.filter(({ reason }) => reason === 'CoverageGap').map(({ message }) => message);
}

it('names every policy that the base installs', () => {
  expect([...new Set(POLICIES.map(({ metadata }) => metadata.name))]).toEqual(
    OWN_ADMISSION_POLICIES,
  );
  app = createApp(configOf(), { ...cluster.overrides, listen: false });
});

it('nothing is told of a cluster in which all is in force', async () => {
  await start();
  expect(await gaps()).toEqual([]);
});

it('a namespace that loses its label is told of, one that is deleted is not', async () => {
  await start();
  const patch = { type: 'merge', body: { metadata: { labels: { 'sluice.dev/governed': null } } } };
  await cluster.client.patch(RESOURCES.namespaces, { name: 'shop' }, patch as never, { signal });
  expect(await gaps()).toEqual([
    'Namespace shop is not governed any more: its label sluice.dev/governed was taken away',
  ]);
});

it('a policy of the API server that is changed or deleted is told of', async () => {
  await start();
  const type = RESOURCES.validatingAdmissionPolicies;
  const key = { name: 'sluice-records' };
  const patch = { type: 'merge', body: { spec: { failurePolicy: 'Ignore' } } };
  await cluster.client.patch(type, key, patch as never, { signal });
  expect(await gaps()).toEqual(['ValidatingAdmissionPolicy sluice-records was changed']);
  await cluster.client.delete(
    RESOURCES.validatingAdmissionPolicyBindings,
    { name: 'sluice-coverage' },
    { signal },
  );
  expect(await gaps()).toContain('ValidatingAdmissionPolicyBinding sluice-coverage was deleted');
});

it('a webhook configuration that is changed or deleted is put right within five seconds and told of', async () => {
  await start();
  const type = RESOURCES.validatingWebhookConfigurations;
  const key = { name: 'sluice' };
  const before = await cluster.client.get(type, key, { signal });
  const patch = { type: 'merge', body: { webhooks: [] } };
  await cluster.client.patch(type, key, patch as never, { signal });
  await clock.advance(5000);
  const after = await cluster.client.get(type, key, { signal });
  expect(after).toMatchObject({ webhooks: (before as unknown as { webhooks: object }).webhooks });
  await cluster.client.delete(type, key, { signal });
  await clock.advance(5000);
  expect(await cluster.client.get(type, key, { signal })).toBeDefined();
  expect(await gaps()).toEqual([
    'ValidatingWebhookConfiguration sluice was changed by others and is put right',
    'ValidatingWebhookConfiguration sluice was deleted by others and is put right',
  ]);
});

it('a controller that nobody followed for a while is told of by the next one', async () => {
  await start();
  await app.stop();
  await clock.advance(600_000);
  await start();
  expect(await gaps()).toEqual([expect.stringMatching(/^no controller ran for 6\d\d s, since /)]);
});

it('the records of rollouts are nobody else’s, with or without the webhook', async () => {
  await start();
  const canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      service: { port: 80 },
      analysis: { interval: '10s', threshold: 1, stepWeight: 10 },
    },
  };
  await cluster.client.create(RESOURCES.canaries, canary, { signal });
  const key = { namespace: 'shop', name: 'web' };
  const forge = async (): Promise<unknown> => {
    const live = await cluster.client.get(RESOURCES.canaries, key, { signal });
    const counters = { failedChecks: 0, canaryWeight: 0, iterations: 0 };
    const status = { phase: 'Succeeded', lastAppliedSpec: 'sluice.v1:forged', ...counters };
    return cluster.client
      .replaceStatus(RESOURCES.canaries, { ...live, status } as never, { signal })
      .catch((error: unknown) => error);
  };
  expect(await forge()).toBeInstanceOf(ClusterError);
  await app.stop();
  await cluster.client.delete(
    RESOURCES.validatingWebhookConfigurations,
    { name: 'sluice' },
    { signal },
  );
  expect(await forge()).toMatchObject({ reason: 'Forbidden' });
});
