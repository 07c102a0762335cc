import { SCAN_EFFECTS } from '../policy/scan-tally.ts';
import { unscannedResources } from '../policy/scan-kinds.ts';
import type { ActivePolicy } from '../policy/snapshot.ts';
import type { Parts } from './parts.ts';
import type { ScanView } from './scan-view.ts';
import type { ScanTarget } from './scan-targets.ts';

/** Shows the scan in the metrics of the process until what it returns is called. */
export function measureScan(parts: Parts, scan: ScanView, pending: () => number): () => void {
  let current: ScanView | undefined = scan;
  parts.metrics.onScrape(() => {
    for (const name of SERIES) parts.metrics.forget(name, {});
    if (current === undefined) return;
    parts.metrics.set('sluice_scan_pending', {}, pending());
    measure(parts, current);
  });
  return () => {
    current = undefined;
  };
}

function measure({ clock, engine, metrics }: Parts, scan: ScanView): void {
  for (const { label, cache } of scan.targets) {
    metrics.set('sluice_scan_objects', { kind: label }, cache.list().length);
  }
  for (const policy of scan.tally.policies()) {
    const counts = scan.tally.counts(policy);
    for (const action of SCAN_EFFECTS) {
      if (action === 'pass') continue;
      metrics.set('sluice_scan_violations', { policy, action }, counts[action]);
    }
  }
  for (const active of engine.snapshot().policies) {
    for (const resource of unscannedNames(active, scan.targets)) {
      metrics.set('sluice_scan_unscanned', { resource }, 1);
    }
  }
  const { completedAt } = scan;
  if (completedAt === undefined) return;
  metrics.set('sluice_scan_age_seconds', {}, Math.max(0, clock.now() - completedAt) / 1000);
}

const SERIES = [
  'sluice_scan_pending',
  'sluice_scan_objects',
  'sluice_scan_violations',
  'sluice_scan_unscanned',
  'sluice_scan_age_seconds',
] as const;

/** `resource.group` of each resource that a policy names for the scan and that is not examined, and why. */
export function unscannedNames(
  active: ActivePolicy,
  targets: readonly ScanTarget[],
): readonly string[] {
  const scanned = targets
    .filter(({ cache }) => cache.synced)
    .map(({ type }) => ({ group: type.group, resource: type.plural }));
  return unscannedResources(active, scanned).map(({ group, resource }) =>
    group === '' ? resource : `${resource}.${group}`,
  );
}
