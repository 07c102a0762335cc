import { trafficShare, type RolloutBudget } from '../domain/budget.ts';
import type { BudgetFact } from '../domain/decision.ts';
import { matchesLabels } from '../lib/label-selector.ts';
import type { DrawingRun, RunSubject } from './drawing-run.ts';
import { instantIn } from '../domain/expiry.ts';

/** The step that asks for its share of the budgets. */
export interface BudgetRequest {
  readonly namespace: string;
  /** Uid of the run; undefined: none is recorded yet. */
  readonly uid: string | undefined;
  readonly subject: RunSubject;
  /** Declared share of all traffic, percent. */
  readonly share: number;
  /** Weight of the canary after the step, percent. */
  readonly toWeight: number;
}

/** A run that waits this long goes before smaller ones, so that nobody waits for ever. Nanoseconds. */
const PATIENCE = 15n * 60n * 1_000_000_000n;
/** Weight times share, in hundredths of a percent each: whole numbers, so that sums are exact. */
const UNITS_PER_PERCENT = 10_000;

const NONE: readonly BudgetFact[] = [];

/**
 * What the budgets that concern a step say, by namespace and name. A step that takes no more than the run has already is
 * always granted; any other when it fits and no run waits before it. A run that asks for more than a budget ever gives
 * keeps nobody waiting.
 * @param runs every run that is not over, the one that asks among them
 */
export function evaluateBudgets(
  budgets: readonly RolloutBudget[],
  runs: readonly DrawingRun[],
  request: BudgetRequest,
  at: { readonly now: string; readonly systemNamespace: string },
): readonly BudgetFact[] {
  if (budgets.length === 0) return NONE;
  return budgets
    .filter((budget) => concerns(budget, request, at.systemNamespace))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .flatMap((budget) => {
      const sharing = runs.filter((run) => concerns(budget, run, at.systemNamespace));
      return factsOf(budget, sharing, request, instantIn(at.now) ?? 0n);
    });
}

/** What is drawn on a budget now: the runs that have begun, their exposure in percent, and who waits, first first. */
export function budgetUsage(
  budget: RolloutBudget,
  runs: readonly DrawingRun[],
  at: { readonly now: string; readonly systemNamespace: string },
): {
  readonly running: number;
  readonly exposurePercent: number;
  readonly waiting: readonly string[];
  /** Runs whose declared share of traffic is none, and counts as 100. */
  readonly unreadable: readonly string[];
} {
  const sharing = runs.filter((run) => concerns(budget, run, at.systemNamespace));
  const now = instantIn(at.now) ?? 0n;
  const waiting = sharing
    .filter((run) => run.waiting?.budgets.has(keyOf(budget)) === true)
    .sort((a, b) => (goesBefore(placeOf(a, budget), placeOf(b, budget), budget, now) ? -1 : 1));
  return {
    running: sharing.filter(({ isStarted }) => isStarted).length,
    exposurePercent: sum(sharing.map(unitsOf)) / UNITS_PER_PERCENT,
    waiting: waiting.map(nameOf),
    unreadable: sharing.filter(({ subject }) => hasBadShare(subject)).map(nameOf),
  };
}

function nameOf({ namespace, name }: DrawingRun): string {
  return `${namespace}/${name}`;
}

function hasBadShare(subject: RunSubject | undefined): boolean {
  return trafficShare(subject?.annotations).problem !== undefined;
}

/** Whether a budget counts a subject: its namespace must reach it, and both selectors select it. */
function concerns(
  { metadata, spec }: RolloutBudget,
  drawn: { readonly namespace: string; readonly subject: RunSubject | undefined },
  systemNamespace: string,
): boolean {
  const { namespace } = metadata;
  if (namespace !== systemNamespace && namespace !== drawn.namespace) return false;
  if (drawn.subject === undefined) return true;
  return (
    matchesLabels(spec.selector, drawn.subject.labels) &&
    matchesLabels(spec.namespaceSelector, drawn.subject.namespaceLabels)
  );
}

/** A budget, and who shares it. */
interface Sharing {
  readonly budget: RolloutBudget;
  /** The run that asks; undefined: it is not recorded yet. */
  readonly own: DrawingRun | undefined;
  readonly others: readonly DrawingRun[];
  readonly now: bigint;
}

