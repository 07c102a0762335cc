import { expect, test } from 'vitest';
import type { CanaryAnalysis, CanarySpec } from '../../../src/domain/canary.ts';
import type { HttpRoute } from '../../../src/delivery/http-route-object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { startedWorld } from '../../support/delivery-start.ts';
import { NAME, NAMESPACE, type DeliveryWorld } from '../../support/delivery-world.ts';

const HERE = `${NAME}.${NAMESPACE}`;

/** A rollout of version 2 at 30 percent, with the next round due in ten seconds. */
async function atThirty(analysis: CanaryAnalysis = {}): Promise<DeliveryWorld> {
  const world = await startedWorld({}, analysis);
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  return world;
}

const edit = (world: DeliveryWorld, change: Partial<CanaryAnalysis>): Promise<void> =>
  world.editCanary((spec) => ({ ...spec, analysis: { ...spec.analysis, ...change } }));

const reasons = (world: DeliveryWorld): (string | undefined)[] =>
  world.runs().map(({ status }) => status?.outcome?.reason);

test.each<[string, Partial<CanaryAnalysis>, number[]]>([
  ['smaller steps', { stepWeight: 10, maxWeight: 60 }, [0, 30, 40, 50, 60, 0]],
  ['a list of weights', { stepWeight: 0, stepWeights: [5, 50, 80] }, [0, 30, 50, 80, 0]],
  ['a higher maximum', { maxWeight: 90 }, [0, 30, 60, 90, 0]],
  ['a maximum below the live weight: promoted', { maxWeight: 20 }, [0, 30, 0]],
])('steps edited in a rollout hold from the live weight on: %s', async (_name, change, weights) => {
  const world = await atThirty();
  await edit(world, change);
  await world.until('Succeeded');
  expect(world.weights).toEqual(weights);
  expect(reasons(world)).toEqual(['Promoted']);
});

test('a threshold edited below the failed checks so far rolls back at once', async () => {
  const world = await atThirty();
  world.metric = () => 0;
  await world.untilTrue(() => world.canary().status?.failedChecks === 1, 'a failed check');
  const before = world.clock.now();
  await edit(world, { threshold: 1 });
  await world.until('Failed');
  expect(world.clock.now() - before).toBeLessThan(1000);
  expect(world.weight()).toBe(0);
});

test('an interval edited in a rollout holds from the last round on', async () => {
  const world = await atThirty();
  const before = world.clock.now();
  await edit(world, { interval: '40s' });
  await world.untilTrue(() => world.weight() === 60, 'weight 60');
  expect(world.clock.now() - before).toBeGreaterThan(39_000);
  expect(world.clock.now() - before).toBeLessThan(41_000);
});

test('metrics edited while they are asked: the answer to the old check never counts for the new one', async () => {
  let hangs = true;
  const world = await atThirty();
  world.metric = (query) => (query === 'new' ? 0 : hangs ? 'hang' : 100);
  await world.clock.advance(11_000);
  expect(world.weight()).toBe(30);
  await edit(world, { metrics: [{ name: 'new', query: 'new', thresholdRange: { min: 99 } }] });
  hangs = false;
  await world.until('Failed');
  expect(world.weights).toEqual([0, 30, 0]);
  expect(world.lastRun().status?.outcome?.reason).toBe('FailedChecks');
});

test('a hook added while its round goes on is asked before the round ends', async () => {
  const world = await atThirty({});
  const { metric } = world;
  world.metric = () => 'hang';
  await world.clock.advance(11_000);
  world.metric = metric;
  world.hooks = { late: () => 403 };
  await edit(world, { webhooks: [world.hook('confirm-traffic-increase', 'late')] });
  await world.clock.advance(60_000);
  expect(world.weight()).toBe(30);
  expect(world.lastRun().status?.held).toMatchObject({ gate: 'TrafficIncrease', hook: 'late' });
  await edit(world, { webhooks: [] });
  await world.until('Succeeded');
});

test('skipAnalysis turned on in a rollout promotes at the next round, past the gate Promotion', async () => {
  const world = await atThirty();
  let open = false;
  world.gate = ({ gate }) => (gate === 'Promotion' && !open ? { reason: 'freeze' } : 'allow');
  await world.editCanary((spec) => ({ ...spec, skipAnalysis: true }));
  await world.clock.advance(30_000);
  expect(world.weight()).toBe(30);
  expect(world.lastRun().status?.held).toMatchObject({ gate: 'Promotion' });
  open = true;
  await world.until('Succeeded');
  expect(reasons(world)).toEqual(['AnalysisSkipped']);
  expect(world.primaryImage()).toBe('podinfo:2');
  expect(world.weights).toEqual([0, 30, 0]);
});

test('a provider edited in a rollout is the next one’s: the run ends with the router it began with', async () => {
  const world = await atThirty();
  await world.editCanary((spec) => ({ ...spec, provider: 'kubernetes' }));
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
  await world.release('podinfo:3');
  await world.untilTrue(() => world.runs().length === 2, 'another run');
  expect(world.lastRun().spec).toMatchObject({ provider: 'kubernetes', strategy: 'blue-green' });
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
});

