import { expect, test } from 'vitest';
import { ClusterError } from '../../../src/domain/errors.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { startedWorld } from '../../support/delivery-start.ts';
import { NAME, NAMESPACE, type DeliveryWorld } from '../../support/delivery-world.ts';

const SIGNAL = new AbortController().signal;
const KEY = { namespace: NAMESPACE, name: NAME };

async function atThirty(): Promise<DeliveryWorld> {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  return world;
}

function terminateNamespace(world: DeliveryWorld): void {
  world.client.intercept = (verb) => {
    if (verb !== 'create') return;
    const text = `unable to create new content in namespace ${NAMESPACE} because it is being terminated`;
    throw new ClusterError('Forbidden', text, { status: 403 });
  };
}

const outcomes = (world: DeliveryWorld): string[] =>
  world
    .runs()
    .map(({ metadata, status }) => `${metadata.name} ${status?.outcome?.reason ?? 'open'}`);

test('a Canary made again in the same moment takes over primary, Services and route of the earlier one', async () => {
  const world = await atThirty();
  const uid = world.primary()?.metadata.uid;
  await world.kill();
  await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
  await world.createCanary();
  world.start();
  await world.untilTrue(() => world.weight() === 0, 'the share is back');
  expect(world.primaryImage()).toBe('podinfo:1');
  await world.until('Succeeded');
  expect(world.primary()?.metadata.uid).toBe(uid);
  const owned = [
    world.primary(),
    world.client.peek(RESOURCES.httpRoutes, NAMESPACE, NAME),
    ...[NAME, `${NAME}-primary`, `${NAME}-canary`].map((name) =>
      world.client.peek(RESOURCES.services, NAMESPACE, name),
    ),
  ];
  const owners = owned.map((object) => object?.metadata.ownerReferences?.[0]?.uid);
  expect(new Set(owners)).toEqual(new Set([world.canary().metadata.uid]));
  expect(outcomes(world)).toEqual([`${NAME}-1 SubjectDeleted`, `${NAME}-2 Promoted`]);
  expect(world.weights).toEqual([0, 30, 0, 30, 60, 0]);
});

test('a Canary made again after its deletion was seen begins from the target as it is', async () => {
  const world = await atThirty();
  await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
  await world.untilTrue(() => outcomes(world)[0]?.endsWith('SubjectDeleted') === true, 'the end');
  await world.deletePrimary();
  await world.createCanary();
  await world.until('Initialized');
  expect(world.primaryImage()).toBe('podinfo:2');
  expect(world.weight()).toBe(0);
  await world.clock.advance(60_000);
  expect(outcomes(world)).toEqual([`${NAME}-1 SubjectDeleted`]);
});

test('the record of a governed Deployment with the name of a Canary is left alone', async () => {
  const world = await atThirty();
  const run = world.lastRun();
  const subject = { ...run.spec.subject, kind: 'Deployment', uid: 'other' };
  const other = { ...run, metadata: { ...run.metadata, name: `${NAME}-7` } };
  delete other.metadata.uid;
  delete other.metadata.resourceVersion;
  await world.client.create(RESOURCES.rolloutRuns, { ...other, spec: { ...run.spec, subject } });
  await world.until('Succeeded');
  expect(outcomes(world)).toEqual([`${NAME}-1 Promoted`, `${NAME}-7 open`]);
});

test('a namespace that is deleted in a rollout takes everything with it, and nothing is held up', async () => {
  const world = await atThirty();
  terminateNamespace(world);
  await world.client.delete(RESOURCES.httpRoutes, KEY, { signal: SIGNAL });
  await world.clock.advance(20_000);
  expect(world.condition('Ready')).toMatchObject({ reason: 'NamespaceTerminating' });
  await world.client.delete(
    RESOURCES.rolloutRuns,
    { ...KEY, name: `${NAME}-1` },
    { signal: SIGNAL },
  );
  await world.deleteTarget();
  await world.clock.advance(20_000);
  await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
  await world.clock.advance(60_000);
  expect(world.client.all(RESOURCES.canaries)).toEqual([]);
  const writes = world.client.writes.length;
  await world.clock.advance(300_000);
  expect(world.client.writes.length).toBe(writes);
});

test('with revertOnDeletion a deleted namespace is not kept alive by a target that cannot come up', async () => {
  const world = await startedWorld({ revertOnDeletion: true });
  terminateNamespace(world);
  await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
  await world.deleteTarget();
  await world.untilTrue(() => world.client.all(RESOURCES.canaries).length === 0, 'the end', 60_000);
});
