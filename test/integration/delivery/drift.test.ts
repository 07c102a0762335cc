import { expect, test } from 'vitest';
import type { HttpRoute } from '../../../src/delivery/http-route-object.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';

const PRIMARY = `${NAME}-primary`;
const WITHIN_MS = 5000;

/** A Canary with caches, as the application has them, whose first release is done. */
async function settled(): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  world.useCaches();
  await world.create();
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('Succeeded');
  await world.clock.advance(30_000);
  world.repairs.length = 0;
  return world;
}

async function atThirty(): Promise<DeliveryWorld> {
  const world = await settled();
  await world.release('podinfo:3');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  return world;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there');
  return value;
}

/** Somebody else writes the primary. */
async function editPrimary(
  world: DeliveryWorld,
  change: (primary: NonNullable<ReturnType<DeliveryWorld['primary']>>) => void,
): Promise<void> {
  const edited = structuredClone(required(world.primary()));
  change(edited);
  await world.client.replace(RESOURCES.deployments, edited);
}

const hotfix = (world: DeliveryWorld, image = 'podinfo:hotfix'): Promise<void> =>
  editPrimary(world, ({ spec }) => {
    spec.template.spec.containers = [{ name: 'app', image }];
  });

const repaired = (world: DeliveryWorld): string[] =>
  world.events.filter((event) => event.startsWith('Warning DriftRepaired'));

test('a settled primary whose pods somebody changed gets them back, with an event and a count', async () => {
  const world = await settled();
  const before = required(world.primary()).spec.template;
  await hotfix(world);
  await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'given back', WITHIN_MS);
  expect(required(world.primary()).spec.template).toEqual(before);
  expect(world.repairs).toEqual(['primary']);
  expect(repaired(world)).toEqual([
    `Warning DriftRepaired Deployment ${PRIMARY}.${NAMESPACE} was changed by somebody else and is put right`,
  ]);
  await world.clock.advance(60_000);
  expect(world.condition('Ready')).toBeUndefined();
  await world.release('podinfo:4');
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:4');
});

test('in a rollout, too, though the target is another version, and the run says so', async () => {
  const world = await atThirty();
  await hotfix(world);
  await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'given back', WITHIN_MS);
  const noted = world.lastRun().status?.conditions.find(({ type }) => type === 'Disturbed');
  expect(noted).toMatchObject({ status: 'True', reason: 'DriftRepaired' });
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:3');
  expect(world.repairs).toEqual(['primary']);
});

test('after a restart the first look shows what the target proves wrong', async () => {
  const world = await settled();
  await world.kill();
  await hotfix(world);
  world.start();
  await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'given back', WITHIN_MS);
  expect(world.repairs).toEqual(['primary']);
});

test('a paused primary goes on', async () => {
  const world = await settled();
  await editPrimary(world, ({ spec }) => {
    (spec as { paused?: boolean }).paused = true;
  });
  await world.untilTrue(
    () => !('paused' in required(world.primary()).spec),
    'not paused any more',
    WITHIN_MS,
  );
});

test('somebody who never gives in is told of by a condition in the end', async () => {
  const world = await settled();
  for (let i = 0; i < 5; i++) {
    await hotfix(world, `podinfo:hotfix-${i}`);
    await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'given back', WITHIN_MS);
  }
  await hotfix(world);
  await world.untilTrue(
    () => world.condition('Ready')?.reason === 'PrimaryEdited',
    'the condition',
    WITHIN_MS,
  );
  expect(world.primaryImage()).toBe('podinfo:hotfix');
});

test.each([
  ['primary', RESOURCES.deployments, PRIMARY],
  ['services', RESOURCES.services, `${NAME}-canary`],
  ['route', RESOURCES.httpRoutes, NAME],
] as const)('an object that lost its owner gets it back: %s', async (kind, type, name) => {
  const world = await settled();
  const live = (): KubeObject => required(world.client.peek(type, NAMESPACE, name));
  const stripped = structuredClone(live());
  delete stripped.metadata.ownerReferences;
  await world.client.replace(type, stripped);
  const owner = (): string | undefined => live().metadata.ownerReferences?.[0]?.uid;
  await world.untilTrue(() => owner() === world.canary().metadata.uid, 'owned', WITHIN_MS);
  expect(world.repairs).toEqual([kind]);
});

test('a Service that was led away leads to the pods again', async () => {
  const world = await settled();
  const live = (): KubeObject & { spec: Record<string, unknown> } =>
    required(world.client.peek(RESOURCES.services, NAMESPACE, NAME));
  const spec = { ...live().spec, type: 'ExternalName', externalName: 'evil.example.com' };
  await world.client.replace(RESOURCES.services, { ...live(), spec });
  await world.untilTrue(() => live().spec['type'] === 'ClusterIP', 'put right', WITHIN_MS);
  expect(live().spec).not.toHaveProperty('externalName');
  expect(world.repairs).toEqual(['services']);
});

test('a suspended Canary is protected as any other: nothing of it moves by hand', async () => {
  const world = await atThirty();
  await world.editCanary((spec) => ({ ...spec, suspend: true }));
  await world.clock.advance(1000);
  await world.setWeight(80);
  await world.untilTrue(() => world.weight() === 30, 'taken back', WITHIN_MS);
  await hotfix(world);
  await world.untilTrue(() => world.primaryImage() === 'podinfo:2', 'given back', WITHIN_MS);
  const route = required(world.client.peek<HttpRoute>(RESOURCES.httpRoutes, NAMESPACE, NAME));
  await world.client.replace(RESOURCES.httpRoutes, {
    ...route,
    spec: { ...route.spec, hostnames: ['evil.example.com'] },
  });
  const hosts = (): unknown =>
    world.client.peek<HttpRoute>(RESOURCES.httpRoutes, NAMESPACE, NAME)?.spec.hostnames;
  await world.untilTrue(() => hosts() === undefined, 'put right', WITHIN_MS);
  expect(world.repairs).toEqual(['weights', 'primary', 'route']);
});

test('what the Canary itself says anew is no drift', async () => {
  const world = await settled();
  await world.editCanary((spec) => ({
    ...spec,
    service: { ...spec.service, port: 9090, hosts: ['shop.example.com'] },
  }));
  await world.clock.advance(60_000);
  const route = required(world.client.peek<HttpRoute>(RESOURCES.httpRoutes, NAMESPACE, NAME));
  expect(route.spec.hostnames).toEqual(['shop.example.com']);
  expect(world.repairs).toEqual([]);
});
