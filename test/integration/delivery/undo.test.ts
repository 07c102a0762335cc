import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { startedWorld } from '../../support/delivery-start.ts';

interface Kept extends KubeObject {
  revision: number;
  data: { revision: string; template: { metadata: { annotations?: Record<string, string> } } };
}

function kept(world: DeliveryWorld): Kept[] {
  return world.client.all(RESOURCES.controllerRevisions) as Kept[];
}

async function promoted(...images: string[]): Promise<DeliveryWorld> {
  const world = await startedWorld();
  for (const image of images) {
    await world.release(image);
    await world.untilTrue(() => world.lastRun().spec.images[0]?.image === image, image);
    await world.until('Succeeded');
    await world.clock.advance(2000);
  }
  return world;
}

async function outcomeOf(world: DeliveryWorld, name: string): Promise<string> {
  await world.untilTrue(() => world.outcome(name) !== undefined, `outcome of ${name}`);
  return world.outcome(name) ?? '';
}

test('an abort after the promotion gives the primary its earlier template back at once', async () => {
  const world = await promoted('podinfo:2');
  expect(world.primaryImage()).toBe('podinfo:2');
  world.gate = () => ({ reason: 'a freeze' });
  const name = await world.say('Abort');
  await world.clock.advance(1000);
  expect(world.primaryImage()).toBe('podinfo:1');
  expect(world.phase()).toBe('Failed');
  expect(await outcomeOf(world, name)).toMatch(/^Done: the promotion was taken back/);
  expect(world.lastRun().status).toMatchObject({
    phase: 'Aborted',
    outcome: { reason: 'Aborted', message: 'aborted by bob after the promotion' },
  });
  expect(world.weight()).toBe(0);
  expect(world.target().spec.replicas).toBe(0);
  const { lastAppliedSpec, lastPromotedSpec } = world.canary().status ?? {};
  expect(lastAppliedSpec).toBe(world.lastRun().spec.revision);
  expect(lastPromotedSpec).not.toBe(lastAppliedSpec);
});

test('what was taken back stays so until somebody retries it', async () => {
  const world = await promoted('podinfo:2');
  await world.say('Abort');
  await world.clock.advance(300_000);
  expect(world.runs()).toHaveLength(1);
  expect(world.primaryImage()).toBe('podinfo:1');
  await world.say('Retry');
  await world.untilTrue(() => world.runs().length === 2, 'another run');
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:2');
});

test('a target that goes back as well is no change, a newer one is', async () => {
  const world = await promoted('podinfo:2');
  await world.say('Abort');
  await world.clock.advance(5000);
  await world.release('podinfo:1');
  await world.clock.advance(60_000);
  expect(world.runs()).toHaveLength(1);
  await world.release('podinfo:3');
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:3');
});

test('an abort while the primary rolls out takes the share from the canary, too', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.until('Promoting');
  expect(world.weight()).toBe(60);
  const name = await world.say('Abort');
  await world.clock.advance(1000);
  expect(world.weight()).toBe(0);
  expect(world.primaryImage()).toBe('podinfo:1');
  expect(world.target().spec.replicas).toBe(0);
  expect(world.phase()).toBe('Failed');
  expect(await outcomeOf(world, name)).toMatch(/^Done: /);
});

test('an abort while all traffic goes back is the same', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.until('Finalising');
  await world.say('Abort');
  await world.clock.advance(1000);
  expect(world.primaryImage()).toBe('podinfo:1');
  expect(world.phase()).toBe('Failed');
});

test('a primary whose configuration has changed since is left as it is', async () => {
  const world = await promoted('podinfo:2');
  const [object] = kept(world);
  const data = { ...object?.data, configs: { 'configmap/app': '0123456789abcdef' } };
  await world.client.replace(RESOURCES.controllerRevisions, { ...object, data } as Kept);
  const name = await world.say('Abort');
  expect(await outcomeOf(world, name)).toMatch(
    /^TooLate: the primary has the revision already, configmap\/app was promoted too and has another content now; give the target its earlier template/,
  );
  expect(world.primaryImage()).toBe('podinfo:2');
  expect(world.phase()).toBe('Succeeded');
});

test('a promotion whose earlier template is not kept, and a rejection, come too late', async () => {
  const world = await promoted('podinfo:2');
  const signal = new AbortController().signal;
  const key = { namespace: NAMESPACE, name: `${NAME}-primary-1` };
  expect(await outcomeOf(world, await world.say('Reject'))).toMatch(/^TooLate: .*an abort takes/);
  await world.client.delete(RESOURCES.controllerRevisions, key, { signal });
  expect(await outcomeOf(world, await world.say('Abort'))).toMatch(/^TooLate: .*not kept/);
  expect(world.primaryImage()).toBe('podinfo:2');
});

test('the last two templates are kept, owned by the Canary and without an id', async () => {
  const world = await promoted('podinfo:2', 'podinfo:3', 'podinfo:4');
  expect(kept(world).map(({ metadata, revision }) => [metadata.name, revision])).toEqual([
    ['podinfo-primary-2', 2],
    ['podinfo-primary-3', 3],
  ]);
  const [object] = kept(world);
  expect(object?.metadata.ownerReferences?.[0]?.uid).toBe(world.canary().metadata.uid);
  expect(object?.data.template.metadata.annotations).not.toHaveProperty('flagger-id');
  await world.say('Abort');
  await world.clock.advance(1000);
  expect(world.primaryImage()).toBe('podinfo:3');
});

test('a process that ends in the middle of it finishes it after its start', async () => {
  for (let writes = 1; writes <= 4; writes++) {
    const world = await promoted('podinfo:2');
    await world.say('Abort');
    let left = writes;
    world.client.intercept = (verb) => {
      if (['create', 'replace', 'replaceStatus', 'patch'].includes(verb) && left-- <= 0) {
        throw new Error('the process has ended');
      }
    };
    await world.clock.advance(200);
    await world.kill();
    world.client.intercept = () => undefined;
    world.start();
    await world.clock.advance(60_000);
    expect(world.primaryImage()).toBe('podinfo:1');
    expect(world.phase()).toBe('Failed');
    expect(world.runs()).toHaveLength(1);
  }
});

test('post-rollout hooks hear of it', async () => {
  const world = new DeliveryWorld();
  await world.create({}, { webhooks: [world.hook('post-rollout')] });
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('Succeeded');
  await world.clock.advance(2000);
  await world.say('Abort');
  await world.clock.advance(5000);
  expect(world.hookCalls.map(({ body }) => body['phase'])).toEqual(['Succeeded', 'Failed']);
});
