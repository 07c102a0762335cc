import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { startedWorld } from '../../support/delivery-start.ts';

const KEY = { namespace: NAMESPACE, name: NAME };
const SIGNAL = new AbortController().signal;

interface TestService extends KubeObject {
  spec: { selector: Record<string, string>; ports: unknown[] };
}

function service(world: DeliveryWorld, name: string): TestService | undefined {
  return world.client.peek<TestService>(RESOURCES.services, NAMESPACE, name);
}

test('initialisation makes Services, primary and route, and takes the target to zero', async () => {
  const world = await startedWorld();
  expect(service(world, 'podinfo')?.spec.selector).toEqual({ app: 'podinfo-primary' });
  expect(service(world, 'podinfo-primary')?.spec.selector).toEqual({ app: 'podinfo-primary' });
  expect(service(world, 'podinfo-canary')?.spec.selector).toEqual({ app: 'podinfo' });
  expect(world.primary()?.spec).toMatchObject({
    replicas: 2,
    selector: { matchLabels: { app: 'podinfo-primary' } },
  });
  expect(world.primary()?.metadata.ownerReferences?.[0]?.uid).toBe(world.canary().metadata.uid);
  expect(world.target().spec.replicas).toBe(0);
  expect(world.weights).toEqual([0]);
});

test('drifted Services and routes are put right when they change', async () => {
  const world = await startedWorld();
  const apex = service(world, 'podinfo');
  await world.client.replace(RESOURCES.services, {
    ...apex,
    spec: { ...apex?.spec, selector: { app: 'other' } },
  } as TestService);
  await world.editCanary((spec) => ({ ...spec, service: { ...spec.service, port: 81 } }));
  await world.clock.advance(1000);
  expect(service(world, 'podinfo')?.spec.selector).toEqual({ app: 'podinfo-primary' });
  expect(service(world, 'podinfo')?.spec.ports).toMatchObject([{ port: 81 }]);
});

test('a suspended Canary does nothing, says so each interval, and goes on when it may', async () => {
  const world = await startedWorld();
  await world.editCanary((spec) => ({ ...spec, suspend: true }));
  await world.release('podinfo:2');
  await world.clock.advance(300_000);
  expect(world.runs()).toEqual([]);
  expect(world.events.filter((event) => event.includes('suspended'))).toHaveLength(30);
  await world.editCanary((spec) => ({ ...spec, suspend: false }));
  await world.until('Succeeded');
});

test('deletion with revertOnDeletion first gives the traffic back to the target', async () => {
  const world = new DeliveryWorld();
  await world.createGateway();
  await world.createTarget();
  await world.client.create(RESOURCES.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: KEY,
    spec: { selector: { app: 'podinfo' }, ports: [{ name: 'http', port: 80 }] },
  } as KubeObject);
  await world.createCanary({ revertOnDeletion: true });
  world.start();
  await world.until('Initialized');
  expect(world.canary().metadata.finalizers).toEqual(['finalizer.flagger.app']);
  expect(service(world, 'podinfo')?.spec.selector).toEqual({ app: 'podinfo-primary' });
  await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
  await world.untilTrue(
    () => world.client.peek(RESOURCES.canaries, NAMESPACE, NAME) === undefined,
    'the Canary is gone',
  );
  expect(world.target().spec.replicas).toBe(2);
  expect(service(world, 'podinfo')?.spec.selector).toEqual({ app: 'podinfo' });
  expect(world.statuses.at(-1)).toMatch(/^Terminating/);
});

test('deletion without revert ends the run under way in its record', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
  await world.clock.advance(5000);
  expect(world.lastRun().status).toMatchObject({
    phase: 'Aborted',
    outcome: { reason: 'SubjectDeleted' },
  });
});

test('a finalizer of ours is taken away even when the provider is not known', async () => {
  const world = await startedWorld({ revertOnDeletion: true });
  await world.editCanary((spec) => ({ ...spec, provider: 'nobody' }));
  await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
  await world.clock.advance(5000);
  expect(world.client.peek(RESOURCES.canaries, NAMESPACE, NAME)).toBeUndefined();
});

test('with caches an idle Canary costs no request, and a change wakes it', async () => {
  const world = new DeliveryWorld();
  world.useCaches();
  await world.create();
  world.start();
  await world.until('Initialized');
  await world.clock.advance(60_000);
  const { reads } = world.client;
  const writes = world.client.writes.length;
  for (let i = 0; i < 100; i++) {
    world.wake();
    await world.clock.advance(10_000);
  }
  expect(world.client.reads).toBe(reads);
  expect(world.client.writes.length).toBe(writes);
  await world.client.delete(
    RESOURCES.services,
    { namespace: NAMESPACE, name: 'podinfo-primary' },
    { signal: SIGNAL },
  );
  await world.clock.advance(1000);
  expect(service(world, 'podinfo-primary')).toBeDefined();
  await world.release('podinfo:2');
  await world.until('Succeeded');
});

test('a Canary that Flagger left settled is taken over without a rollout', async () => {
  const world = await startedWorld();
  await world.kill();
  const canary = world.canary();
  const status = {
    ...canary.status,
    lastAppliedSpec: '69cd89cdf9',
    lastPromotedSpec: '69cd89cdf9',
  };
  await world.client.replaceStatus(RESOURCES.canaries, { ...canary, status } as typeof canary);
  world.start();
  await world.clock.advance(60_000);
  expect(world.runs()).toEqual([]);
  expect(world.canary().status?.lastAppliedSpec).toMatch(/^sluice\.v1:/);
  expect(world.phase()).toBe('Initialized');
  await world.release('podinfo:2');
  await world.until('Succeeded');
});

test('a rollout that Flagger left in flight stays as it is', async () => {
  const world = await startedWorld();
  await world.kill();
  await world.release('podinfo:2');
  const canary = world.canary();
  const status = {
    ...canary.status,
    phase: 'Progressing',
    canaryWeight: 30,
    lastAppliedSpec: '69cd89cdf9',
  };
  await world.client.replaceStatus(RESOURCES.canaries, { ...canary, status } as typeof canary);
  await world.setWeight(30);
  world.start();
  await world.clock.advance(120_000);
  expect(world.weight()).toBe(30);
  expect(world.runs()).toHaveLength(1);
  expect(world.lastRun().spec.takenOver).toEqual({ phase: 'Progressing', digest: '69cd89cdf9' });
});

test('of two Canaries with one target the younger waits', async () => {
  const world = new DeliveryWorld();
  world.useCaches();
  await world.create();
  const older = structuredClone(world.canary());
  older.metadata = { name: 'older', namespace: NAMESPACE };
  await world.client.create(RESOURCES.canaries, older);
  await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
  await world.clock.advance(5000);
  await world.createCanary();
  world.start();
  await world.untilTrue(() => world.condition('Ready')?.reason === 'TargetShared', 'TargetShared');
  await world.client.delete(
    RESOURCES.canaries,
    { namespace: NAMESPACE, name: 'older' },
    { signal: SIGNAL },
  );
  await world.until('Initialized');
});
