import { expect, test } from 'vitest';
import { RESOURCES } from '../../../src/domain/resources.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { startedWorld } from '../../support/delivery-start.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';

const HERE = `${NAME}.${NAMESPACE}`;
const SIGNAL = new AbortController().signal;
const KEY = { namespace: NAMESPACE, name: NAME };

/** A Canary with caches, as the application has them. */
async function initialised(
  ...options: Parameters<DeliveryWorld['create']>
): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  world.useCaches();
  await world.create(...options);
  world.start();
  await world.until('Initialized');
  await world.clock.advance(10_000);
  return world;
}

async function atThirty(): Promise<DeliveryWorld> {
  const world = await initialised();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  return world;
}

interface Service extends KubeObject {
  spec: { selector: Record<string, string> };
}

async function misdirect(world: DeliveryWorld, name: string): Promise<() => unknown> {
  const live = (): Service | undefined =>
    world.client.peek<Service>(RESOURCES.services, NAMESPACE, name);
  const service = live();
  if (service === undefined) throw new Error('no Service');
  const spec = { ...service.spec, selector: { app: 'something-else' } };
  await world.client.replace(RESOURCES.services, { ...service, spec });
  return () => live()?.spec.selector['app'];
}

test('a share given to the canary while nothing is rolled out is taken back at once', async () => {
  const world = await initialised();
  await world.setWeight(50);
  await world.untilTrue(() => world.weight() === 0, 'the share is back', 2000);
  expect(world.events.filter((event) => event.includes('was raised to 50'))).toHaveLength(1);
});

test('an idle route that somebody changed is put right at once, at no cost when nothing changes', async () => {
  const world = await initialised();
  const reads = world.client.reads;
  world.wake();
  await world.clock.advance(60_000);
  expect(world.client.reads).toBe(reads);
  await world.client.delete(RESOURCES.httpRoutes, KEY, { signal: SIGNAL });
  await world.untilTrue(
    () => world.client.peek(RESOURCES.httpRoutes, NAMESPACE, NAME) !== undefined,
    'the route is back',
    2000,
  );
});

test('in a rollout a raised share is taken back and a lowered one is where the next step begins', async () => {
  const world = await atThirty();
  await world.setWeight(80);
  await world.untilTrue(() => world.weight() === 30, 'taken back', 2000);
  await world.setWeight(10);
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 80, 30, 10, 40, 70, 0]);
});

test('a share lowered to zero begins anew: nothing is measured until the canary has a share again', async () => {
  const world = await atThirty();
  await world.setWeight(0);
  world.metric = (query) =>
    world.weight() === 0 ? 'noData' : query.includes('histogram_quantile') ? 0.1 : 100;
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 0, 30, 60, 0]);
  expect(world.lastRun().status?.unknownChecks).toBe(0);
});

test('a share raised while the promotion goes on is taken back', async () => {
  const world = await atThirty();
  await world.until('Promoting');
  await world.setWeight(90);
  await world.untilTrue(() => world.weight() === 60, 'taken back', 2000);
  await world.until('Succeeded');
});

test.each([NAME, `${NAME}-primary`, `${NAME}-canary`])(
  'the Service %s is put right at once, idle and in a rollout',
  async (name) => {
    const world = await initialised();
    const idle = await misdirect(world, name);
    await world.untilTrue(() => idle() !== 'something-else', 'put right', 2000);
    await world.release('podinfo:2');
    await world.untilTrue(() => world.weight() === 30, 'weight 30');
    const running = await misdirect(world, name);
    await world.untilTrue(() => running() !== 'something-else', 'put right', 2000);
    await world.until('Succeeded');
  },
);

test('a primary that is restarted by kubectl is no edit', async () => {
  const world = await initialised();
  const primary = structuredClone(world.primary());
  if (primary === undefined) throw new Error('no primary');
  const { metadata } = primary.spec.template as { metadata: { annotations?: object } };
  metadata.annotations = {
    ...metadata.annotations,
    'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z',
  };
  await world.client.replace(RESOURCES.deployments, primary);
  await world.clock.advance(60_000);
  expect(world.condition('Ready')).toBeUndefined();
});

test('a target scaled to zero in a rollout loses its share first and begins anew', async () => {
  const world = await atThirty();
  await world.scale(NAME, 0);
  await world.untilTrue(() => world.weight() === 0, 'no share without pods', 2000);
  expect(world.target().spec.replicas).toBe(2);
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 0, 30, 60, 0]);
});

test('a target scaled up while nothing is rolled out stays as it is and gets no traffic', async () => {
  const world = await initialised();
  await world.scale(NAME, 3);
  await world.clock.advance(60_000);
  expect(world.target().spec.replicas).toBe(3);
  expect(world.weight()).toBe(0);
  expect(world.runs()).toEqual([]);
});

