import { expect, test } from 'vitest';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { startedWorld } from '../../support/delivery-start.ts';

const HERE = `${NAME}.${NAMESPACE}`;
const notAboutReadiness = (event: string): boolean => !event.includes('not ready');

test('a good release is promoted with exact weights, phases and events', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2', {
    'sluice.dev/changed-by': JSON.stringify({ username: 'ann', uid: '7', groups: ['dev'] }),
  });
  await world.until('Succeeded');
  await world.clock.advance(60_000);
  expect(world.weights).toEqual([0, 30, 60, 0]);
  expect(world.primaryImage()).toBe('podinfo:2');
  expect(world.target().spec.replicas).toBe(0);
  expect(world.statuses).toEqual([
    'Initializing 0 0 0',
    'Initialized 0 0 0',
    'Progressing 0 0 0',
    'Progressing 30 0 0',
    'Progressing 60 0 0',
    'Promoting 60 0 0',
    'Finalising 0 0 0',
    'Succeeded 0 0 0',
  ]);
  expect(world.events.filter(notAboutReadiness)).toEqual([
    'Normal Synced all the metrics providers are available!',
    `Normal Synced Initialization done! ${HERE}`,
    `Normal Synced New revision detected! Scaling up ${HERE}`,
    `Normal Synced Starting canary analysis for ${HERE}`,
    `Normal Synced Advance ${HERE} canary weight 30`,
    `Normal Synced Advance ${HERE} canary weight 60`,
    `Normal Synced Copying ${HERE} template spec to ${NAME}-primary.${NAMESPACE}`,
    'Normal Synced Routing all traffic to primary',
    `Normal Synced Promotion completed! Scaling down ${HERE}`,
  ]);
  expect(world.condition('Promoted')).toEqual({
    status: 'True',
    reason: 'Succeeded',
    message: 'Canary analysis completed successfully, promotion finished.',
  });
  expect(world.runs()).toHaveLength(1);
  expect(world.lastRun().metadata.name).toBe('podinfo-1');
  expect(world.lastRun().spec).toMatchObject({
    subject: { kind: 'Canary', name: NAME, uid: world.canary().metadata.uid },
    images: [{ container: 'app', image: 'podinfo:2' }],
    changedBy: { username: 'ann', uid: '7', groups: ['dev'] },
    strategy: 'canary',
    provider: 'gatewayapi:v1',
  });
  expect(world.lastRun().status).toMatchObject({
    phase: 'Succeeded',
    outcome: { reason: 'Promoted' },
    failedChecks: 0,
    unknownChecks: 0,
  });
  expect(world.finished).toEqual([{ succeeded: true, skipped: false }]);
});

test('gates are asked before the scale-up, each raise and the promotion, and never before lowering', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.until('Succeeded');
  const asked = world.questions.map(({ gate, rollout }) => [
    gate,
    rollout.fromWeight,
    rollout.toWeight,
  ]);
  expect(asked).toEqual([
    ['RolloutStart', 0, 0],
    ['TrafficIncrease', 0, 30],
    ['TrafficIncrease', 30, 60],
    ['Promotion', 60, 60],
  ]);
  expect(world.questions[3]?.rollout).toMatchObject({
    strategy: 'canary',
    phase: 'Progressing',
    maxWeight: 60,
    threshold: 3,
    metrics: [
      { name: 'request-success-rate', value: 100, min: 99, verdict: 'pass' },
      { name: 'request-duration', value: 100, max: 500, verdict: 'pass' },
    ],
  });
});

