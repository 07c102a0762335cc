import type { Canary } from '../domain/canary.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../domain/run.ts';

/** One line of `sluice status`. Weights are percent. */
export interface StatusRow {
  readonly namespace: string;
  readonly canary: string;
  /** Of the Canary, as Flagger names it; `-` before the first reconcile. */
  readonly phase: string;
  readonly weight: number;
  readonly failedChecks: number;
  /** Name of the newest run; `-` when there was none. */
  readonly run: string;
  /** What holds it, how it ended, or what is missing. */
  readonly reason: string;
  /** RFC 3339; when time decides about the hold. */
  readonly nextOpen?: string;
}

/**
 * What runs now, one row a Canary, ordered by namespace and name.
 * @param runs of any subjects; the newest of each Canary (by the number in its name) counts
 */
export function statusRows(canaries: readonly Canary[], runs: readonly RolloutRun[]): StatusRow[] {
  return canaries
    .map((canary) => rowOf(canary, newestRun(canary, runs)))
    .sort((a, b) => compare(`${a.namespace}/${a.canary}`, `${b.namespace}/${b.canary}`));
}

function rowOf(canary: Canary, run: RolloutRun | undefined): StatusRow {
  const status = canary.status;
  const held = run?.status?.held;
  return {
    namespace: canary.metadata.namespace ?? '',
    canary: canary.metadata.name,
    phase: phaseOf(status),
    weight: status?.canaryWeight ?? 0,
    failedChecks: status?.failedChecks ?? 0,
    run: run?.metadata.name ?? '-',
    reason: reasonOf(canary, run),
    ...(held?.nextOpen === undefined ? {} : { nextOpen: held.nextOpen }),
  };
}

function phaseOf(status: Canary['status']): string {
  const phase = status?.phase ?? '';
  return phase === '' ? '-' : phase;
}

function reasonOf(canary: Canary, run: RolloutRun | undefined): string {
  const status = run?.status;
  if (status?.held !== undefined)
    return `held at ${status.held.gate}: ${status.held.reasons.join('; ')}`;
  const promoted = canary.status?.conditions?.find(({ type }) => type === 'Promoted');
  const running = status !== undefined && !TERMINAL_RUN_PHASES.has(status.phase);
  if (!running && status?.outcome !== undefined) return status.outcome.message;
  return promoted?.message ?? '';
}

function newestRun(canary: Canary, runs: readonly RolloutRun[]): RolloutRun | undefined {
  return runs
    .filter(({ spec }) => spec.subject.uid === canary.metadata.uid)
    .sort((a, b) => numberOf(a) - numberOf(b))
    .at(-1);
}

function numberOf(run: RolloutRun): number {
  return Number(/-(\d+)$/.exec(run.metadata.name)?.[1] ?? 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Columns padded with two spaces between, as kubectl prints tables. */
export function formatRows(rows: readonly StatusRow[]): string {
  const header = ['NAMESPACE', 'CANARY', 'PHASE', 'WEIGHT', 'FAILED', 'RUN', 'REASON'];
  const cells = rows.map((row) => [
    row.namespace,
    row.canary,
    row.phase,
    `${row.weight}%`,
    String(row.failedChecks),
    row.run,
    row.reason,
  ]);
  return formatTable(header, cells);
}

/** Columns padded with spaces, a line each. */
export function formatTable(
  header: readonly string[],
  cells: readonly (readonly string[])[],
): string {
  const all = [header, ...cells];
  const widths = header.map((_, column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
