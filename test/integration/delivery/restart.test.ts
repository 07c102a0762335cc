import { expect, test } from 'vitest';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { startedWorld } from '../../support/delivery-start.ts';
import type { DeliveryWorld } from '../../support/delivery-world.ts';

async function restart(world: DeliveryWorld, downMs = 0): Promise<void> {
  await world.kill();
  await world.clock.advance(downMs);
  world.start();
}

const SETTLED: readonly [string, (world: DeliveryWorld) => Promise<void>][] = [
  ['Initialized', () => Promise.resolve()],
  [
    'Succeeded',
    async (world) => {
      await world.release('podinfo:2');
      await world.until('Succeeded');
    },
  ],
  [
    'Failed',
    async (world) => {
      world.metric = () => 0;
      await world.release('podinfo:2');
      await world.until('Failed');
    },
  ],
];

test.each(SETTLED)('a restart while a Canary is %s writes nothing', async (_phase, play) => {
  const world = await startedWorld();
  await play(world);
  await world.clock.advance(30_000);
  const writes = world.client.writes.length;
  const runs = world.runs().length;
  await restart(world, 60_000);
  await world.clock.advance(300_000);
  expect(world.client.writes.slice(writes)).toEqual([]);
  expect(world.runs()).toHaveLength(runs);
});

test('a restart in a rollout goes on with the same run, from the weight that is live', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await restart(world, 45_000);
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
  expect(world.runs()).toHaveLength(1);
});

test('a restart every few seconds never repeats or skips a step', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  for (let i = 0; i < 40 && world.phase() !== 'Succeeded'; i++) {
    await world.clock.advance(3000);
    await restart(world, 500);
  }
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
  expect(world.runs()).toHaveLength(1);
});

test('a restart while a window holds keeps since when it holds', async () => {
  const world = await startedWorld();
  let open = false;
  world.gate = ({ gate }) => (gate === 'Promotion' && !open ? { reason: 'freeze' } : 'allow');
  await world.release('podinfo:2');
  await world.until('WaitingPromotion');
  const since = world.lastRun().status?.held?.since;
  await restart(world, 120_000);
  await world.clock.advance(60_000);
  expect(world.lastRun().status?.held?.since).toBe(since);
  open = true;
  await world.until('Succeeded');
});

test('digests of a version with another scheme are adopted without a rollout', async () => {
  const world = await startedWorld();
  await world.kill();
  const canary = world.canary();
  const status = {
    ...canary.status,
    lastAppliedSpec: 'sluice.v0:abc',
    lastPromotedSpec: 'sluice.v0:abc',
  } as NonNullable<typeof canary.status>;
  await world.client.replaceStatus(RESOURCES.canaries, { ...canary, status });
  world.start();
  await world.clock.advance(120_000);
  expect(world.runs()).toEqual([]);
  expect(world.phase()).toBe('Initialized');
  expect(world.canary().status?.lastAppliedSpec).toMatch(/^sluice\.v1:/);
});
