import type { Decision } from '../../domain/decision.ts';
import {
  reasonOf,
  type RolloutRun,
  type RolloutRunStatus,
  type Weights,
} from '../../domain/run.ts';
import { pauseDecision } from '../pause.ts';
import { giveBack, heldByBudgets } from '../reservations.ts';
import {
  addDecision,
  beginStep,
  end,
  hold,
  lastMetrics,
  lastRoundAt,
  recordOf,
} from '../run-status.ts';
import type { RollingAction, RollingPlan } from './action.ts';
import type { RollingObservation } from './observation.ts';

export interface RollingContext {
  readonly obs: RollingObservation;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

export interface RollingRunContext extends RollingContext {
  readonly run: RolloutRun;
  readonly status: RolloutRunStatus;
}

/** A rolling update moves no weights: who gets which version follows the pods. */
export const NO_WEIGHTS: Weights = { primary: 100, canary: 0, mirrored: false };

export const NOTHING: RollingPlan = { actions: [], again: false };

export function proceed(...actions: RollingAction[]): RollingPlan {
  return { actions, again: true };
}

export function waitFor(requeueAfterMs: number, ...actions: RollingAction[]): RollingPlan {
  return { actions, again: false, requeueAfterMs: Math.max(0, requeueAfterMs) };
}

export function told(level: 'Normal' | 'Warning', message: string, once?: string): RollingAction {
  const text = message.slice(0, 1000);
  return { type: 'event', level, message: text, ...(once === undefined ? {} : { once }) };
}

/** `<name>.<namespace>`. */
export function subjectOf({ obs }: RollingContext): string {
  const { name, namespace = 'default' } = obs.deployment.metadata;
  return `${name}.${namespace}`;
}

/** Key of the current round: the same until the run records the round's end, also after a restart. */
export function roundKey({ metadata, status }: RolloutRun, at = lastRoundOf(status)): string {
  return `${metadata.uid ?? metadata.name}/${Number.isFinite(at) ? at.toString(36) : '0'}`;
}

function lastRoundOf(status: RolloutRunStatus | undefined): number {
  return status === undefined ? Number.NEGATIVE_INFINITY : lastRoundAt({ status } as RolloutRun);
}

/** Milliseconds until the next round is due; 0 when it is. */
export function dueInMs({ run, status, obs, now }: RollingRunContext): number {
  const at = lastRoundAt({ ...run, status });
  return Number.isFinite(at) ? Math.max(0, at + obs.settings.intervalMs - now) : 0;
}

/** The record with everything given back that an ended run does not need. */
export function recorded(status: RolloutRunStatus): RollingAction {
  return { type: 'recordRun', status: giveBack(status) };
}

/** Whether Sluice holds the Deployment at the revision that it has. */
export function isHeld({ obs }: RollingContext): boolean {
  return obs.paused && obs.held === obs.revision;
}

/** What the gate RolloutStart said in this tick; a plan that asks it when it was not asked yet. */
export function startGate(context: RollingRunContext): Decision | RollingPlan {
  const { run, status, obs } = context;
  if (status.paused !== undefined) return pauseDecision(status.paused);
  const id = `${roundKey(run)}/gate/RolloutStart/100`;
  const answer = obs.answers.get(id);
  if (answer !== undefined && answer !== 'pending' && answer.kind === 'gate')
    return answer.decision;
  const metrics = lastMetrics(status);
  return proceed({
    type: 'ask',
    inquiry: { kind: 'gate', id, gate: 'RolloutStart', toWeight: 100, metrics },
  });
}

/** The record of a run that a closed gate holds; asked again each interval, and when it opens. */
export function heldAt(context: RollingRunContext, decision: Decision): RolloutRunStatus {
  const { status, now } = context;
  const reasons = reasonsOf(decision);
  const { nextOpen } = decision;
  const budgets = heldByBudgets(decision);
  const begun =
    status.steps.length > 0
      ? status
      : beginStep(status, { phase: 'Held', step: 0, weights: NO_WEIGHTS, action: 'wait' }, now);
  return hold(
    addDecision(begun, recordOf('RolloutStart', decision, now)),
    {
      gate: 'RolloutStart',
      reasons,
      ...(nextOpen === undefined ? {} : { nextOpen }),
      ...(budgets.length === 0 ? {} : { budgets }),
    },
    now,
  );
}

/** Why a closed gate is closed, at least one line. */
export function reasonsOf(decision: Decision): string[] {
  const reasons = decision.violations.map(reasonOf);
  return reasons.length > 0 ? reasons : [`the gate answered ${decision.verdict}`];
}

/** Ends the run without success: the last good template comes back. */
export function failed(
  context: RollingRunContext,
  why: { reason: string; message: string; phase?: 'Failed' | 'Aborted' },
): RollingPlan {
  const { status, now } = context;
  const { reason, message, phase = 'Failed' } = why;
  const last = { phase, weights: NO_WEIGHTS, reason, message, completed: false } as const;
  return proceed(
    recorded(end(status, last, now)),
    told('Warning', `Rolling back ${subjectOf(context)} ${message}`),
  );
}
