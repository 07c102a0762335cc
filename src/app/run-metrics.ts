import { isTerminal } from '../delivery/run-status.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { Clock } from '../domain/clock.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Shows in the metrics of the process how long each rollout under way has gone on, and been held. */
export function measureRuns(
  { clock, metrics }: { readonly clock: Clock; readonly metrics: Metrics },
  runs: ObjectCache<RolloutRun>,
): void {
  metrics.onScrape(() => {
    metrics.forget('sluice_rollout_age_seconds', {});
    metrics.forget('sluice_rollout_hold_age_seconds', {});
    for (const run of runs.list()) {
      if (!isTerminal(run)) measureRun(metrics, run, clock.now());
    }
  });
}

function measureRun(metrics: Metrics, { metadata, spec, status }: RolloutRun, now: number): void {
  const { kind, name } = spec.subject;
  const subject = { namespace: metadata.namespace ?? 'default', kind, name };
  const age = secondsSince(metadata.creationTimestamp, now);
  if (age !== undefined) metrics.set('sluice_rollout_age_seconds', subject, age);
  const { held, paused } = status ?? {};
  const holdAge = secondsSince(held?.since ?? paused?.since, now);
  if (holdAge === undefined) return;
  metrics.set('sluice_rollout_hold_age_seconds', { ...subject, gate: held?.gate ?? '' }, holdAge);
}

/** Seconds since a time of the API; undefined when there is none that can be read. */
function secondsSince(time: string | undefined, now: number): number | undefined {
  const since = Date.parse(time ?? '');
  return Number.isNaN(since) ? undefined : Math.max(0, now - since) / 1000;
}