test('an unknown provider edited in a rollout is told once the run has ended', async () => {
  const world = await atThirty();
  await world.editCanary((spec) => ({ ...spec, provider: 'istioo' }));
  await world.until('Succeeded');
  await world.untilTrue(
    () => world.condition('Ready')?.reason === 'ProviderUnknown',
    'the condition',
  );
});

test('another strategy begins the analysis anew, its gate included', async () => {
  const world = await atThirty();
  world.questions.splice(0);
  await edit(world, { stepWeight: 0, maxWeight: 0, iterations: 2 });
  await world.until('Succeeded');
  expect(reasons(world)).toEqual(['StrategyChanged', 'Promoted']);
  expect(world.weights).toEqual([0, 30, 0, 100, 0]);
  expect(world.questions.map(({ gate }) => gate)).toContain('RolloutStart');
  expect(world.events).toContain(
    `Normal Synced Strategy changed to blue-green! Restarting analysis for ${HERE}`,
  );
});

test.each<[string, Partial<CanarySpec>, CanaryAnalysis, RegExp]>([
  ['a part that is not supported', {}, { mirror: true }, /mirror/],
  ['no steps at all', {}, { stepWeight: 0 }, /none of stepWeight/],
])(
  'an edit to %s holds the weight, and bad checks still roll back',
  async (_n, spec, change, text) => {
    const world = await atThirty();
    const before = world.canary().spec;
    await world.editCanary((old) => ({
      ...old,
      ...spec,
      analysis: { ...old.analysis, ...change },
    }));
    await world.clock.advance(60_000);
    expect(world.weight()).toBe(30);
    expect(world.condition('Ready')).toMatchObject({ reason: 'Unsupported' });
    expect(world.condition('Ready')?.message).toMatch(text);
    expect(world.events.filter((event) => text.test(event))).toHaveLength(1);
    const queries = world.queries.length;
    await world.clock.advance(30_000);
    expect(world.queries.length).toBeGreaterThan(queries);
    world.metric = () => 0;
    await world.until('Failed');
    expect(world.weight()).toBe(0);
    await world.editCanary(() => before);
    await world.untilTrue(() => world.condition('Ready') === undefined, 'the condition is gone');
  },
);

test('the service edited in a rollout: the route follows with the weights that are live', async () => {
  const world = await atThirty();
  await world.editCanary((spec) => ({
    ...spec,
    service: { port: 80, ...spec.service, hosts: ['new.example.com'] },
  }));
  await world.clock.advance(1000);
  const route = world.client.peek<HttpRoute>(RESOURCES.httpRoutes, NAMESPACE, NAME);
  expect(route?.spec.hostnames).toEqual(['new.example.com']);
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
});

test.each(['idle', 'in a rollout'])(
  'targetRef edited %s touches nothing of the other target, and set back all goes on',
  async (when) => {
    const world = when === 'idle' ? await startedWorld() : await atThirty();
    const other = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'other', namespace: NAMESPACE },
    };
    await world.client.create(RESOURCES.services, {
      ...other,
      spec: { selector: { app: 'x' } },
    } as never);
    await world.client.create(RESOURCES.deployments, {
      ...structuredClone(world.target()),
      metadata: { name: 'other', namespace: NAMESPACE },
      spec: {
        ...world.target().spec,
        template: { metadata: { labels: { app: 'x' } }, spec: { containers: [] } },
      },
    } as never);
    const writes = world.client.writes.length;
    const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' };
    const before = world.canary().spec.targetRef;
    await world.editCanary((spec) => ({ ...spec, targetRef }));
    await world.clock.advance(120_000);
    expect(world.condition('Ready')).toMatchObject({ reason: 'PrimaryMissing' });
    // The Deployment's own status is written by its controller.
    const changed = world.client.writes
      .slice(writes)
      .filter(({ verb, resource }) => verb !== 'replaceStatus' || resource !== 'deployments')
      .map(({ resource }) => resource);
    expect(new Set(changed)).toEqual(new Set(['canaries']));
    await world.editCanary((spec) => ({ ...spec, targetRef: before }));
    if (when === 'idle') await world.release('podinfo:2');
    await world.until('Succeeded');
    expect(world.weights).toEqual([0, 30, 60, 0]);
    expect(world.runs()).toHaveLength(1);
  },
);

test('suspended in a rollout: nothing moves; resumed, the run goes on where it was', async () => {
  const world = await atThirty();
  await world.editCanary((spec) => ({ ...spec, suspend: true }));
  await world.clock.advance(120_000);
  expect(world.weight()).toBe(30);
  await world.editCanary((spec) => ({ ...spec, suspend: false }));
  await world.until('Succeeded');
  expect(world.weights).toEqual([0, 30, 60, 0]);
});
