import { expect, test } from 'vitest';
import { DeliveryWorld } from '../../support/delivery-world.ts';
import { startedWorld } from '../../support/delivery-start.ts';

test('a release that arrives while the API server fails is rolled out afterwards', async () => {
  const world = await startedWorld();
  world.metric = () => 0;
  await world.release('podinfo:2');
  await world.until('Failed');
  world.metric = (query) => (query.includes('histogram_quantile') ? 0.1 : 100);
  world.faults.dead = true;
  await world.release('podinfo:3');
  await world.clock.advance(60_000);
  expect(world.runs()).toHaveLength(1);
  world.faults.dead = false;
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:3');
});

test('a fix after a failed promotion is rolled out, and the broken primary gets no traffic meanwhile', async () => {
  const world = await startedWorld({ progressDeadlineSeconds: 60 });
  await world.release('podinfo:2');
  await world.until('Promoting');
  await world.setPrimaryHealth(false);
  await world.until('Failed');
  expect(world.weight()).toBe(100);
  const before = world.weights.length;
  world.breakPrimary = false;
  await world.release('podinfo:3');
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:3');
  // Only the finished promotion gives the traffic back.
  expect(world.weights.slice(before)).toEqual([0]);
});

test('a promotion whose canary has no share left is finished', async () => {
  const world = await startedWorld({}, { stepWeightPromotion: 10 });
  await world.release('podinfo:2');
  await world.until('Promoting');
  await world.setWeight(0);
  await world.until('Succeeded');
  expect(world.weight()).toBe(0);
});

test('a run that waits for its promotion has its true weight in the status', async () => {
  const world = new DeliveryWorld();
  await world.create({}, { webhooks: [world.hook('confirm-promotion')] });
  world.hooks['confirm-promotion'] = () => 403;
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('WaitingPromotion');
  expect(world.canary().status).toMatchObject({ canaryWeight: 60, iterations: 0 });
});

test('a run that waits for its promotion has its true iterations in the status', async () => {
  const world = new DeliveryWorld();
  const analysis = { iterations: 3, stepWeight: 0, webhooks: [world.hook('confirm-promotion')] };
  await world.create({}, analysis);
  world.hooks['confirm-promotion'] = () => 403;
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('WaitingPromotion');
  await world.clock.advance(60_000);
  expect(world.canary().status).toMatchObject({ phase: 'WaitingPromotion', iterations: 3 });
  const asked = world.hookCalls.filter(({ name }) => name === 'confirm-promotion');
  const gaps = asked.slice(1).map(({ at }, i) => at - (asked[i]?.at ?? 0));
  expect(new Set(gaps)).toEqual(new Set([10_000]));
});

test('a target that goes back while its rollout waits for approval ends the run', async () => {
  const world = new DeliveryWorld();
  await world.create({}, { webhooks: [world.hook('confirm-rollout')] });
  world.hooks['confirm-rollout'] = () => 403;
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('Waiting');
  await world.release('podinfo:1');
  await world.clock.advance(1000);
  expect(world.lastRun().status?.outcome?.reason).toBe('Reverted');
  world.hooks['confirm-rollout'] = () => 200;
  await world.clock.advance(60_000);
  expect(world.target().spec.replicas).toBe(0);
});

test('checks that fail while a traffic increase waits for approval end the run', async () => {
  const world = new DeliveryWorld();
  await world.create({}, { webhooks: [world.hook('confirm-traffic-increase')] });
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  world.hooks['confirm-traffic-increase'] = () => 403;
  await world.clock.advance(20_000);
  world.metric = () => 0;
  await world.until('Failed', 60_000);
  expect(world.lastRun().status?.outcome?.reason).toBe('FailedChecks');
});

test('a mirror that the provider can only have while it iterates is a condition, not a loop', async () => {
  const world = await startedWorld();
  await world.editCanary((spec) => ({ ...spec, analysis: { ...spec.analysis, mirror: true } }));
  await world.release('podinfo:2');
  await world.clock.advance(120_000);
  expect(world.runs()).toEqual([]);
  expect(world.condition('Ready')?.reason).toBe('Unsupported');
  expect(world.condition('Ready')?.message).toContain('analysis.mirror needs analysis.iterations');
});

test('a fraction in a field of whole numbers is a condition of its Canary', async () => {
  const world = new DeliveryWorld();
  await world.create({}, { stepWeight: 1.5 });
  world.start();
  await world.clock.advance(5000);
  expect(world.condition('Ready')).toMatchObject({
    reason: 'Unsupported',
    message: 'spec.analysis.stepWeight is 1.5 and must be a whole number',
  });
});

test('the first requests follow within three seconds of the change', async () => {
  const world = await startedWorld({}, { interval: '1m' });
  const changed = world.clock.now();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  expect(world.clock.now() - changed).toBeLessThan(3000);
  const shown = world.clock.now();
  await world.untilTrue(() => world.weight() === 60, 'weight 60');
  expect(world.clock.now() - shown).toBe(60_000);
});

test('the traffic goes back in the moment of the last failed check', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  world.metric = () => 0;
  const at = new Map<string, number>();
  world.client.onChange((type) => {
    if (type.plural === 'canaries') at.set(world.statuses.at(-1) ?? '', world.clock.now());
  });
  await world.until('Failed');
  expect(world.statuses.slice(-2)).toEqual(['Progressing 30 0 3', 'Failed 0 0 0']);
  expect(at.get('Failed 0 0 0')).toBe(at.get('Progressing 30 0 3'));
});
