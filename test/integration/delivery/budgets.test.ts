import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RolloutBudgetSpec } from '../../../src/domain/budget.ts';
import { BudgetWorld, NAMESPACE, type Shop } from '../../support/budget-world.ts';
import { FaultyClient } from '../../support/faulty-client.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';

const HOUR_MS = 3_600_000;

async function startedWorld(shops: readonly Shop[], spec: RolloutBudgetSpec): Promise<BudgetWorld> {
  const world = new BudgetWorld(shops);
  await world.create(spec);
  world.start();
  expect(await world.clock.runUntil(() => world.isSettled() && isInitialised(world), 60_000)).toBe(
    true,
  );
  return world;
}

function isInitialised(world: BudgetWorld): boolean {
  return world.client
    .all(RESOURCES.canaries)
    .every((canary) => (canary as { status?: { phase?: string } }).status?.phase !== undefined);
}

function shopsOf(count: number, steps: readonly number[], share = 100): Shop[] {
  return Array.from({ length: count }, (_, i) => ({ name: `s${i}`, steps, share }));
}

async function until(world: BudgetWorld, done: () => boolean): Promise<void> {
  expect(await world.clock.runUntil(done, HOUR_MS)).toBe(true);
}

async function releaseAll(world: BudgetWorld, shops: readonly Shop[], tag = 2): Promise<void> {
  await Promise.all(shops.map(({ name }) => world.release(name, tag)));
}

test('two that ask in the same instant are not both granted, however late the copies are', async () => {
  const shops = shopsOf(4, [20, 40]);
  const world = await startedWorld(shops, { maxExposurePercent: 50 });
  world.lag = 5000;
  await releaseAll(world, shops);
  await until(world, () => world.served.length === 4 && world.isSettled());
  expect(world.peak).toBe(40);
  await world.kill();
});

test('another leader counts what stands in the cluster, not what its copy shows', async () => {
  const shops = shopsOf(2, [40]).map((each) => ({ ...each, steps: [10, 20, 30, 40] }));
  const world = await startedWorld(shops, { maxExposurePercent: 40 });
  world.lag = 20_000;
  await world.release('s0', 2);
  await world.release('s1', 2);
  await until(world, () => world.served.length === 1);
  const [first] = world.served;
  await until(world, () => world.runs().some(({ status }) => status?.held?.budgets !== undefined));
  await world.kill();
  world.start(first === 's0' ? ['s1'] : ['s0']);
  await world.clock.advance(10_000);
  expect(world.served).toEqual([first]);
  await world.kill();
});

test('places are for runs between start and end, the oldest first', async () => {
  const shops = shopsOf(5, [50]);
  const world = await startedWorld(shops, { maxConcurrent: 2 });
  for (const { name } of shops) {
    await world.release(name, 2);
    await world.clock.advance(1000);
  }
  await until(world, () => world.served.length === 5 && world.isSettled());
  expect(world.most).toBe(2);
  expect(world.served).toEqual(shops.map(({ name }) => name));
  await world.kill();
});

test('what is taken stands in the run before the shift, and goes at its end', async () => {
  const shops = shopsOf(2, [20, 60]);
  const world = await startedWorld(shops, { maxExposurePercent: 60, maxConcurrent: 5 });
  await releaseAll(world, shops);
  const budget = `${NAMESPACE}/all`;
  let seen = 0;
  world.client.onChange((type, object) => {
    if (type.plural !== 'httproutes') return;
    const [, canary] =
      (object as unknown as { spec: { rules: { backendRefs: { weight: number }[] }[] } }).spec
        .rules[0]?.backendRefs ?? [];
    if (canary === undefined || canary.weight === 0) return;
    const run = world.runs().find(({ spec }) => spec.subject.name === object.metadata.name);
    expect(run?.status?.reservations).toEqual([
      { budget, weight: 60, at: expect.any(String) as string },
    ]);
    seen += 1;
  });
  expect(await world.clock.runUntil(() => world.served.length === 1, 60_000)).toBe(true);
  await world.clock.advance(3000);
  const waiting = world.runs().find(({ status }) => status?.held !== undefined);
  expect(waiting?.status?.held).toMatchObject({ gate: 'TrafficIncrease', budgets: [budget] });
  expect(waiting?.status?.held?.reasons.join()).toMatch(/needs 60%, 60% of 60% in use/);
  await until(world, () => world.served.length === 2 && world.isSettled());
  expect(seen).toBe(4);
  expect(world.runs().flatMap(({ status }) => status?.reservations ?? [])).toEqual([]);
  await world.kill();
});

test('who waits and cannot move keeps nobody waiting', async () => {
  const shops = shopsOf(3, [40]).map((each, i) =>
    i === 0 ? { ...each, steps: [10, 15, 20, 25, 30, 35, 40] } : each,
  );
  const world = await startedWorld(shops, { maxExposurePercent: 40 });
  await world.release('s0', 2);
  await until(world, () => world.served.length === 1);
  await world.release('s1', 2);
  await until(world, () => world.runs().some(({ status }) => status?.held?.budgets !== undefined));
  const waiting = world.client.peek(RESOURCES.canaries, NAMESPACE, 's1') as { spec?: object };
  const spec = { ...waiting.spec, suspend: true };
  await world.client.replace(RESOURCES.canaries, { ...waiting, spec } as never);
  await world.release('s2', 2);
  await until(world, () => world.served.length === 2);
  expect(world.served).toEqual(['s0', 's2']);
  await world.kill();
});

const shop = fc.record({
  steps: fc.constantFrom([10], [20, 40], [50], [20, 60], [100]),
  share: fc.constantFrom(100, 50, 25, 33.33),
});
const story = fc.record({
  shops: fc.array(shop, { minLength: 2, maxLength: 6 }),
  spec: fc.record({
    maxExposurePercent: fc.constantFrom(100, 110, 150),
    maxConcurrent: fc.constantFrom(1, 2, 5),
    order: fc.constantFrom('Oldest', 'Smallest' as const),
  }),
  /** Milliseconds from one release to the next. */
  gaps: fc.array(fc.constantFrom(0, 0, 500, 3000), { minLength: 6, maxLength: 6 }),
  lag: fc.constantFrom(0, 700, 5000),
  /** Writes of each life of the controller. */
  lives: fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
});

test('whoever arrives when, and whichever writes the controller dies after: never overdrawn, everybody is served', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ shops: drawn, spec, gaps, lag, lives }) => {
      const shops = drawn.map((each, i) => ({ ...each, name: `s${i}` }));
      const world = await startedWorld(shops, spec);
      await world.kill();
      world.lag = lag;
      const rest = [...lives];
      const revive = async (): Promise<void> => {
        await world.kill();
        world.faults = new FaultyClient(world.client, rest.shift() ?? Infinity);
        world.start();
      };
      await revive();
      for (const [i, { name }] of shops.entries()) {
        await world.release(name, 2);
        await world.clock.advance(gaps[i] ?? 0);
      }
      const isOver = (): boolean => world.served.length >= shops.length && world.isSettled();
      for (let i = 0; i <= lives.length; i++) {
        await world.clock.runUntil(() => world.faults.dead || isOver(), HOUR_MS);
        if (!world.faults.dead) break;
        await revive();
      }
      expect(isOver()).toBe(true);
      expect(world.peak).toBeLessThanOrEqual(spec.maxExposurePercent);
      expect(world.most).toBeLessThanOrEqual(spec.maxConcurrent);
      await world.kill();
    }),
    { numRuns: 60, seed: 1 },
  );
}, 60_000);
