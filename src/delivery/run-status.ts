import { readOutcome } from '../domain/approval-outcome.ts';
import type { Decision } from '../domain/decision.ts';
import type { Condition, Gate } from '../domain/policy.ts';
import {
  reasonOf,
  TERMINAL_RUN_PHASES,
  type GateRecord,
  type Measurement,
  type RolloutRun,
  type RolloutRunStatus,
  type RunAct,
  type RunPhase,
  type RunStep,
  type Weights,
} from '../domain/run.ts';
import { heldCondition, withCondition } from './run-conditions.ts';
import { bounded, mapLastStep } from './run-size.ts';

const MAX_MEASUREMENTS = 50;
const MAX_DECISIONS = 20;
const MAX_STEPS = 200;
/** Beside approvals in force. */
const MAX_ACTS = 32;
const MAX_REASONS = 16;
const MAX_REASON_LENGTH = 1024;

/** Instants in a run carry milliseconds: the cadence of rounds is read back from them. */
export function instant(now: number): string {
  return new Date(now).toISOString();
}

/** Action of the step with which the new revision is scaled up. */
export const STARTED = 'start';

/** Outcome of a run that somebody aborted. */
export const ABORTED = 'Aborted';

/** Outcome of a run that a gate or hook held for too long. */
export const GATE_TIMEOUT = 'GateTimeout';

/** Whether a run that was aborted leaves a failed revision behind; else its target went back. */
export function isGivenUp({ phase, outcome }: RolloutRunStatus): boolean {
  return phase === 'Aborted' && (outcome?.reason === ABORTED || outcome?.reason === GATE_TIMEOUT);
}

const EMPTY: RolloutRunStatus = {
  phase: 'Pending',
  step: 0,
  weights: { primary: 100, canary: 0, mirrored: false },
  steps: [],
  failedChecks: 0,
  unknownChecks: 0,
  reservations: [],
  conditions: [],
};

/** A run's status; one that was just created has none yet and is Pending. */
export function runStatusOf(run: RolloutRun): RolloutRunStatus {
  return { ...EMPTY, ...run.status };
}

export function isTerminal(run: RolloutRun): boolean {
  return TERMINAL_RUN_PHASES.has(runStatusOf(run).phase);
}

/** Whether the new revision was ever scaled up. */
export function isStarted(status: RolloutRunStatus): boolean {
  return status.steps.some(({ action }) => action !== 'wait');
}

/** Whether nothing is left to do for an ended run, its post-rollout hooks included. */
export function isCompleted(run: RolloutRun): boolean {
  return runStatusOf(run).conditions.some(
    ({ type, status }) => type === 'Completed' && status === 'True',
  );
}

/** Milliseconds since the epoch of the last thing that the run records; the next round is due an interval later. */
export function lastRoundAt(run: RolloutRun): number {
  const step = runStatusOf(run).steps.at(-1);
  return step === undefined ? Number.NEGATIVE_INFINITY : lastTimeIn(step);
}

/** A step that was recorded does not change, and is asked about many times in one tick. */
const LAST_TIMES = new WeakMap<RunStep, number>();

function lastTimeIn(step: RunStep): number {
  const known = LAST_TIMES.get(step);
  if (known !== undefined) return known;
  const times = [step.startedAt, ...step.measurements.map(({ at }) => at)];
  for (const { at } of step.decisions) times.push(at);
  const last = Math.max(...times.map((time) => Date.parse(time)));
  LAST_TIMES.set(step, last);
  return last;
}

/**
 * When the next round is due: an interval after the last thing that the run records. A canary that is ready is shown its
 * first requests at once; when that first round does not lead to a step it counts as the one that Flagger, which waits an
 * interval before it, would have made.
 * @returns milliseconds since the epoch; `-Infinity` when it is due
 */
export function dueAt(run: RolloutRun, intervalMs: number): number {
  const step = runStatusOf(run).steps.at(-1);
  const at = lastRoundAt(run);
  if (step?.action !== STARTED) return at + intervalMs;
  const isFresh =
    step.measurements.length === 0 && step.decisions.every(({ gate }) => gate === 'RolloutStart');
  if (isFresh) return Number.NEGATIVE_INFINITY;
  return Math.max(at + intervalMs, Date.parse(step.startedAt) + 2 * intervalMs);
}

/** The newest measurement of each metric. */
export function lastMetrics(status: RolloutRunStatus): Measurement[] {
  const newest = new Map<string, Measurement>();
  for (const { measurements } of status.steps) {
    for (const measurement of measurements) {
      if (measurement.kind === 'metric') newest.set(measurement.name, measurement);
    }
  }
  return [...newest.values()];
}

/** Ends the current step and begins another. `action` says what begins it. */
export function beginStep(
  status: RolloutRunStatus,
  next: { phase: RunPhase; step: number; weights: Weights; action: string },
  now: number,
): RolloutRunStatus {
  const at = instant(now);
  const ended = status.steps.map((step, i) =>
    i === status.steps.length - 1 && step.endedAt === undefined ? { ...step, endedAt: at } : step,
  );
  const begun: RunStep = {
    step: next.step,
    weight: next.weights.canary,
    startedAt: at,
    decisions: [],
    measurements: [],
    action: next.action,
  };
  const moved: RolloutRunStatus = {
    ...status,
    phase: next.phase,
    step: next.step,
    weights: next.weights,
    steps: [...ended, begun].slice(-MAX_STEPS),
    conditions: withCondition(status.conditions, heldCondition(undefined, at)),
  };
  delete moved.held;
  return bounded(moved);
}

