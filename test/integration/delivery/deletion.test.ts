import { expect, test } from 'vitest';
import type { CanarySpec } from '../../../src/domain/canary.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { NAME, NAMESPACE, DeliveryWorld } from '../../support/delivery-world.ts';

const KEY = { namespace: NAMESPACE, name: NAME };
const SIGNAL = new AbortController().signal;
const FINALIZER = 'finalizer.flagger.app';

interface Selecting extends KubeObject {
  spec: { selector?: Record<string, string> };
}

interface Route extends KubeObject {
  spec: { rules: { backendRefs: { name: string; weight: number }[] }[] };
}

interface Pods extends KubeObject {
  spec: { selector: { matchLabels: Record<string, string> } };
  status?: { availableReplicas?: number };
}

/** How many pods answer a request to a Service. */
function podsBehind(world: DeliveryWorld, service: string): number {
  const found = world.client.peek<Selecting>(RESOURCES.services, NAMESPACE, service);
  const app = found?.spec.selector?.['app'];
  return (world.client.all(RESOURCES.deployments) as Pods[])
    .filter(({ spec }) => spec.selector.matchLabels['app'] === app)
    .reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0);
}

/** Services that get traffic and have no pods: of the route, and the one that clients in the cluster use. */
function unserved(world: DeliveryWorld): string[] {
  const route = world.client.peek<Route>(RESOURCES.httpRoutes, NAMESPACE, NAME);
  const backends = route?.spec.rules[0]?.backendRefs ?? [];
  const used = backends.filter(({ weight }) => weight > 0).map(({ name }) => name);
  return [NAME, ...used].filter((service) => podsBehind(world, service) === 0);
}

/** Watches every change from now on. */
function watchTraffic(world: DeliveryWorld): string[] {
  const found: string[] = [];
  world.client.onChange((type, object) => {
    const gone = unserved(world);
    if (gone.length > 0) found.push(`${type.kind} ${object.metadata.name}: ${gone.join(', ')}`);
  });
  return found;
}

async function started(
  spec: Partial<CanarySpec> = {},
  config: DeliveryWorld['config'] = { safeDeletion: true },
): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  world.config = config;
  await world.create({ progressDeadlineSeconds: 60, ...spec });
  world.start();
  await world.until('Initialized');
  return world;
}

const remove = (world: DeliveryWorld): Promise<unknown> =>
  world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });

const isGone = (world: DeliveryWorld): boolean => world.client.all(RESOURCES.canaries).length === 0;

const finalizers = (world: DeliveryWorld): string[] => world.canary().metadata.finalizers ?? [];

test('Flagger adds no finalizer, and so do we unless it is asked for', async () => {
  expect(finalizers(await started({}, {}))).toEqual([]);
  expect(finalizers(await started({}, { safeDeletion: true }))).toEqual([FINALIZER]);
  expect(finalizers(await started({ revertOnDeletion: true }, {}))).toEqual([FINALIZER]);
});

test.each<[string, Partial<CanarySpec>, DeliveryWorld['config']]>([
  ['the option', {}, { safeDeletion: true }],
  ['revertOnDeletion', { revertOnDeletion: true }, {}],
])('with %s no request is without pods at any moment of a deletion', async (_n, spec, config) => {
  const world = await started(spec, config);
  const found = watchTraffic(world);
  await remove(world);
  await world.untilTrue(() => isGone(world), 'the end');
  expect(found).toEqual([]);
  expect(world.target().spec.replicas).toBe(2);
  // What is the Canary's goes with it in any order: all of it leads to the target by now.
  await world.deletePrimary();
  expect(unserved(world)).toEqual([]);
  expect(world.events).toContain(`Normal Synced Terminating canary ${NAME}.${NAMESPACE}`);
});

test('also in the middle of a rollout', async () => {
  const world = await started();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  const found = watchTraffic(world);
  await remove(world);
  await world.untilTrue(() => isGone(world), 'the end');
  await world.deletePrimary();
  expect([...found, ...unserved(world)]).toEqual([]);
});

test('the primary stays for as long as proxies may need to learn of the change', async () => {
  const world = await started();
  await remove(world);
  await world.untilTrue(() => podsBehind(world, `${NAME}-primary`) > 0, 'pods');
  await world.untilTrue(() => world.condition('Ready')?.reason === 'HandedBack', 'handed back');
  const at = world.clock.now();
  await world.untilTrue(() => isGone(world), 'the end');
  expect(world.clock.now() - at).toBeGreaterThanOrEqual(4000);
});

test('a target that does not become ready keeps the traffic on the primary, and a condition names it', async () => {
  const world = await started();
  await world.release('podinfo:2-crash');
  await world.until('Failed');
  const found = watchTraffic(world);
  await remove(world);
  await world.clock.advance(50_000);
  expect(world.condition('Ready')).toBeUndefined();
  await world.clock.advance(60_000);
  expect(world.condition('Ready')).toMatchObject({ reason: 'TargetNotReady' });
  expect(world.condition('Ready')?.message).toContain(`${NAME}.${NAMESPACE} not ready`);
  await world.clock.advance(600_000);
  expect(isGone(world)).toBe(false);
  expect(found).toEqual([]);
  await world.release('podinfo:3');
  await world.untilTrue(() => isGone(world), 'the end');
  expect(found).toEqual([]);
});

test('who deletes the target too wants none of it to stay', async () => {
  const world = await started();
  await world.release('podinfo:2-crash');
  await world.until('Failed');
  await remove(world);
  await world.clock.advance(10_000);
  expect(isGone(world)).toBe(false);
  await world.deleteTarget();
  await world.untilTrue(() => isGone(world), 'the end', 30_000);
});

test('a permission that is missing is waited for, and cuts nothing', async () => {
  const world = await started();
  world.client.intercept = (verb, type) => {
    if (verb === 'patch' && type.plural === 'deployments')
      throw new ClusterError('Forbidden', 'no', { status: 403 });
  };
  await remove(world);
  await world.clock.advance(60_000);
  expect(isGone(world)).toBe(false);
  expect(world.condition('Ready')).toMatchObject({ reason: 'AccessDenied' });
  world.client.intercept = () => undefined;
  await world.untilTrue(() => isGone(world), 'the end');
  expect(unserved(world)).toEqual([]);
});

test('the process ends at any write of a deletion: another one finishes it without a gap', async () => {
  for (let crash = 0; crash < 8; crash++) {
    const world = await started();
    const found = watchTraffic(world);
    const before = world.client.writes.length;
    await remove(world);
    const isReached = (): boolean => isGone(world) || world.client.writes.length > before + crash;
    await world.untilTrue(isReached, `write ${crash}`);
    await world.kill();
    world.start();
    await world.untilTrue(() => isGone(world), 'the end');
    await world.deletePrimary();
    expect([...found, ...unserved(world)]).toEqual([]);
  }
});
