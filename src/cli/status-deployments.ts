import { TERMINAL_RUN_PHASES, type RolloutRun } from '../domain/run.ts';
import { formatTable } from './status-rows.ts';

/** One line of `sluice status deployments`. */
export interface DeploymentRow {
  readonly namespace: string;
  readonly deployment: string;
  /** Of its newest run. */
  readonly phase: string;
  readonly failedChecks: number;
  readonly run: string;
  /** What holds it, or how it ended. */
  readonly reason: string;
  /** RFC 3339; when time decides about the hold. */
  readonly nextOpen?: string;
}

/**
 * Where the rolling updates of governed Deployments stand: one row for each Deployment that ever had one, ordered by
 * namespace and name.
 * @param runs of any subjects; the newest of each Deployment (by the number in its name) counts
 */
export function deploymentRows(runs: readonly RolloutRun[]): DeploymentRow[] {
  const newest = new Map<string, RolloutRun>();
  for (const run of runs) {
    if (run.spec.subject.kind !== 'Deployment') continue;
    const key = keyOf(run);
    const known = newest.get(key);
    if (known === undefined || numberOf(known) < numberOf(run)) newest.set(key, run);
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, run]) => rowOf(run));
}

function keyOf({ metadata, spec }: RolloutRun): string {
  return `${metadata.namespace ?? ''}/${spec.subject.name}`;
}

function numberOf({ metadata }: RolloutRun): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);
}

function rowOf({ metadata, spec, status }: RolloutRun): DeploymentRow {
  const { phase = 'Pending', failedChecks = 0, held, outcome } = status ?? {};
  const ended = TERMINAL_RUN_PHASES.has(phase) ? (outcome?.message ?? '') : '';
  return {
    namespace: metadata.namespace ?? '',
    deployment: spec.subject.name,
    phase,
    failedChecks,
    run: metadata.name,
    reason: held === undefined ? ended : `held at ${held.gate}: ${held.reasons.join('; ')}`,
    ...(held?.nextOpen === undefined ? {} : { nextOpen: held.nextOpen }),
  };
}

/** Columns padded with spaces, as kubectl prints tables. */
export function formatDeploymentRows(rows: readonly DeploymentRow[]): string {
  const header = ['NAMESPACE', 'DEPLOYMENT', 'PHASE', 'FAILED', 'RUN', 'REASON'];
  const cells = rows.map(({ namespace, deployment, phase, failedChecks, run, reason }) => [
    namespace,
    deployment,
    phase,
    String(failedChecks),
    run,
    reason,
  ]);
  return formatTable(header, cells);
}
