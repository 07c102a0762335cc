import { expect, test } from 'vitest';
import type { HookType } from '../../../src/domain/canary.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';

const HERE = `${NAME}.${NAMESPACE}`;
const ALL: HookType[] = [
  'confirm-rollout',
  'pre-rollout',
  'rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'post-rollout',
  'rollback',
  'event',
];

async function withHooks(
  types: HookType[],
  answers: DeliveryWorld['hooks'],
): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  world.hooks = { rollback: () => 403, ...answers };
  const webhooks = types.map((type) => ({ ...world.hook(type), metadata: { owner: 'lab' } }));
  await world.create({}, { webhooks });
  world.start();
  await world.until('Initialized');
  return world;
}

const calls = (world: DeliveryWorld, name: string): DeliveryWorld['hookCalls'] =>
  world.hookCalls.filter((call) => call.name === name);

test('every hook is called in its place with the payload of Flagger', async () => {
  const world = await withHooks(ALL, {});
  await world.release('podinfo:2');
  await world.until('Succeeded');
  await world.clock.advance(30_000);
  const order = world.hookCalls
    .filter(({ name }) => name !== 'event')
    .map(({ name, body }) => `${name} ${String(body['phase'])}`);
  expect(order).toEqual([
    'confirm-rollout Initialized',
    'rollback Progressing',
    'pre-rollout Progressing',
    'confirm-traffic-increase Progressing',
    'rollback Progressing',
    'rollout Progressing',
    'confirm-traffic-increase Progressing',
    'rollback Progressing',
    'rollout Progressing',
    'confirm-traffic-increase Progressing',
    'confirm-promotion Progressing',
    'post-rollout Succeeded',
  ]);
  expect(calls(world, 'rollout')[0]?.body).toEqual({
    name: NAME,
    namespace: NAMESPACE,
    phase: 'Progressing',
    checksum: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    metadata: { owner: 'lab' },
  });
  const checksums = world.hookCalls
    .filter(({ name }) => name !== 'event')
    .map(({ body }) => body['checksum']);
  expect(new Set(checksums).size).toBe(1);
  const events = world.events.map((event) => event.replace('Normal Synced ', ''));
  expect(events.filter((event) => !event.includes('not ready'))).toEqual([
    'all the metrics providers are available!',
    `Initialization done! ${HERE}`,
    'Confirm-rollout check confirm-rollout passed',
    `New revision detected! Scaling up ${HERE}`,
    'Rollback hook rollback not signaling a rollback',
    `Starting canary analysis for ${HERE}`,
    'Pre-rollout check pre-rollout passed',
    'Confirm-traffic-increase check confirm-traffic-increase passed',
    `Advance ${HERE} canary weight 30`,
    'Rollback hook rollback not signaling a rollback',
    'Confirm-traffic-increase check confirm-traffic-increase passed',
    `Advance ${HERE} canary weight 60`,
    'Rollback hook rollback not signaling a rollback',
    'Confirm-traffic-increase check confirm-traffic-increase passed',
    'Confirm-promotion check confirm-promotion passed',
    `Copying ${HERE} template spec to ${NAME}-primary.${NAMESPACE}`,
    'Routing all traffic to primary',
    'Post-rollout check post-rollout passed',
    `Promotion completed! Scaling down ${HERE}`,
  ]);
});

test('an event hook gets every event, in order, with its type and time', async () => {
  const world = await withHooks(['event'], {});
  await world.release('podinfo:2');
  await world.until('Succeeded');
  await world.clock.advance(10_000);
  const told = calls(world, 'event').map(({ body }) => body['metadata'] as Record<string, string>);
  expect(
    told.map(({ eventMessage, eventType }) => `${eventType ?? ''} Synced ${eventMessage ?? ''}`),
  ).toEqual(world.events);
  expect(
    told.every(({ timestamp, owner }) => /^\d{13}$/.test(timestamp ?? '') && owner === 'lab'),
  ).toBe(true);
});

test('confirm-rollout holds in Waiting before the scale-up, without a failed check, until it confirms', async () => {
  let status = 403;
  const world = await withHooks(['confirm-rollout'], { 'confirm-rollout': () => status });
  await world.release('podinfo:2');
  await world.until('Waiting');
  await world.clock.advance(60_000);
  expect(world.target().spec.replicas).toBe(0);
  expect(world.lastRun().status).toMatchObject({
    phase: 'Held',
    failedChecks: 0,
    held: { gate: 'RolloutStart' },
  });
  expect(world.questions).toEqual([]);
  expect(calls(world, 'confirm-rollout').length).toBeGreaterThanOrEqual(6);
  expect(world.events.filter((event) => event.includes('waiting for approval'))).toHaveLength(1);
  status = 200;
  await world.until('Succeeded');
});

