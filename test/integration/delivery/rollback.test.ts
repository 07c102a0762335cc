import { expect, test } from 'vitest';
import { NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { startedWorld } from '../../support/delivery-start.ts';

const HERE = `${NAME}.${NAMESPACE}`;

test('a bad release is rolled back after as many failed checks as the threshold', async () => {
  const world = await startedWorld();
  world.metric = (query) => (query.includes('histogram_quantile') ? 0.1 : 90);
  await world.release('podinfo:2');
  await world.until('Failed');
  expect(world.weights).toEqual([0, 30, 0]);
  expect(world.statuses.slice(2)).toEqual([
    'Progressing 0 0 0',
    'Progressing 30 0 0',
    'Progressing 30 0 1',
    'Progressing 30 0 2',
    'Progressing 30 0 3',
    'Failed 0 0 0',
  ]);
  await world.clock.advance(30_000);
  expect(world.primaryImage()).toBe('podinfo:1');
  expect(world.target().spec.replicas).toBe(0);
  expect(world.events.slice(-5)).toEqual([
    `Warning Synced Halt ${HERE} advancement success rate 90.00% < 99%`,
    `Warning Synced Halt ${HERE} advancement success rate 90.00% < 99%`,
    `Warning Synced Halt ${HERE} advancement success rate 90.00% < 99%`,
    `Warning Synced Rolling back ${HERE} failed checks threshold reached 3`,
    `Warning Synced Canary failed! Scaling down ${HERE}`,
  ]);
  expect(world.lastRun().status).toMatchObject({
    phase: 'Failed',
    failedChecks: 3,
    outcome: { reason: 'FailedChecks' },
  });
  expect(world.finished).toEqual([{ succeeded: false, skipped: false }]);
});

test('a failed revision is not tried again, and a fixed one is', async () => {
  const world = await startedWorld();
  world.metric = () => 0;
  await world.release('podinfo:2');
  await world.until('Failed');
  await world.clock.advance(300_000);
  expect(world.runs()).toHaveLength(1);
  world.metric = (query) => (query.includes('histogram_quantile') ? 0.1 : 100);
  await world.release('podinfo:3');
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:3');
});

test.each(['noData', 'error', 'hang'] as const)(
  'checks without an answer (%s) hold the weight, are counted apart, and end the run as NoData',
  async (script) => {
    const world = await startedWorld();
    world.metric = () => script;
    await world.release('podinfo:2');
    await world.until('Failed');
    expect(world.weights).toEqual([0, 30, 0]);
    expect(world.lastRun().status).toMatchObject({
      failedChecks: 0,
      unknownChecks: 3,
      outcome: { reason: 'NoData' },
    });
    expect(world.statuses.at(-2)).toBe('Progressing 30 0 0');
  },
);

test('an answer in between starts the count of missing ones anew', async () => {
  const world = await startedWorld();
  let round = 0;
  world.metric = (query) => {
    if (query.includes('histogram_quantile')) return 0.1;
    round += 1;
    return round % 3 === 0 ? 100 : 'noData';
  };
  await world.release('podinfo:2');
  await world.until('Succeeded');
  expect(world.lastRun().status).toMatchObject({
    failedChecks: 0,
    outcome: { reason: 'Promoted' },
  });
});

test('a canary that misses its progress deadline is rolled back without a failed check', async () => {
  const world = await startedWorld({ progressDeadlineSeconds: 60 });
  await world.release('podinfo:2-hang');
  await world.until('Failed');
  expect(world.weights).toEqual([0]);
  expect(world.lastRun().status).toMatchObject({
    failedChecks: 0,
    outcome: { reason: 'ProgressDeadlineExceeded' },
  });
  expect(world.target().spec.replicas).toBe(0);
});

test('a promoted template that does not come up leaves the traffic on the proven canary', async () => {
  const world = await startedWorld({ progressDeadlineSeconds: 60 });
  await world.release('podinfo:2');
  world.breakPrimary = true;
  await world.until('Failed');
  expect(world.weight()).toBe(100);
  expect(world.target().spec.replicas).toBe(2);
  expect(world.lastRun().status?.outcome?.reason).toBe('PromotionFailed');
});

test('a target that changes on the way supersedes the run and starts another', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.release('podinfo:3');
  await world.until('Succeeded');
  expect(world.runs().map(({ status }) => status?.phase)).toEqual(['Superseded', 'Succeeded']);
  expect(world.weights).toEqual([0, 30, 0, 30, 60, 0]);
  expect(world.primaryImage()).toBe('podinfo:3');
  expect(world.events).toContain(
    `Normal Synced New revision detected! Restarting analysis for ${HERE}`,
  );
});

test('a target that goes back to the promoted revision ends the run', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.release('podinfo:1');
  await world.until('Failed');
  expect(world.lastRun().status).toMatchObject({
    phase: 'Aborted',
    outcome: { reason: 'Reverted' },
  });
  expect(world.weight()).toBe(0);
  expect(world.target().spec.replicas).toBe(0);
});

test('a target that is deleted on the way ends the run with all traffic on the primary', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.deleteTarget();
  await world.until('Failed');
  expect(world.weight()).toBe(0);
  expect(world.lastRun().status?.outcome?.reason).toBe('TargetMissing');
});

test('weights raised by hand are taken back, lowered ones are taken over', async () => {
  const world = await startedWorld();
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.setWeight(90);
  world.wake();
  await world.clock.advance(500);
  expect(world.weight()).toBe(30);
  await world.setWeight(10);
  world.wake();
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 90, 30, 10, 40, 70, 0]);
});

test('a failed canary keeps its share while the primary cannot serve, and loses it as soon as it can', async () => {
  const world = await startedWorld({ progressDeadlineSeconds: 60 });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  await world.setPrimaryHealth(false);
  await world.until('Failed');
  expect(world.lastRun().status?.outcome?.reason).toBe('PrimaryNotReady');
  expect(world.weight()).toBe(30);
  expect(world.target().spec.replicas).toBe(2);
  await world.clock.advance(60_000);
  expect(world.weight()).toBe(30);
  await world.setPrimaryHealth(true);
  await world.untilTrue(() => world.weight() === 0, 'weight 0', 30_000);
  await world.clock.advance(5000);
  expect(world.target().spec.replicas).toBe(0);
  expect(world.phase()).toBe('Failed');
  expect(world.canary().status?.canaryWeight).toBe(0);
});