/** Begins the current step's time anew: what it is about has been made only now. */
export function restartStep(status: RolloutRunStatus, now: number): RolloutRunStatus {
  return mapLastStep(status, (step) => ({ ...step, startedAt: instant(now) }));
}

/** Adds what a round measured to the current step. */
export function addMeasurements(
  status: RolloutRunStatus,
  measurements: readonly Measurement[],
): RolloutRunStatus {
  return mapLastStep(status, (step) => ({
    ...step,
    measurements: [...step.measurements, ...measurements].slice(-MAX_MEASUREMENTS),
  }));
}

/** Adds what a gate said; the same answer again only moves its time. */
export function addDecision(status: RolloutRunStatus, record: GateRecord): RolloutRunStatus {
  return mapLastStep(status, (step) => {
    const last = step.decisions.at(-1);
    const repeated = last !== undefined && saysTheSame(last, record);
    const kept = repeated ? step.decisions.slice(0, -1) : step.decisions;
    return { ...step, decisions: [...kept, record].slice(-MAX_DECISIONS) };
  });
}

function saysTheSame(a: GateRecord, b: GateRecord): boolean {
  return (
    a.gate === b.gate && a.verdict === b.verdict && a.reasons.join('\n') === b.reasons.join('\n')
  );
}

/** What a run keeps of a gate's decision. */
export function recordOf(gate: Gate, decision: Decision, now: number): GateRecord {
  return {
    gate,
    at: instant(now),
    verdict:
      decision.verdict === 'allow' || decision.verdict === 'warn' ? decision.verdict : 'hold',
    reasons: boundedReasons(decision.violations.map(reasonOf)),
    factsDigest: decision.factsDigest,
    snapshotDigest: decision.snapshotDigest,
    ...(decision.nextOpen === undefined ? {} : { nextOpen: decision.nextOpen }),
  };
}

/** Marks the run as held at a gate; `since` stays while the same gate or hook holds it. */
export function hold(
  status: RolloutRunStatus,
  held: { gate: Gate; reasons: string[]; nextOpen?: string; hook?: string; budgets?: string[] },
  now: number,
): RolloutRunStatus {
  const isSame = status.held?.gate === held.gate && status.held.hook === held.hook;
  const since = isSame ? (status.held?.since ?? instant(now)) : instant(now);
  const reasons = boundedReasons(held.reasons);
  return {
    ...status,
    phase: 'Held',
    held: { ...held, reasons, since },
    conditions: withCondition(status.conditions, heldCondition(held.gate, instant(now))),
  };
}

function boundedReasons(reasons: readonly string[]): string[] {
  return reasons.slice(0, MAX_REASONS).map((reason) => reason.slice(0, MAX_REASON_LENGTH));
}

/** Takes back a hold without beginning a step. */
export function endHold(status: RolloutRunStatus, now: number): RolloutRunStatus {
  const free = {
    ...status,
    conditions: withCondition(status.conditions, heldCondition(undefined, instant(now))),
  };
  delete free.held;
  return free;
}

/** Records what came of an Approval. Those in force are kept, of the others the newest. */
export function addAct(status: RolloutRunStatus, act: RunAct): RolloutRunStatus {
  const { acts = [] } = status;
  const isKept = ({ outcome }: RunAct, i: number): boolean =>
    readOutcome(outcome).word === 'InForce' || i >= acts.length - MAX_ACTS;
  return { ...status, acts: [...acts.filter(isKept), act] };
}

/** The run's end. */
export function end(
  status: RolloutRunStatus,
  last: { phase: RunPhase; weights: Weights; reason: string; message: string; completed: boolean },
  now: number,
): RolloutRunStatus {
  const { phase, weights, reason, message } = last;
  const action =
    phase === 'Succeeded' ? 'finish' : phase === 'Superseded' ? 'supersede' : 'rollback';
  const started = isStarted(status);
  const next = beginStep(
    status,
    { phase, step: status.step, weights, action: started ? action : 'wait' },
    now,
  );
  const outcome = { reason, message: message.slice(0, MAX_REASON_LENGTH), at: instant(now) };
  const ended = { ...next, outcome };
  return last.completed ? complete(ended, now) : ended;
}

/** Marks an ended run as one for which nothing is left to do. */
export function complete(status: RolloutRunStatus, now: number): RolloutRunStatus {
  const condition: Condition = {
    type: 'Completed',
    status: 'True',
    reason: status.outcome?.reason ?? status.phase,
    message: status.outcome?.message ?? '',
    lastTransitionTime: instant(now),
  };
  return { ...status, conditions: withCondition(status.conditions, condition) };
}

/** The record with the weights that are live, where a raise that its current step was about has not been made. */
export function withoutRaise(status: RolloutRunStatus, live: Weights): RolloutRunStatus {
  const lowered = mapLastStep(status, (step) => ({
    ...step,
    weight: Math.min(step.weight, live.canary),
  }));
  return { ...lowered, weights: live };
}
