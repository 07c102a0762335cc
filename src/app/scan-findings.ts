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
  const examples = latestExamples(scan);
  const turn = takeTurns(parts);
  return (policy) => {
    const condition = conditionOf(parts, scan, policy.metadata.name);
    const scanned = condition === undefined ? {} : { scanned: condition };
    const isAsked = condition?.reason !== NOT_ASKED || policy.status?.scan !== undefined;
    // What is not settled is told of again when it is.
    if (scan.completedAt === undefined || !scan.isSettled || !isAsked) return { findings: scanned };
    const news = newsOf(policy, scan, examples());
    if (news === undefined) return { findings: scanned };
    const againMs = turn(policy.metadata.name);
    return againMs > 0 ? { findings: scanned, againMs } : { findings: { ...scanned, ...news } };
  };
}

/** Made when they are first asked for after the tally has changed. */
function latestExamples(scan: ScanView): () => ReadonlyMap<string, readonly string[]> {
  let examples: ReadonlyMap<string, readonly string[]> | undefined;
  scan.subscribe(() => {
    examples = undefined;
  });
  return () => (examples ??= scan.tally.examples(MAX_EXAMPLES));
}

/** @returns of what gives 0 when a policy may be written now, which takes its turn, or how long it has to wait */
function takeTurns({ clock }: Parts): (policy: string) => number {
  const writtenAt = new Map<string, number>();
  return (policy) => {
    const now = clock.monotonic();
    const waitMs = (writtenAt.get(policy) ?? -Infinity) + WRITE_EVERY_MS - now;
    if (waitMs > 0) return waitMs;
    writtenAt.set(policy, now);
    return 0;
  };
}

/** What differs from what is stored; undefined when nothing does. */
function newsOf(
  policy: RolloutPolicy,
  { tally, latency }: ScanView,
  examples: ReadonlyMap<string, readonly string[]>,
): Pick<PolicyFindings, 'scan' | 'latency'> | undefined {
  const { name } = policy.metadata;
  const scan = { counts: tally.counts(name), examples: examples.get(name) ?? [] };
  const timed = latency.of(name);
  if (timed !== undefined && isNews(timed, policy.status?.latency)) return { scan, latency: timed };
  return isStored(policy, scan) ? undefined : { scan };
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
