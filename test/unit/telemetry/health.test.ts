import { expect, it } from 'vitest';
import { createHealth, formatHealth } from '../../../src/telemetry/health.ts';

it('is ready while every check is content', () => {
  const health = createHealth();
  let problem: string | undefined = 'no list yet';
  health.require('cache/canaries', () => problem);
  expect(health.ready()).toEqual({
    ok: false,
    checks: [{ name: 'shutdown' }, { name: 'cache/canaries', problem: 'no list yet' }],
  });
  problem = undefined;
  expect(health.ready().ok).toBe(true);
});

it('is not ready once it shuts down, and stays alive', () => {
  const health = createHealth();
  health.drain();
  expect(health.ready().ok).toBe(false);
  expect(health.live().ok).toBe(true);
});

it('a check that throws counts as failed', () => {
  const health = createHealth();
  health.require('broken', () => {
    throw new Error('secret');
  });
  expect(health.ready().checks).toContainEqual({
    name: 'broken',
    problem: 'the check itself failed',
  });
});

it('prints as the API server does', () => {
  const report = { ok: false, checks: [{ name: 'a' }, { name: 'b', problem: 'stale' }] };
  expect(formatHealth(report, 'readyz')).toBe('[+]a ok\n[-]b failed: stale\nreadyz check failed\n');
});
