import type { Canary } from '../domain/canary.ts';
import type { LogFields } from '../domain/logger.ts';
import { keyOf, keyText } from '../domain/object.ts';
import type { RolloutRun, RolloutRunStatus, RunPhase } from '../domain/run.ts';
import type { DeliveryDeps } from './config.ts';
import { statusOf } from './canary-status.ts';
import type { HoldCause } from './metrics.ts';
import { namesOf } from './names.ts';
import { isPauseReason } from './pause.ts';
import { runStatusOf } from './run-status.ts';

/** The objects of a Canary as one write left them. */
interface Stage {
  readonly canary: Canary;
  readonly run: RolloutRun | undefined;
}

/** One line of the log: a constant message and what varies. */
interface Line {
  readonly message: string;
  readonly fields: LogFields;
}

const ENDS: Readonly<Partial<Record<RunPhase, string>>> = {
  Succeeded: 'rollout was promoted',
  Failed: 'rollout was rolled back',
  Aborted: 'rollout was aborted',
  Superseded: 'rollout was superseded',
};

/**
 * Tells the log and the metrics what a write changed: phases, holds, shifts of traffic and ends. Reasons of gates stay
 * in the run and in the events, because policies word them.
 */
export function keepJournal(deps: DeliveryDeps, before: Stage, after: Stage): void {
  const now = deps.clock.now();
  const canary = keyText(keyOf(after.canary));
  for (const { message, fields } of linesOf(before, after, now)) {
    deps.logger.info({ canary, ...fields }, message);
  }
  measure(deps, before, after, now);
}

function linesOf(before: Stage, after: Stage, now: number): Line[] {
  return [...runLines(before.run, after.run, now), ...phaseLines(before.canary, after.canary)];
}

function phaseLines(before: Canary, after: Canary): Line[] {
  const from = statusOf(before).phase;
  const { phase: to, canaryWeight, iterations, failedChecks } = statusOf(after);
  if (from === to) return [];
  const fields = { from, to, canaryWeight, iterations, failedChecks };
  return [{ message: 'canary changed its phase', fields }];
}

function runLines(
  before: RolloutRun | undefined,
  after: RolloutRun | undefined,
  now: number,
): Line[] {
  if (after === undefined || after === before) return [];
  const run = after.metadata.name;
  const { strategy, provider, revision } = after.spec;
  if (!isSame(before, after)) {
    return [{ message: 'rollout begins', fields: { run, strategy, provider, revision } }];
  }
  const [a, b] = [runStatusOf(before), runStatusOf(after)];
  const lines = [...stepLines(a, b), ...holdLines(a, b, now), ...endLines(a, after, now)];
  return lines.map(({ message, fields }) => ({ message, fields: { run, ...fields } }));
}

function stepLines(a: RolloutRunStatus, b: RolloutRunStatus): Line[] {
  const moved = a.phase !== b.phase;
  const shifted = a.weights.canary !== b.weights.canary;
  const phase = { from: a.phase, to: b.phase, step: b.step, canaryWeight: b.weights.canary };
  const shift = { from: a.weights.canary, to: b.weights.canary, step: b.step };
  return [
    ...(moved ? [{ message: 'rollout changed its phase', fields: phase }] : []),
    ...(shifted ? [{ message: 'rollout shifts traffic', fields: shift }] : []),
  ];
}

function holdLines(a: RolloutRunStatus, b: RolloutRunStatus, now: number): Line[] {
  const over =
    a.held !== undefined && !sameHold(a, b)
      ? [
          {
            message: 'rollout is not held any more',
            fields: { gate: a.held.gate, heldSeconds: secondsSince(a.held.since, now) },
          },
        ]
      : [];
  if (b.held === undefined || sameHold(a, b)) return over;
  const { gate, hook, nextOpen } = b.held;
  return [...over, { message: 'rollout is held', fields: { gate, hook, nextOpen } }];
}

function sameHold(a: RolloutRunStatus, b: RolloutRunStatus): boolean {
  return a.held?.gate === b.held?.gate && a.held?.hook === b.held?.hook;
}

function endLines(a: RolloutRunStatus, run: RolloutRun, now: number): Line[] {
  const { phase, outcome } = runStatusOf(run);
  const message = ENDS[phase];
  if (outcome === undefined || a.outcome !== undefined || message === undefined) return [];
  const durationSeconds = durationOf(run, now);
  return [{ message, fields: { reason: outcome.reason, durationSeconds } }];
}

function measure(deps: DeliveryDeps, before: Stage, after: Stage, now: number): void {
  const { run } = after;
  if (run === undefined || run === before.run || !isSame(before.run, run)) return;
  const { namespace, target } = namesOf(after.canary);
  const [a, b] = [runStatusOf(before.run), runStatusOf(run)];
  if (a.outcome === undefined && b.outcome !== undefined) {
    const end = { outcome: b.outcome.reason, seconds: durationOf(run, now) };
    deps.metrics?.ended({ namespace, target }, end);
  }
  if (a.held !== undefined && !sameHold(a, b)) {
    const { gate, since } = a.held;
    const hold = { gate, cause: causeOf(a.held), seconds: secondsSince(since, now) };
    deps.metrics?.held({ namespace, target }, hold);
  }
}

/** What holds: somebody, a hook, budgets alone, something that opens by itself at a known time, or a policy. */
function causeOf({
  reasons,
  hook,
  budgets,
  nextOpen,
}: NonNullable<RolloutRunStatus['held']>): HoldCause {
  if (reasons.some(isPauseReason)) return 'pause';
  if (hook !== undefined) return 'hook';
  if (budgets !== undefined) return 'budget';
  return nextOpen === undefined ? 'policy' : 'window';
}

function isSame(before: RolloutRun | undefined, after: RolloutRun): before is RolloutRun {
  return before !== undefined && before.metadata.uid === after.metadata.uid;
}

function durationOf(run: RolloutRun, now: number): number {
  const { creationTimestamp } = run.metadata;
  const first = runStatusOf(run).steps[0]?.startedAt;
  return secondsSince(creationTimestamp ?? first ?? '', now);
}

/** Seconds since an instant, >= 0; 0 when the text is none. */
function secondsSince(instant: string, now: number): number {
  const at = Date.parse(instant);
  return Number.isFinite(at) ? Math.max(0, (now - at) / 1000) : 0;
}
