import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();
const policy = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'p' },
  spec: {
    paramsSchema: {
      type: 'object',
      properties: { maxStep: { type: 'integer', minimum: 1, default: 5 } },
    },
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
        expression: 'object.spec.analysis.stepWeight <= params.maxStep',
        messageExpression: '"the step is above " + string(params.maxStep)',
      },
    ],
  },
};
const bindingOf = (params?: object) => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'b' },
  spec: {
    policyName: 'p',
    validationActions: ['Deny'],
    ...(params === undefined ? {} : { params }),
  },
});
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
  app = createApp(configOf({ roles: 'webhook' }), {
    ...cluster.overrides,
    logger: silentLogger,
    outbound: () => Promise.reject(new Error('none')),
    listen: false,
  });
  const running = app;
  await running.start(signal);
  expect(await clock.runUntil(() => running.ready().ok, MINUTE)).toBe(true);
  await cluster.client.create(RESOURCES.rolloutPolicies, policy, { signal });
  await clock.advance(5000);
});
afterEach(async () => {
  const stopped = app?.stop();
  await clock.advance(MINUTE);
  await stopped;
  await cluster.api.close();
});

const bind = (params?: object): Promise<unknown> =>
  cluster.client.create(RESOURCES.rolloutPolicyBindings, bindingOf(params), { signal });
const write = (): Promise<unknown> => cluster.client.create(RESOURCES.canaries, canary, { signal });

it('a binding whose params do not meet the schema is refused', async () => {
  await expect(bind({ maxStep: 'ten' })).rejects.toThrow(
    'spec.params.maxStep: must be an integer, not a string',
  );
  await expect(bind({ maxSteps: 10 })).rejects.toThrow(
    'spec.params.maxSteps: unknown field; did you mean maxStep?',
  );
  await expect(bind({ maxStep: 10 })).resolves.toMatchObject({ metadata: { name: 'b' } });
  await clock.advance(5000);
  await expect(write()).resolves.toMatchObject({ kind: 'Canary' });
});

it('the default holds where a binding gives none', async () => {
  await bind();
  await clock.advance(5000);
  await expect(write()).rejects.toThrow('the step is above 5');
});

it('a policy whose expressions name what the schema does not have is refused', async () => {
  const spec = { ...policy.spec, validations: [{ expression: 'params.maxSteps > 1' }] };
  const other = { ...policy, metadata: { name: 'q' }, spec };
  await expect(cluster.client.create(RESOURCES.rolloutPolicies, other, { signal })).rejects.toThrow(
    "by paramsSchema: undefined field 'maxSteps'; did you mean maxStep?",
  );
});