test('confirm-traffic-increase holds the weight without a failed check, and complains each time', async () => {
  let status = 200;
  const world = await withHooks(['confirm-traffic-increase'], {
    'confirm-traffic-increase': () => status,
  });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  status = 403;
  await world.clock.advance(45_000);
  expect(world.weight()).toBe(30);
  expect(world.phase()).toBe('Progressing');
  expect(world.canary().status?.failedChecks).toBe(0);
  const complaint = `Warning Synced Halt ${HERE} advancement waiting for traffic increase approval confirm-traffic-increase`;
  expect(world.events.filter((event) => event === complaint)).toHaveLength(4);
  status = 200;
  await world.until('Succeeded');
});

test('confirm-promotion holds in WaitingPromotion while the analysis goes on', async () => {
  let status = 403;
  const world = await withHooks(['confirm-promotion'], { 'confirm-promotion': () => status });
  await world.release('podinfo:2');
  await world.until('WaitingPromotion');
  const queries = world.queries.length;
  const phases = (): unknown[] =>
    calls(world, 'confirm-promotion').map(({ body }) => body['phase']);
  await world.clock.advance(35_000);
  expect(world.phase()).toBe('WaitingPromotion');
  expect(world.weight()).toBe(60);
  expect(world.queries.length).toBeGreaterThan(queries);
  expect(world.primaryImage()).toBe('podinfo:1');
  expect(new Set(phases())).toEqual(new Set(['Progressing']));
  status = 200;
  await world.until('Succeeded');
});

test('a run that waits for its promotion is still rolled back when it goes bad', async () => {
  const world = await withHooks(['confirm-promotion'], { 'confirm-promotion': () => 403 });
  await world.release('podinfo:2');
  await world.until('WaitingPromotion');
  world.metric = () => 0;
  await world.until('Failed');
  expect(world.weight()).toBe(0);
});

test.each(['pre-rollout', 'rollout'] as const)(
  'a %s hook that refuses is a failed check',
  async (type) => {
    const world = await withHooks([type], { [type]: () => 500 });
    await world.release('podinfo:2');
    await world.until('Failed');
    expect(world.weights).toEqual(type === 'rollout' ? [0, 30, 0] : [0]);
    expect(world.lastRun().status).toMatchObject({
      failedChecks: 3,
      outcome: { reason: 'FailedChecks' },
    });
    const what = type === 'rollout' ? 'external check rollout' : 'pre-rollout check pre-rollout';
    expect(world.events).toContain(
      `Warning Synced Halt ${HERE} advancement ${what} failed POST http://hooks.example/${type} giving up after 1 attempt(s)`,
    );
  },
);

test('a hook that never answers is no failed check and ends the run as NoData', async () => {
  const world = await withHooks(['rollout'], { rollout: () => 'hang' });
  await world.release('podinfo:2');
  await world.until('Failed');
  expect(world.lastRun().status).toMatchObject({
    failedChecks: 0,
    unknownChecks: 3,
    outcome: { reason: 'NoData' },
  });
});

test('a rollback hook that answers with success rolls back, also while traffic increase waits', async () => {
  let rollback = 403;
  const world = await withHooks(['rollback', 'confirm-traffic-increase'], {
    rollback: () => rollback,
    'confirm-traffic-increase': () => (world.weight() === 0 ? 200 : 403),
  });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.clock.advance(25_000);
  rollback = 200;
  await world.until('Failed');
  expect(world.events.slice(-3)).toEqual([
    'Warning Synced Rollback check rollback passed',
    `Warning Synced Rolling back ${HERE} manual webhook invoked`,
    `Warning Synced Canary failed! Scaling down ${HERE}`,
  ]);
});

test('retries of a hook carry the same id', async () => {
  const world = new DeliveryWorld();
  let count = 0;
  world.hooks = { rollout: () => (++count === 1 ? 503 : 200) };
  await world.create({}, { webhooks: [{ ...world.hook('rollout'), retries: 2 }] });
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('Succeeded');
  const [first, second] = calls(world, 'rollout');
  expect(first?.id).toBeDefined();
  expect(second?.id).toBe(first?.id);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBe(1000);
  expect(world.lastRun().status?.failedChecks).toBe(0);
});

test('a slow hook does not stop the Canary of somebody else from being looked at', async () => {
  const world = await withHooks(['rollout'], { rollout: () => 'hang' });
  await world.release('podinfo:2');
  await world.untilTrue(() => calls(world, 'rollout').length === 1, 'the hook was called');
  await world.release('podinfo:3');
  await world.untilTrue(() => world.runs().length === 2, 'the newer revision was seen', 5000);
});
