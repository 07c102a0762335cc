import { afterEach, expect, test } from 'vitest';
import type { FaultRule } from '../../../src/sandbox/api-server/fault-rule.ts';
import { FaultWorld, type Ending } from './fault-world.ts';

const RULES: readonly FaultRule[] = [
  { kind: 'dropWatch', delayMs: 8000 },
  { kind: 'conflict', probability: 0.3 },
  { kind: 'tooManyRequests', probability: 0.15, retryAfterSeconds: 2 },
  { kind: 'internalError', probability: 0.15 },
  { kind: 'unavailable', probability: 0.15 },
  { kind: 'lostAnswer', probability: 0.2 },
  { kind: 'slow', delayMs: 1500 },
  { kind: 'stale', delayMs: 2000 },
];
/** As many requests at least must have been struck. */
const FEWEST = 5;
/** Long enough to cost the leader its Lease. */
const OUTAGE_MS = 20_000;

let world: FaultWorld | undefined;

afterEach(async () => {
  await world?.close();
});

/** One rollout; the faults last from the controller's first request until the end. */
async function play(image: string, rules: readonly FaultRule[]): Promise<Ending> {
  world = new FaultWorld();
  await world.start(rules);
  return world.release(image);
}

const GOOD: Ending = {
  phases: ['Progressing', 'Promoting', 'Finalising', 'Succeeded'],
  weights: [20, 40, 60, 0],
  runs: ['podinfo-1 Succeeded Promoted'],
  primary: 'podinfo:6.0.1',
  replicas: 0,
  lostOnPrimary: 0,
};
const BAD: Ending = {
  phases: ['Progressing', 'Failed'],
  weights: [20, 0],
  runs: ['podinfo-1 Failed FailedChecks'],
  primary: 'podinfo:6.0.0',
  replicas: 0,
  lostOnPrimary: 0,
};

test('undisturbed rollouts end so', async () => {
  expect(await play('podinfo:6.0.1', [])).toEqual(GOOD);
  await world?.close();
  expect(await play('podinfo:6.0.1-err50', [])).toEqual(BAD);
});

test.each(RULES)('a good release is promoted all the same under $kind', async (rule) => {
  expect(await play('podinfo:6.0.1', [rule])).toEqual(GOOD);
  expect(world?.faults.struck.get(rule.kind)).toBeGreaterThanOrEqual(FEWEST);
});

test.each(RULES)('a bad release is rolled back all the same under $kind', async (rule) => {
  expect(await play('podinfo:6.0.1-err50', [rule])).toEqual(BAD);
  expect(world?.faults.struck.get(rule.kind)).toBeGreaterThanOrEqual(FEWEST);
});

const ABORTED: Ending = {
  ...BAD,
  weights: [20, 40, 0],
  runs: ['podinfo-1 Aborted Aborted'],
};

const CONDITIONS: readonly (readonly [string, readonly FaultRule[]])[] = [
  ['nothing', []],
  ...RULES.map((rule) => [rule.kind, [rule]] as const),
];
test.each(CONDITIONS)('an abort takes effect once under %s', async (_kind, rules) => {
  const played = new FaultWorld();
  world = played;
  await played.start(rules);
  let tookMs = Infinity;
  const abort = async (): Promise<void> => {
    tookMs = await played.say('Abort');
  };
  expect(await played.release('podinfo:6.0.1', { weight: 40, then: abort })).toEqual(ABORTED);
  if (rules.length === 0) expect(tookMs).toBeLessThanOrEqual(1000);
  expect(await played.outcome('Abort')).toMatch(/^Done: /);
});

test('a good release is promoted under all of them together', async () => {
  const rules = RULES.map((rule) => ({ ...rule, probability: 0.05 }));
  expect(await play('podinfo:6.0.1', rules)).toEqual(GOOD);
});

test.each([5000, 15_000, 25_000, 35_000])(
  'a good release is promoted after an outage of the API server that began %i ms into it',
  async (afterMs) => {
    world = new FaultWorld();
    const { clock } = world;
    let from = Infinity;
    const isAway = (): boolean => clock.now() >= from && clock.now() < from + OUTAGE_MS;
    await world.start([{ kind: 'unavailable', when: isAway }]);
    from = clock.now() + afterMs;
    expect(await world.release('podinfo:6.0.1')).toEqual(GOOD);
    expect(world.faults.struck.get('unavailable')).toBeGreaterThanOrEqual(FEWEST);
  },
);
