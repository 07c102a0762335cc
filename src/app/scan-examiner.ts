import { parseKeyText } from '../domain/object.ts';
import type { Facts } from '../domain/decision.ts';
import { scanDecision, scanObject } from '../policy/scan.ts';
import type { LatencySamples } from '../policy/scan-latency.ts';
import type { ActivePolicy, PolicySnapshot } from '../policy/snapshot.ts';
import type { Parts } from './parts.ts';
import type { Examined } from './scan-reporter.ts';
import type { ScanTarget } from './scan-targets.ts';

/** Looks at one object under the policies that are in force now. */
export interface Examiner {
  /**
   * @param subject `<label> <namespace>/<name>`
   * @returns what was found, and whether an evaluation was cut off for taking too long
   */
  examine(subject: string): { readonly found: Examined; readonly isLate: boolean };
}

/** One object may take no longer, or the event loop would wait; what is cut off is an error, as at admission. */
const DEADLINE_MS = 30;
/** One policy of every so many objects is timed. */
const SAMPLE_EVERY = 8;

/** @param latency takes the times of evaluations */
export function createExaminer(
  parts: Parts,
  targets: readonly ScanTarget[],
  latency: LatencySamples,
): Examiner {
  const { engine, clock } = parts;
  const byLabel = new Map(targets.map((target) => [target.label, target]));
  let looked = 0;
  return {
    examine: (subject) => {
      const space = subject.indexOf(' ');
      const target = byLabel.get(subject.slice(0, space));
      const object = target?.cache.get(parseKeyText(subject.slice(space + 1)));
      if (target === undefined || object?.metadata.deletionTimestamp !== undefined) return NOTHING;
      if (object === undefined) return NOTHING;
      const snapshot = engine.snapshot();
      const facts = engine.scanFacts(snapshot, { object, type: target.type });
      const candidates = snapshot.candidates('Scan', facts.request);
      if (candidates.length === 0) return NOTHING;
      const end = clock.monotonic() + DEADLINE_MS;
      let isLate = false;
      const { results } = scanObject(snapshot, facts, () => {
        isLate ||= clock.monotonic() >= end;
        return isLate;
      });
      const sample = candidates[Math.floor(looked / SAMPLE_EVERY) % candidates.length];
      if (looked++ % SAMPLE_EVERY === 0 && sample !== undefined)
        time(parts, latency, snapshot, { active: sample, facts });
      return { found: results.length === 0 ? undefined : { object, results }, isLate };
    },
  };
}

const NOTHING = { found: undefined, isLate: false } as const;

/** Times a decision on one policy alone. */
function time(
  { clock }: Parts,
  latency: LatencySamples,
  snapshot: PolicySnapshot,
  { active, facts }: { readonly active: ActivePolicy; readonly facts: Facts },
): void {
  const alone: PolicySnapshot = { ...snapshot, policies: [active], candidates: () => [active] };
  const start = clock.monotonic();
  scanDecision(alone, facts, () => clock.monotonic() - start >= DEADLINE_MS);
  latency.add(active.compiled.name, (clock.monotonic() - start) * 1000);
}
