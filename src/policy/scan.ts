import type { Decision, Facts } from '../domain/decision.ts';
import { decide } from './decide.ts';
import { scanResults, type ScanResult } from './scan-results.ts';
import type { PolicySnapshot } from './snapshot.ts';

/** What the scan found about one object. */
export interface Scanned {
  readonly decision: Decision;
  readonly results: readonly ScanResult[];
}

/**
 * The decision of the background scan: that of every other path on the same facts. What expressions ask the authorizer
 * is not asked in a scan, and so an error that follows failurePolicy.
 * @param deadline asked now and then; true ends the evaluation with an error
 */
export function scanDecision(
  snapshot: PolicySnapshot,
  facts: Facts,
  deadline?: () => boolean,
): Decision {
  return decide(snapshot, facts, deadline);
}

/** Decides on an object, and says how each policy that concerns it fared. */
export function scanObject(
  snapshot: PolicySnapshot,
  facts: Facts,
  deadline?: () => boolean,
): Scanned {
  const decision = scanDecision(snapshot, facts, deadline);
  return { decision, results: scanResults(snapshot, facts, decision, deadline) };
}
