import { expect, test } from 'vitest';
import type { Gate } from '../../../src/domain/policy.ts';
import { NAME, NAMESPACE, type DeliveryWorld } from '../../support/delivery-world.ts';
import { startedWorld } from '../../support/delivery-start.ts';

const HERE = `${NAME}.${NAMESPACE}`;

async function heldAt(world: DeliveryWorld, gate: Gate): Promise<void> {
  await world.untilTrue(() => world.runs().at(-1)?.status?.held?.gate === gate, `held at ${gate}`);
}

test('a closed window holds the weight for its length and then the run goes on by itself', async () => {
  const world = await startedWorld();
  const opens = world.clock.now() + 180_000;
  const nextOpen = new Date(opens).toISOString();
  world.gate = ({ gate, rollout }) =>
    gate === 'TrafficIncrease' && rollout.fromWeight === 30 && world.clock.now() < opens
      ? { reason: 'frozen', nextOpen }
      : 'allow';
  await world.release('podinfo:2');
  await heldAt(world, 'TrafficIncrease');
  const since = world.lastRun().status?.held?.since;
  await world.clock.advance(60_000);
  expect(world.weight()).toBe(30);
  expect(world.phase()).toBe('Progressing');
  expect(world.canary().status?.failedChecks).toBe(0);
  expect(world.lastRun().status).toMatchObject({
    phase: 'Held',
    weights: { primary: 70, canary: 30 },
    held: { gate: 'TrafficIncrease', since, reasons: ['freeze/0: frozen'], nextOpen },
    failedChecks: 0,
  });
  expect(world.lastRun().status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Held', status: 'True' }),
  );
  await world.untilTrue(() => world.weight() === 60, 'weight 60');
  expect(world.clock.now()).toBeGreaterThanOrEqual(opens);
  expect(world.clock.now() - opens).toBeLessThan(5000);
  expect(world.lastRun().status?.held).toBeUndefined();
  await world.until('Succeeded');
  const text = `Warning Synced Halt ${HERE} advancement gate TrafficIncrease is closed: freeze/0: frozen, next open ${nextOpen}`;
  expect(world.events.filter((event) => event === text)).toHaveLength(1);
});

test.each([
  ['RolloutStart', 'Waiting', 0],
  ['TrafficIncrease', 'Progressing', 0],
  ['Promotion', 'WaitingPromotion', 60],
] as const)(
  'the gate %s holds and is asked again when it is said to have changed',
  async (gate, phase, weight) => {
    const world = await startedWorld();
    let open = false;
    world.gate = (question) => (question.gate !== gate || open ? 'allow' : { reason: 'closed' });
    await world.release('podinfo:2');
    await heldAt(world, gate);
    await world.clock.advance(35_000);
    expect(world.phase()).toBe(phase);
    expect(world.weight()).toBe(weight);
    expect(world.primaryImage()).toBe('podinfo:1');
    if (gate === 'RolloutStart') expect(world.target().spec.replicas).toBe(0);
    const asked = world.questions.length;
    open = true;
    world.wake();
    await world.clock.advance(100);
    expect(world.questions.length).toBeGreaterThan(asked);
    expect(world.lastRun().status?.held).toBeUndefined();
    await world.until('Succeeded');
  },
);

test('a held run is rolled back when its checks fail: no gate stands before that', async () => {
  const world = await startedWorld();
  world.gate = ({ rollout }) => (rollout.fromWeight === 30 ? { reason: 'closed' } : 'allow');
  await world.release('podinfo:2');
  await heldAt(world, 'TrafficIncrease');
  world.metric = () => 0;
  const asked = world.questions.length;
  world.gate = () => ({ reason: 'closed' });
  await world.until('Failed');
  expect(world.weight()).toBe(0);
  expect(world.questions.slice(asked).every(({ gate }) => gate === 'TrafficIncrease')).toBe(true);
});

test('a gate keeper that fails holds', async () => {
  const world = await startedWorld();
  world.gate = () => {
    throw new Error('no snapshot');
  };
  await world.release('podinfo:2');
  await heldAt(world, 'RolloutStart');
  expect(world.lastRun().status?.held?.reasons).toEqual(['the gate could not be asked']);
  world.gate = () => 'allow';
  await world.until('Succeeded');
});
