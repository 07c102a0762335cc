import { expect, test } from 'vitest';
import { measureRuns } from '../../../src/app/run-metrics.ts';
import type { ObjectCache } from '../../../src/domain/client.ts';
import { rfc3339 } from '../../../src/domain/clock.ts';
import type { RolloutRun, RolloutRunStatus } from '../../../src/domain/run.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { runOf } from '../../support/plan-fixture.ts';

const clock = new VirtualClock(Date.UTC(2026, 0, 1, 12));
const ago = (seconds: number): string => rfc3339(clock.now() - seconds * 1000);

function run(status: Partial<RolloutRunStatus>, creationTimestamp?: string): RolloutRun {
  const made = runOf(status);
  const at = creationTimestamp === undefined ? {} : { creationTimestamp };
  return { ...made, metadata: { ...made.metadata, ...at } };
}

/** The series of the two metrics, without their help. */
async function shown(...runs: RolloutRun[]): Promise<string[]> {
  const metrics = createMetrics();
  measureRuns({ clock, metrics }, { list: () => runs } as unknown as ObjectCache<RolloutRun>);
  const { body } = await metrics.expose();
  return body.split('\n').filter((line) => /^sluice_rollout_(hold_)?age_seconds\{/.test(line));
}

test('a rollout under way shows its age, a held one how long it has been held', async () => {
  const held = { gate: 'Promotion', since: ago(30), reasons: [] } as const;
  expect(await shown(run({ held: { ...held, reasons: [] } }, ago(90)))).toEqual([
    'sluice_rollout_age_seconds{namespace="shop",kind="Canary",name="app"} 90',
    'sluice_rollout_hold_age_seconds{namespace="shop",kind="Canary",name="app",gate="Promotion"} 30',
  ]);
});

test('one that somebody has paused is held at no gate', async () => {
  expect(await shown(run({ paused: { by: 'ann', since: ago(5) } }, ago(9)))).toEqual([
    'sluice_rollout_age_seconds{namespace="shop",kind="Canary",name="app"} 9',
    'sluice_rollout_hold_age_seconds{namespace="shop",kind="Canary",name="app",gate=""} 5',
  ]);
});

test.each(['Succeeded', 'Failed', 'Aborted', 'Superseded'] as const)(
  'one that is %s shows nothing any more',
  async (phase) => {
    expect(await shown(run({ phase }, ago(90)))).toEqual([]);
  },
);

test('times that cannot be read, or lie ahead, are no reason for a wrong number', async () => {
  expect(await shown(run({}, 'never'))).toEqual([]);
  expect(await shown(run({}, ago(-60)))).toEqual([
    'sluice_rollout_age_seconds{namespace="shop",kind="Canary",name="app"} 0',
  ]);
});