test('a primary scaled to zero holds the start of a rollout with a clear reason', async () => {
  const world = await initialised();
  await world.scale(`${NAME}-primary`, 0);
  await world.release('podinfo:2');
  await world.clock.advance(60_000);
  expect(world.target().spec.replicas).toBe(0);
  expect(world.events.at(-1)).toBe(
    `Warning Synced ${NAME}-primary.${NAMESPACE} not ready: it is scaled to zero`,
  );
  await world.scale(`${NAME}-primary`, 1);
  await world.until('Succeeded');
});

test('a primary scaled to zero in a rollout holds the weight, and no rollback sends traffic to it', async () => {
  const world = await atThirty();
  await world.scale(`${NAME}-primary`, 0);
  await world.clock.advance(60_000);
  expect(world.weight()).toBe(30);
  await world.scale(`${NAME}-primary`, 2);
  await world.until('Succeeded');
});

test('a target that was at zero before its Canary gets a primary that serves', async () => {
  const world = new DeliveryWorld();
  await world.createTarget();
  await world.scale(NAME, 0);
  await world.createGateway();
  await world.createCanary();
  world.start();
  await world.until('Initialized');
  expect(world.primary()?.spec.replicas).toBe(1);
});

test('pods that a quota refuses hold the rollout with the reason, then the deadline rolls back', async () => {
  const world = await startedWorld({ progressDeadlineSeconds: 120 });
  world.refusal =
    'pods "podinfo-7c5ddbdf54-x8z9k" is forbidden: exceeded quota: cpu, used: 2, limited: 2';
  await world.release('podinfo:2');
  await world.untilTrue(() => world.condition('Ready')?.reason === 'PodsRefused', 'the condition');
  expect(world.condition('Ready')?.message).toBe(
    `canary deployment ${HERE} not ready: waiting for rollout to finish: ` +
      '0 out of 2 new replicas have been updated: FailedCreate pods is forbidden: exceeded quota: cpu, used: 2, limited: 2',
  );
  expect(world.weight()).toBe(0);
  expect(world.events.filter((event) => event.includes('exceeded quota'))).toHaveLength(1);
  await world.until('Failed');
  expect(world.lastRun().status?.outcome?.reason).toBe('ProgressDeadlineExceeded');
  expect(world.lastRun().status?.failedChecks).toBe(0);
  expect(world.target().spec.replicas).toBe(0);
});

test('pods that are refused for a while only delay the rollout, and the condition goes', async () => {
  const world = await startedWorld();
  world.refusal = 'exceeded quota';
  await world.release('podinfo:2');
  await world.untilTrue(() => world.condition('Ready')?.reason === 'PodsRefused', 'the condition');
  world.refusal = undefined;
  await world.scale(NAME, 1);
  await world.until('Succeeded');
  expect(world.condition('Ready')).toBeUndefined();
});

test('a target that changes while its promotion goes on loses its share at once', async () => {
  const world = await atThirty();
  await world.until('Promoting');
  await world.clock.advance(2000);
  expect(world.weight()).toBe(60);
  await world.release('podinfo:3');
  await world.untilTrue(() => world.weight() === 0, 'no share for what is not proven', 2000);
  await world.untilTrue(() => world.runs().length === 2, 'another run');
  expect(world.runs()[0]?.status?.outcome?.reason).toBe('Promoted');
  expect(world.primaryImage()).toBe('podinfo:2');
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:3');
});

test('a target that is deleted while its promotion goes on: the primary has it and takes the traffic', async () => {
  const world = await atThirty();
  await world.until('Promoting');
  await world.clock.advance(500);
  await world.deleteTarget();
  await world.untilTrue(() => world.weight() === 0, 'all traffic on the primary', 60_000);
  expect(world.primaryImage()).toBe('podinfo:2');
});

/** Somebody lowers the share to zero in the moment in which a step to this weight is recorded. */
async function loweredAt(
  weight: number,
  analysis: Parameters<DeliveryWorld['create']>[1] = {},
): Promise<DeliveryWorld> {
  const world = await startedWorld({}, analysis);
  await world.release('podinfo:2');
  const stop = world.client.onChange((type) => {
    const { phase = '', weights } = world.runs().at(-1)?.status ?? {};
    const isRecorded = weights?.canary === weight && world.weight() !== weight && phase !== 'Held';
    if (type.plural !== 'rolloutruns' || !isRecorded) return;
    stop();
    void world.setWeight(0);
  });
  await world.untilTrue(() => world.weights.lastIndexOf(0) > 0, 'the share is lowered');
  return world;
}

test('a share that is lowered between a decision and its write stays low until the next step', async () => {
  const world = await loweredAt(60);
  await world.untilTrue(() => world.weight() > 0, 'the next step');
  expect(world.weights).toEqual([0, 30, 0, 30]);
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 0, 30, 60, 0]);
});

test('a share that is lowered while a promotion shifts it back is not raised again', async () => {
  const world = await loweredAt(30, { stepWeightPromotion: 30, stepWeight: 60 });
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 60, 0]);
});
