import { expect, test } from 'vitest';
import { OPTIONS } from '../../../src/config/options.ts';
import { INTERVAL_MS, playFleet } from '../../support/fleet.ts';

const CANARIES = 60;

test('many rollouts at once, with a slow API server that refuses in bursts and metrics that time out: none late, none lost', async () => {
  const played = await playFleet({
    canaries: CANARIES,
    workers: Number(OPTIONS.threadiness.default),
    latencyMs: 20,
    trouble: true,
  });
  expect(played.lost).toBe(0);
  expect(played.uneven).toBe(0);
  expect(Math.max(...played.lateness)).toBeLessThanOrEqual(INTERVAL_MS);
  expect(played.refused).toBeGreaterThan(100);
  expect(played.unanswered).toBeGreaterThan(10);
  const { ends } = played;
  expect(Object.values(ends).reduce((sum, count) => sum + count, 0)).toBe(CANARIES);
  // Those that nothing ails are promoted, save for the few whose metrics time out three times in a row.
  expect(ends['Succeeded Promoted']).toBeGreaterThanOrEqual(CANARIES * 0.55);
  expect(ends['Failed FailedChecks']).toBeGreaterThanOrEqual(CANARIES * 0.15);
  expect(ends['Succeeded Promoted after another']).toBeGreaterThanOrEqual(1);
});