test('blue/green with a router iterates, switches, promotes and switches back', async () => {
  const world = await startedWorld({}, { iterations: 3, stepWeight: 0, maxWeight: 0 });
  await world.release('podinfo:2');
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 100, 0]);
  expect(world.statuses.slice(2)).toEqual([
    'Progressing 0 0 0',
    'Progressing 0 1 0',
    'Progressing 0 2 0',
    'Progressing 0 3 0',
    'Progressing 0 4 0',
    'Promoting 0 4 0',
    'Finalising 0 0 0',
    'Succeeded 0 0 0',
  ]);
  expect(world.events.slice(-8).filter(notAboutReadiness)).toEqual([
    `Normal Synced Advance ${HERE} canary iteration 1/3`,
    `Normal Synced Advance ${HERE} canary iteration 2/3`,
    `Normal Synced Advance ${HERE} canary iteration 3/3`,
    'Normal Synced Routing all traffic to canary',
    `Normal Synced Copying ${HERE} template spec to ${NAME}-primary.${NAMESPACE}`,
    'Normal Synced Routing all traffic to primary',
    `Normal Synced Promotion completed! Scaling down ${HERE}`,
  ]);
});

test('without a router the canary gets no live traffic and is promoted after its iterations', async () => {
  const world = await startedWorld(
    { provider: 'kubernetes', service: { port: 80 } },
    { iterations: 2, stepWeight: 0 },
  );
  await world.release('podinfo:2');
  await world.until('Succeeded');
  expect(world.weights).toEqual([]);
  expect(world.primaryImage()).toBe('podinfo:2');
  expect(world.questions.map(({ gate }) => gate)).toEqual(['RolloutStart', 'Promotion']);
  expect(world.statuses.slice(2)).toEqual([
    'Progressing 0 0 0',
    'Progressing 0 1 0',
    'Progressing 0 2 0',
    'Progressing 0 3 0',
    'Promoting 0 3 0',
    'Finalising 0 0 0',
    'Succeeded 0 0 0',
  ]);
});

test('stepWeights and stepWeightPromotion are followed', async () => {
  const world = await startedWorld(
    {},
    { stepWeight: 0, stepWeights: [5, 20, 50], stepWeightPromotion: 25 },
  );
  await world.release('podinfo:2');
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 5, 20, 50, 25, 0]);
});

test('skipAnalysis promotes as soon as the canary is ready, past the gate Promotion', async () => {
  const world = await startedWorld({ skipAnalysis: true });
  await world.release('podinfo:2');
  await world.until('Succeeded');
  expect(world.weights).toEqual([0]);
  expect(world.queries).toEqual([]);
  expect(world.primaryImage()).toBe('podinfo:2');
  expect(world.events.filter(notAboutReadiness)).toEqual([
    `Normal Synced Initialization done! ${HERE}`,
    `Normal Synced New revision detected! Scaling up ${HERE}`,
    `Normal Synced Copying ${HERE} template spec to ${NAME}-primary.${NAMESPACE}`,
    `Normal Synced Promotion completed! Canary analysis was skipped for ${HERE}`,
  ]);
  expect(world.questions.map(({ gate }) => gate)).toEqual(['RolloutStart', 'Promotion']);
  expect(world.finished).toEqual([{ succeeded: true, skipped: true }]);
});

test('a second release gets the next run; setting the target back to what is promoted does nothing', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.until('Succeeded');
  await world.release('podinfo:3');
  await world.untilTrue(() => world.primaryImage() === 'podinfo:3', 'podinfo:3 promoted');
  await world.until('Succeeded');
  expect(world.runs().map(({ metadata }) => metadata.name)).toEqual(['podinfo-1', 'podinfo-2']);
  const before = world.statuses.length;
  await world.release('podinfo:3');
  await world.clock.advance(120_000);
  expect(world.statuses).toHaveLength(before);
});

test('only the configured number of runs is kept', async () => {
  const world = new DeliveryWorld();
  world.config = { historyLimit: 2 };
  await world.create({ skipAnalysis: true });
  world.start();
  await world.until('Initialized');
  for (const version of [2, 3, 4]) {
    await world.release(`podinfo:${version}`);
    await world.untilTrue(() => world.primaryImage() === `podinfo:${version}`, 'promoted');
    await world.clock.advance(20_000);
  }
  expect(world.runs().map(({ metadata }) => metadata.name)).toEqual(['podinfo-2', 'podinfo-3']);
});
