import { rfc3339, sleep } from '../domain/clock.ts';
import type { Decision, Violation } from '../domain/decision.ts';
import { isClusterError } from '../domain/errors.ts';
import type { AdmissionCountsStatus } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import { chain } from '../lib/maybe-promise.ts';
import type { PolicyEngine, ReviewInput } from '../policy/policy-engine.ts';
import type { Parts } from './parts.ts';

/** The violations that this process has found in reviews of real writes. */
export interface AdmissionCounts {
  /** The same answers, counted. */
  readonly engine: PolicyEngine;
  /** Writes them into the status of each policy, at most once a minute and only what has changed. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const WRITE_EVERY_MS = 60_000;
type Counts = { -readonly [K in keyof AdmissionCountsStatus]: AdmissionCountsStatus[K] };

/** A dry run is no write, and a patching review is followed by a validating one: neither counts. */
export function createAdmissionCounts(parts: Parts): AdmissionCounts {
  const counts = new Map<string, Counts>();
  const changed = new Set<string>();
  const since = rfc3339(parts.clock.now());
  const count = (policy: string, kind: keyof typeof COUNTERS): void => {
    parts.metrics.increment('sluice_policy_violations_total', { policy, action: kind });
    const known = counts.get(policy) ?? { ...ZERO, since, until: since };
    known[COUNTERS[kind]] += 1;
    known.until = rfc3339(parts.clock.now());
    counts.set(policy, known);
    changed.add(policy);
  };
  const look = (input: ReviewInput, { violations }: Decision): void => {
    if (input.isFinal !== true || input.request.dryRun) return;
    // Of what is no policy (a window, an overdue review) there is no status.
    for (const violation of violations)
      if (violation.digest !== '') count(violation.policy, kindOf(violation));
  };
  return {
    engine: {
      ...parts.engine,
      review: (input) =>
        chain(parts.engine.review(input), (decision) => {
          look(input, decision);
          return decision;
        }),
    },
    run: (signal) => publish(parts, { counts, changed }, signal),
  };
}

const ZERO = { denied: 0, held: 0, warned: 0, audited: 0, errors: 0, excepted: 0 };
const COUNTERS = {
  Deny: 'denied',
  Hold: 'held',
  Warn: 'warned',
  Audit: 'audited',
  error: 'errors',
  excepted: 'excepted',
} as const;

function kindOf({ action, error, exception }: Violation): keyof typeof COUNTERS {
  if (exception !== undefined) return 'excepted';
  return error === true ? 'error' : action;
}

async function publish(
  parts: Parts,
  {
    counts,
    changed,
  }: { readonly counts: ReadonlyMap<string, Counts>; readonly changed: Set<string> },
  signal: AbortSignal,
): Promise<void> {
  const wait = (): Promise<boolean> =>
    sleep(parts.clock, WRITE_EVERY_MS, signal).then(
      () => true,
      () => false,
    );
  while (await wait()) {
    for (const policy of [...changed]) {
      const known = counts.get(policy);
      if (known === undefined) continue;
      changed.delete(policy);
      await write(parts, policy, known, signal).catch((error: unknown) => {
        changed.add(policy);
        parts.logger.warn({ error, policy }, 'what reviews have found could not be written');
      });
    }
  }
}

async function write(
  { client, identity }: Parts,
  policy: string,
  counts: Counts,
  signal: AbortSignal,
): Promise<void> {
  const body = { status: { admission: { [identity]: counts } } };
  await client
    .patch(
      RESOURCES.rolloutPolicies,
      { name: policy },
      { type: 'merge', body },
      { signal, subresource: 'status' },
    )
    .catch((error: unknown) => {
      if (!isClusterError(error, 'NotFound')) throw error;
    });
}