function factsOf(
  budget: RolloutBudget,
  sharing: readonly DrawingRun[],
  request: BudgetRequest,
  now: bigint,
): readonly BudgetFact[] {
  const { maxConcurrent, maxExposurePercent } = budget.spec;
  const own = sharing.find(({ uid }) => uid !== '' && uid === request.uid);
  const shared = { budget, own, others: sharing.filter((run) => run !== own), now };
  const base = {
    namespace: budget.metadata.namespace ?? '',
    name: budget.metadata.name,
    weight: Math.max(request.toWeight, own?.weight ?? 0),
  };
  return [
    ...(maxConcurrent === undefined ? [] : [{ ...base, ...placesFact(shared, maxConcurrent) }]),
    ...(maxExposurePercent === undefined
      ? []
      : [
          {
            ...base,
            ...percentFact(shared, maxExposurePercent, exposure(base.weight, request.share)),
          },
        ]),
  ];
}

type Amounts = Omit<BudgetFact, 'namespace' | 'name' | 'weight'>;

function placesFact(shared: Sharing, limit: number): Amounts {
  const { own, others } = shared;
  const used = others.filter(({ isStarted }) => isStarted).length;
  const isHeld = own?.isStarted === true;
  const ahead = isHeld ? 0 : aheadOf(shared, undefined);
  const granted = isHeld || (used + 1 <= limit && ahead === 0);
  return { unit: 'runs', limit, used, requested: 1, granted, ahead };
}

/** @param units what the run would take in all */
function percentFact(shared: Sharing, limit: number, units: number): Amounts {
  const { own, others } = shared;
  const used = sum(others.map(unitsOf));
  const isHeld = units === 0 || (own !== undefined && units <= unitsOf(own));
  const ahead = isHeld ? 0 : aheadOf(shared, units);
  const fits = used + units <= limit * UNITS_PER_PERCENT;
  return {
    unit: 'percent',
    limit,
    used: used / UNITS_PER_PERCENT,
    requested: units / UNITS_PER_PERCENT,
    granted: isHeld || (fits && ahead === 0),
    ahead,
  };
}

/** Where a run stands in a queue. */
interface Place {
  readonly run: Pick<DrawingRun, 'createdAt' | 'namespace' | 'name'> | undefined;
  /** How much it asks for, in units; undefined: a place only. */
  readonly units: number | undefined;
  readonly since: bigint | undefined;
}

/**
 * Runs that wait for the budget before this one; those that it could never serve do not count.
 * @param units what this one asks for; undefined: a place
 */
function aheadOf({ budget, own, others, now }: Sharing, units: number | undefined): number {
  const place: Place = { run: own, units, since: own?.waiting?.since };
  const limit = (budget.spec.maxExposurePercent ?? Infinity) * UNITS_PER_PERCENT;
  return others.filter((run) => {
    if (run.waiting?.budgets.has(keyOf(budget)) !== true) return false;
    const other = placeOf(run, budget);
    // Who has a place waits for percent only, and who asked for a place not for percent.
    if ((units === undefined) !== (other.units === undefined)) return false;
    return (other.units ?? 0) <= limit && goesBefore(other, place, budget, now);
  }).length;
}

function placeOf(run: DrawingRun, budget: RolloutBudget): Place {
  const percent = run.waiting?.budgets.get(keyOf(budget));
  return {
    run,
    units: percent === undefined ? undefined : Math.round(percent * UNITS_PER_PERCENT),
    since: run.waiting?.since,
  };
}

function goesBefore(a: Place, b: Place, { spec }: RolloutBudget, now: bigint): boolean {
  if (spec.order === 'Smallest') {
    const [left, right] = [hasWaited(a, now), hasWaited(b, now)];
    if (left !== right) return left;
    const [small, large] = [a.units ?? 0, b.units ?? 0];
    if (!left && small !== large) return small < large;
  }
  return isOlder(a.run, b.run);
}

function hasWaited({ since }: Place, now: bigint): boolean {
  return since !== undefined && now - since >= PATIENCE;
}

/** A run that is not recorded yet is the youngest. */
function isOlder(a: Place['run'], b: Place['run']): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return `${a.namespace}/${a.name}` < `${b.namespace}/${b.name}`;
}

function unitsOf({ weight, share }: DrawingRun): number {
  return exposure(weight, share);
}

/** Both have at most two decimals. */
function exposure(weight: number, share: number): number {
  return (Math.round(weight * 100) * Math.round(share * 100)) / 100;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function keyOf({ metadata }: RolloutBudget): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
