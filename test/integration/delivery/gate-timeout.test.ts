import { expect, test } from 'vitest';
import type { CanaryHook } from '../../../src/domain/canary.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld } from '../../support/delivery-world.ts';

async function withDeadline(hooks: readonly CanaryHook['type'][] = []): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  const webhooks = hooks.map((type) => world.hook(type as CanaryHook['type'] & string));
  await world.create({}, { webhooks });
  const canary = world.canary();
  const annotations = { 'sluice.dev/gate-timeout': '5m' };
  await world.client.replace(RESOURCES.canaries, {
    ...canary,
    metadata: { ...canary.metadata, annotations },
  });
  world.start();
  await world.until('Initialized');
  return world;
}

test('a run that a gate holds for too long ends, and the primary gets the share', async () => {
  const world = await withDeadline();
  world.gate = ({ gate, rollout }) =>
    gate === 'TrafficIncrease' && rollout.toWeight > 30 ? { reason: 'a freeze' } : 'allow';
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.phase === 'Held', 'held');
  await world.clock.advance(290_000);
  expect(world.weight()).toBe(30);
  await world.clock.advance(20_000);
  expect(world.weight()).toBe(0);
  expect(world.target().spec.replicas).toBe(0);
  expect(world.phase()).toBe('Failed');
  expect(world.lastRun().status).toMatchObject({
    phase: 'Aborted',
    outcome: {
      reason: 'GateTimeout',
      message: 'gate TrafficIncrease was closed for longer than 5m0s',
    },
  });
  expect(world.events).toContain(
    'Warning Synced Rolling back podinfo.shop gate TrafficIncrease was closed for longer than 5m0s',
  );
  await world.clock.advance(300_000);
  expect(world.runs()).toHaveLength(1);
});

test.each(['confirm-rollout', 'confirm-traffic-increase', 'confirm-promotion'] as const)(
  'the hook %s has the same deadline',
  async (type) => {
    const world = await withDeadline([type]);
    world.hooks[type] = () => 403;
    await world.release('podinfo:2');
    await world.until('Failed');
    expect(world.lastRun().status?.outcome).toMatchObject({
      reason: 'GateTimeout',
      message: `hook ${type} was closed for longer than 5m0s`,
    });
    expect(world.weight()).toBe(0);
    expect(world.target().spec.replicas).toBe(0);
  },
);

test('a run that ended so is tried again on request', async () => {
  const world = await withDeadline();
  world.gate = () => ({ reason: 'a freeze' });
  await world.release('podinfo:2');
  await world.until('Failed');
  world.gate = () => 'allow';
  await world.say('Retry');
  await world.until('Succeeded');
});

test('a gate that opens in time, and a pause, end nothing', async () => {
  const world = await withDeadline();
  let isOpen = false;
  world.gate = () => (isOpen ? 'allow' : { reason: 'a freeze' });
  await world.release('podinfo:2');
  await world.clock.advance(280_000);
  isOpen = true;
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.say('Pause');
  await world.clock.advance(900_000);
  expect(world.lastRun().status?.phase).toBe('Held');
  await world.say('Resume');
  await world.until('Succeeded');
});

test('without the annotation a run waits on', async () => {
  const world = new DeliveryWorld();
  await world.create();
  world.start();
  await world.until('Initialized');
  world.gate = () => ({ reason: 'a freeze' });
  await world.release('podinfo:2');
  await world.clock.advance(3_600_000);
  expect(world.lastRun().status?.phase).toBe('Held');
});
