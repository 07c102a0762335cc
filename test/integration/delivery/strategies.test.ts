import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { startedWorld } from '../../support/delivery-start.ts';

const MATCH = [{ headers: { 'x-canary': { exact: 'insider' } } }];

interface Rule {
  matches?: { headers?: { name: string }[] }[];
  filters?: { type: string }[];
  backendRefs: { name: string; weight: number }[];
}

function rules(world: DeliveryWorld): Rule[] {
  const route = world.client.peek<KubeObject & { spec: { rules: Rule[] } }>(
    RESOURCES.httpRoutes,
    NAMESPACE,
    NAME,
  );
  return route?.spec.rules ?? [];
}

function mirrors(world: DeliveryWorld): boolean {
  return rules(world)[0]?.filters?.some(({ type }) => type === 'RequestMirror') ?? false;
}

function asked(world: DeliveryWorld): string[] {
  return world.questions.map(({ gate, rollout }) => `${gate} ${rollout.toWeight}`);
}

test('A/B: the gate is asked before what matches goes to the canary', async () => {
  const world = await startedWorld({}, { stepWeight: 0, iterations: 3, match: MATCH });
  let isOpen = false;
  world.gate = ({ gate }) =>
    gate === 'TrafficIncrease' && !isOpen ? { reason: 'a freeze' } : 'allow';
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.held?.gate === 'TrafficIncrease', 'held');
  expect(asked(world)).toContain('TrafficIncrease 100');
  expect(rules(world)[0]?.backendRefs.map(({ weight }) => weight)).toEqual([100, 0]);
  await world.clock.advance(30_000);
  expect(world.weight()).toBe(0);
  isOpen = true;
  await world.untilTrue(() => world.lastRun().status?.step === 1, 'iteration 1');
  const [matching, others] = rules(world);
  expect(matching?.matches?.[0]?.headers?.map(({ name }) => name)).toContain('x-canary');
  expect(matching?.backendRefs.map(({ weight }) => weight)).toEqual([0, 100]);
  expect(others?.backendRefs.map(({ name }) => name)).toEqual(['podinfo-primary']);
  await world.until('Succeeded');
  expect(world.primaryImage()).toBe('podinfo:2');
  expect(rules(world)[0]?.backendRefs.map(({ weight }) => weight)).toEqual([100, 0]);
});

test('A/B: a bad version is rolled back', async () => {
  const world = await startedWorld({}, { stepWeight: 0, iterations: 5, match: MATCH });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.step === 2, 'iteration 2');
  world.metric = () => 0;
  await world.until('Failed');
  expect(world.weight()).toBe(0);
  expect(world.target().spec.replicas).toBe(0);
});

test('blue/green with a mirror: the gate is asked before the copies, and before the switch', async () => {
  const world = await startedWorld({}, { stepWeight: 0, iterations: 2, mirror: true });
  let open: number[] = [];
  world.gate = ({ gate, rollout }) =>
    gate === 'TrafficIncrease' && !open.includes(rollout.toWeight)
      ? { reason: 'a freeze' }
      : 'allow';
  await world.release('podinfo:2');
  await world.untilTrue(() => world.lastRun().status?.held?.gate === 'TrafficIncrease', 'held');
  expect(mirrors(world)).toBe(false);
  open = [0];
  await world.untilTrue(() => world.lastRun().status?.step === 1, 'iteration 1');
  expect(mirrors(world)).toBe(true);
  expect(world.weight()).toBe(0);
  await world.untilTrue(() => world.lastRun().status?.phase === 'Held', 'held at the switch');
  expect(world.lastRun().status?.step).toBe(2);
  open = [0, 100];
  await world.untilTrue(() => world.weight() === 100, 'switched');
  expect(mirrors(world)).toBe(false);
  await world.until('Succeeded');
  expect(world.events).toContain(
    'Normal Synced Stop traffic mirroring and route all traffic to canary',
  );
});

test('a bad version behind a mirror gets no copies any more', async () => {
  const world = await startedWorld({}, { stepWeight: 0, iterations: 5, mirror: true });
  await world.release('podinfo:2');
  await world.untilTrue(() => mirrors(world), 'mirrored');
  world.metric = () => 0;
  await world.until('Failed');
  expect(mirrors(world)).toBe(false);
  expect(world.weights).toEqual([0]);
});

test('weights with a match move what matches alone', async () => {
  const world = await startedWorld({}, { match: MATCH });
  await world.release('podinfo:2');
  await world.untilTrue(() => world.weight() === 30, 'weight 30');
  const [matching, others] = rules(world);
  expect(matching?.matches?.[0]?.headers?.map(({ name }) => name)).toContain('x-canary');
  expect(matching?.backendRefs.map(({ weight }) => weight)).toEqual([70, 30]);
  expect(others?.backendRefs.map(({ name }) => name)).toEqual(['podinfo-primary']);
  await world.until('Succeeded');
});

test('without a router the match is left out and the analysis iterates, as each round says', async () => {
  const world = new DeliveryWorld();
  await world.create({ provider: 'kubernetes' }, { stepWeight: 10, match: MATCH });
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('Succeeded');
  const told = (text: string): number =>
    world.events.filter((event) => event === `Warning Synced ${text}`).length;
  expect(told('A/B testing is not supported when using the kubernetes provider')).toBe(12);
  expect(told('Progressive traffic is not supported when using the kubernetes provider')).toBe(12);
  expect(told('Setting canaryAnalysis.iterations: 10')).toBe(12);
  expect(world.statuses).toContain('Progressing 0 11 0');
});
