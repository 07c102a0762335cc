import { RESOURCES } from '../domain/resources.ts';
import { coverageSources, reportAbsence, watchCoverage } from './coverage.ts';
import type { GapReporter } from './coverage-gaps.ts';
import { leaseKey } from './lease-key.ts';
import type { Parts } from './parts.ts';

/** A term that begins later than this follows another leader's. Milliseconds after the start. */
const FIRST_TERM_MS = 60_000;

/** Every term looks for what takes governance away; the first one, soon after the start, also for who was away before. */
export function coverageFollower(
  parts: Parts,
  report: GapReporter,
): (leading: AbortSignal) => void {
  const { client, clock, config } = parts;
  const sources = coverageSources(parts);
  const startedAt = clock.monotonic();
  // What is not known in the first term is not told.
  const options = { signal: new AbortController().signal };
  const found = config.enableLeaderElection
    ? client.get(RESOURCES.leases, leaseKey(config), options).catch(() => undefined)
    : Promise.resolve(undefined);
  return (leading) => {
    if (clock.monotonic() - startedAt < FIRST_TERM_MS) {
      void found.then((lease) => {
        reportAbsence(lease, clock.now(), report);
      });
    }
    void parts.caches.whenSynced(leading).then(
      () => {
        if (!leading.aborted) watchCoverage(sources, report, leading);
      },
      () => undefined,
    );
  };
}
