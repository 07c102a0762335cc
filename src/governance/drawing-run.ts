import { readBudgetReason, trafficShare } from '../domain/budget.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../domain/run.ts';
import { instantIn } from '../domain/expiry.ts';

/** What is known of the Canary or Deployment behind a run. */
export interface RunSubject {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly namespaceLabels: Readonly<Record<string, string>>;
}

/** A run that is not over, as budgets see it. */
export interface DrawingRun {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Nanoseconds since the Unix epoch; 0 when not known. */
  readonly createdAt: bigint;
  /** Whether it has begun: it takes one of the places of `maxConcurrent`. */
  readonly isStarted: boolean;
  /** The greater of the canary's weight and what was reserved for it, percent. */
  readonly weight: number;
  /** Declared share of all traffic, percent. */
  readonly share: number;
  /** undefined: not known any more, and so every budget in reach counts it. */
  readonly subject: RunSubject | undefined;
  /** The budgets that alone hold it, and since when. */
  readonly waiting?: {
    readonly since: bigint;
    /** `<namespace>/<name>`, and how many percent it asked for; undefined where it asked for a place. */
    readonly budgets: ReadonlyMap<string, number | undefined>;
  };
}

/**
 * Runs as budgets see them; those that are over are left out.
 * @param subjectOf what is known of a run's subject; undefined when it is gone
 */
export function drawingRuns(
  runs: readonly RolloutRun[],
  subjectOf: (run: RolloutRun) => RunSubject | undefined,
): readonly DrawingRun[] {
  return runs
    .filter(({ status }) => status === undefined || !TERMINAL_RUN_PHASES.has(status.phase))
    .map((run) => drawingRun(run, subjectOf(run)));
}

function drawingRun({ metadata, status }: RolloutRun, subject: RunSubject | undefined): DrawingRun {
  const { namespace = '', name, uid = '', creationTimestamp } = metadata;
  const waiting = waitingOf(status?.held);
  return {
    namespace,
    name,
    uid,
    createdAt: instantIn(creationTimestamp) ?? 0n,
    ...drawnBy(status),
    share: trafficShare(subject?.annotations).percent,
    subject,
    ...(waiting === undefined ? {} : { waiting }),
  };
}

function drawnBy(status: RolloutRun['status']): Pick<DrawingRun, 'isStarted' | 'weight'> {
  if (status === undefined) return { isStarted: false, weight: 0 };
  // What an older version stored may lack a field.
  const { reservations = [], steps = [] } = status as Partial<typeof status>;
  const reserved = reservations.map(({ weight }) => weight);
  const live = status.weights.canary;
  const hasBegun = steps.some(({ action }) => action !== 'wait');
  return {
    isStarted: hasBegun || reserved.length > 0 || live > 0,
    weight: Math.max(live, ...reserved),
  };
}

function waitingOf(
  held: NonNullable<RolloutRun['status']>['held'],
): DrawingRun['waiting'] | undefined {
  const names = held?.budgets ?? [];
  if (held === undefined || names.length === 0) return undefined;
  const asked = held.reasons.flatMap((reason) => readBudgetReason(reason) ?? []);
  const budgets = names.map((name) => {
    const percent = asked.find(({ budget, unit }) => budget === name && unit === 'percent');
    return [name, percent?.requested] as const;
  });
  return { since: instantIn(held.since) ?? 0n, budgets: new Map(budgets) };
}
