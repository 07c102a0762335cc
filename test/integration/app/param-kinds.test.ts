import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import type { FlagTexts } from '../../../src/config/load-config.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();
const limits = (max: string): KubeObject & { data: Record<string, string> } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'limits', namespace: 'sluice-system' },
  data: { max },
});
const policy = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'p' },
  spec: {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
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
        expression: 'object.spec.analysis.stepWeight <= int(params.data.max)',
        messageExpression: '"the step is above " + params.data.max',
      },
    ],
  },
};
const binding = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'b' },
  spec: {
    policyName: 'p',
    paramRef: { name: 'limits', namespace: 'sluice-system', parameterNotFoundAction: 'Deny' },
  },
};
const canary = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'cart', namespace: 'default' },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
    service: { port: 80 },
    analysis: { interval: '10s', threshold: 1, stepWeight: 10 },
  },
};
let clock: VirtualClock;
let cluster: AppCluster;
let app: App | undefined;

beforeEach(async () => {
  clock = new VirtualClock();
  cluster = await startAppCluster({
    clock,
    callWebhook: (target, body) =>
      app === undefined
        ? Promise.reject(new Error('not there yet'))
        : Promise.resolve(app.review(target.path, body)),
  });
  await cluster.client.create(RESOURCES.configMaps, limits('5'), { signal });
});
afterEach(async () => {
  const stopped = app?.stop();
  await clock.advance(MINUTE);
  await stopped;
  await cluster.api.close();
});

/** Starts the webhook with the policy in force. */
async function start(flags: FlagTexts): Promise<void> {
  app = createApp(configOf({ roles: 'webhook', ...flags }), {
    ...cluster.overrides,
    logger: silentLogger,
    outbound: () => Promise.reject(new Error('none')),
    listen: false,
  });
  const running = app;
  await running.start(signal);
  expect(await clock.runUntil(() => running.ready().ok, MINUTE)).toBe(true);
  await cluster.client.create(RESOURCES.rolloutPolicies, policy, { signal });
  await cluster.client.create(RESOURCES.rolloutPolicyBindings, binding, { signal });
  await clock.advance(5000);
}

const write = (): Promise<unknown> => cluster.client.create(RESOURCES.canaries, canary, { signal });

it('a named kind gives parameters, as they are now', async () => {
  await start({ paramKinds: 'v1/ConfigMap' });
  await expect(write()).rejects.toThrow('the step is above 5');
  await cluster.client.replace(RESOURCES.configMaps, limits('20'), { signal });
  await clock.advance(1000);
  await expect(write()).resolves.toMatchObject({ kind: 'Canary' });
});

it('a kind that is not named is an error that says what to set, and is not watched', async () => {
  await start({});
  await expect(write()).rejects.toThrow(
    'ConfigMap objects are not watched as parameters: name the kind in --param-kinds',
  );
  expect(cluster.requests.filter(({ path }) => path.includes('/configmaps'))).toEqual([]);
});
