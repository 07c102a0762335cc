import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();
const policy = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'may-promote' },
  spec: {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['flagger.app'],
          apiVersions: ['*'],
          resources: ['canaries'],
          operations: ['*'],
        },
      ],
    },
    validations: [
      {
        expression: 'authorizer.requestResource.check("promote").allowed()',
        message: 'may not promote',
      },
    ],
  },
};
const binding = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'may-promote' },
  spec: { policyName: 'may-promote' },
};
const canary = (name: string) => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name, namespace: 'default' },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
    service: { port: 80 },
    analysis: { interval: '10s', threshold: 1, stepWeight: 10 },
  },
});
let clock: VirtualClock;
let cluster: AppCluster;
let app: App;

beforeEach(async () => {
  clock = new VirtualClock();
  cluster = await startAppCluster({
    clock,
    callWebhook: (target, body) => Promise.resolve(app.review(target.path, body)),
  });
  app = createApp(configOf({ roles: 'webhook' }), {
    ...cluster.overrides,
    logger: silentLogger,
    outbound: () => Promise.reject(new Error('none')),
    listen: false,
  });
  await app.start(signal);
  expect(await clock.runUntil(() => app.ready().ok, MINUTE)).toBe(true);
  await cluster.client.create(RESOURCES.rolloutPolicies, policy, { signal });
  await cluster.client.create(RESOURCES.rolloutPolicyBindings, binding, { signal });
  await clock.advance(5000);
});
afterEach(async () => {
  const stopped = app.stop();
  await clock.advance(MINUTE);
  await stopped;
  await cluster.api.close();
});

function reviewsSent(): unknown[] {
  return cluster.requests
    .filter(({ path }) => path.endsWith('/subjectaccessreviews'))
    .map(({ body }) => (JSON.parse(body ?? '') as { spec: unknown }).spec);
}

const write = (name: string): Promise<unknown> =>
  cluster.client.create(RESOURCES.canaries, canary(name), { signal });

it('a policy asks the cluster about whoever writes', async () => {
  await expect(write('cart')).resolves.toMatchObject({ kind: 'Canary' });
  expect(reviewsSent()).toMatchObject([
    {
      user: 'sandbox-admin',
      resourceAttributes: {
        verb: 'promote',
        group: 'flagger.app',
        resource: 'canaries',
        namespace: 'default',
        name: 'cart',
      },
    },
  ]);
});

it('a write is refused when the cluster does not answer', async () => {
  cluster.setFault(({ path }) =>
    path.endsWith('/subjectaccessreviews')
      ? new ClusterError('Unreachable', 'ECONNREFUSED')
      : undefined,
  );
  await expect(write('cart')).rejects.toThrow(
    'the answer of the authorizer is not among the facts',
  );
});
