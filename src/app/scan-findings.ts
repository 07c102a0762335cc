import type { RolloutPolicy } from '../domain/policy.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import { isNews } from '../policy/scan-latency.ts';
import { scanStatus, type PolicyFindings } from '../policy/policy-status.ts';
import { scannedResources } from '../policy/scan-kinds.ts';
import type { Parts } from './parts.ts';
import type { ScanView } from './scan-view.ts';
import { unscannedNames } from './scan-metrics.ts';

/** What the scan has found about a policy, for its status, and after how many milliseconds there will be more. */
export type ScanFindings = (policy: RolloutPolicy) => {
  readonly findings: PolicyFindings;
  readonly againMs?: number;
};

/** How often what the scan counts is written at most. */
const WRITE_EVERY_MS = 60_000;
const MAX_EXAMPLES = 10;
const NOT_ASKED = 'NotAsked';

/** Counts change with every object: what is stored stays for a minute before others take its place. */
export function createScanFindings(parts: Parts, scan: ScanView): ScanFindings {
  const { clock } = parts;
  const writtenAt = new Map<string, number>();
  let examples: ReadonlyMap<string, readonly string[]> | undefined;
  scan.subscribe(() => {
    examples = undefined;
  });
  return (policy) => {
    const { name } = policy.metadata;
    const condition = conditionOf(parts, scan, name);
    const scanned = condition === undefined ? {} : { scanned: condition };
    // What is not settled is told of again when it is.
    if (scan.completedAt === undefined || !scan.isSettled) return { findings: scanned };
    const isAsked = condition?.reason !== NOT_ASKED;
    if (!isAsked && policy.status?.scan === undefined) return { findings: scanned };
    examples ??= scan.tally.examples(MAX_EXAMPLES);
    const found = { counts: scan.tally.counts(name), examples: examples.get(name) ?? [] };
    const latency = scan.latency.of(name);
    const isTimed = latency !== undefined && isNews(latency, policy.status?.latency);
    if (!isTimed && isStored(policy, found)) return { findings: scanned };
    const now = clock.monotonic();
    const waitMs = (writtenAt.get(name) ?? -Infinity) + WRITE_EVERY_MS - now;
    if (waitMs > 0) return { findings: scanned, againMs: waitMs };
    writtenAt.set(name, now);
    return { findings: { ...scanned, scan: found, ...(isTimed ? { latency } : {}) } };
  };
}

function isStored({ status }: RolloutPolicy, found: NonNullable<PolicyFindings['scan']>): boolean {
  if (status?.scan === undefined) return false;
  const [stored, next] = [status.scan, scanStatus(found)].map((each) =>
    canonicalJson(each as unknown as Json),
  );
  return stored === next;
}

/** Whether everything that the policy is about is examined, and where the results are. */
function conditionOf(
  { engine, config }: Parts,
  scan: ScanView,
  name: string,
): PolicyFindings['scanned'] {
  const active = engine.snapshot().policies.find(({ compiled }) => compiled.name === name);
  if (active === undefined || scannedResources(active).length === 0) {
    const message = 'no binding has it evaluated at Scan';
    return { status: 'False', reason: NOT_ASKED, message };
  }
  const left = unscannedNames(active, scan.targets);
  if (left.length > 0) {
    return {
      status: 'False',
      reason: 'KindsNotScanned',
      message: `not examined: ${left.join(', ')}; name the kind in --scan-kinds and give the controller the right to list and watch it`,
    };
  }
  // Nothing is said yet, rather than something that changes at once.
  if (scan.completedAt === undefined) return undefined;
  if (scan.isReporting || config.reports === 'off') {
    return { status: 'True', reason: 'Scanned', message: 'every object that it names is examined' };
  }
  return {
    status: 'True',
    reason: 'NoReports',
    message:
      'every object that it names is examined; no reports are written, because neither openreports.io nor wgpolicyk8s.io is installed',
  };
}
