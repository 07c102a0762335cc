import { isDeepStrictEqual } from 'node:util';
import type { Canary, CanaryCondition, CanaryPhase, CanaryStatus } from '../domain/canary.ts';
import { rfc3339 } from '../domain/clock.ts';
import type { RolloutRun, RolloutRunStatus } from '../domain/run.ts';
import { strategyOf } from './plugins.ts';
import type { Problem } from './problem.ts';
import { isGivenUp, isStarted, runStatusOf } from './run-status.ts';
import type { CookieFields } from './session-affinity.ts';

/** Our own condition beside Flagger's `Promoted`: present only while something keeps the Canary from going on. */
const READY = 'Ready';

const PROMOTED: Readonly<
  Partial<Record<CanaryPhase, readonly [CanaryCondition['status'], (kind: string) => string]>>
> = {
  Initializing: ['Unknown', (kind) => `New ${kind} detected, starting initialization.`],
  Initialized: ['True', (kind) => `${kind} initialization completed.`],
  Waiting: ['Unknown', () => 'Waiting for approval.'],
  WaitingPromotion: ['Unknown', () => 'Waiting for approval.'],
  Progressing: ['Unknown', () => 'New revision detected, progressing canary analysis.'],
  Promoting: ['Unknown', () => 'Canary analysis completed, starting primary rolling update.'],
  Finalising: ['Unknown', () => 'Canary analysis completed, routing all traffic to primary.'],
  Succeeded: ['True', () => 'Canary analysis completed successfully, promotion finished.'],
  Failed: ['False', (kind) => `Canary analysis failed, ${kind} scaled to zero.`],
  // Flagger has no text of its own for it.
  Terminating: ['Unknown', (kind) => `New ${kind} detected, starting initialization.`],
};

/** A Canary's status, with Flagger's zero values where it has none. */
export function statusOf(canary: Canary): CanaryStatus {
  const zero = { phase: '', failedChecks: 0, canaryWeight: 0, iterations: 0 } as const;
  return { ...zero, ...canary.status };
}

/** What of a status a run or a phase decides. */
type StatusFields = Pick<
  CanaryStatus,
  'phase' | 'failedChecks' | 'canaryWeight' | 'iterations' | 'lastAppliedSpec' | 'lastPromotedSpec'
> &
  CookieFields;

/** The status with these fields, the condition that belongs to the phase, and new times. */
export function withFields(
  status: CanaryStatus,
  fields: Partial<StatusFields>,
  kind: string,
  now: number,
): CanaryStatus {
  const { sessionAffinityCookie, ...others } = { ...status, ...fields };
  const next: CanaryStatus = {
    ...others,
    ...(sessionAffinityCookie === undefined ? {} : { sessionAffinityCookie }),
    lastTransitionTime: rfc3339(now),
  };
  const condition = promotedCondition(next.phase, kind);
  return condition === undefined ? next : withCondition(next, condition, now);
}

function promotedCondition(phase: CanaryPhase, kind: string): CanaryCondition | undefined {
  const found = PROMOTED[phase];
  if (found === undefined) return undefined;
  return { type: 'Promoted', status: found[0], reason: phase, message: found[1](kind) };
}

function withCondition(status: CanaryStatus, wanted: CanaryCondition, now: number): CanaryStatus {
  const conditions = status.conditions ?? [];
  const old = conditions.find(({ type }) => type === wanted.type);
  if (
    old?.status === wanted.status &&
    old.reason === wanted.reason &&
    old.message === wanted.message
  ) {
    return status;
  }
  const time = rfc3339(now);
  const lastTransitionTime =
    old?.status === wanted.status ? (old.lastTransitionTime ?? time) : time;
  const next = { ...wanted, lastUpdateTime: time, lastTransitionTime };
  return {
    ...status,
    conditions:
      old === undefined
        ? [...conditions, next]
        : conditions.map((condition) => (condition === old ? next : condition)),
  };
}

/** The status with `Ready=False` for the problem, or without that condition when there is none. */
export function withProblem(
  status: CanaryStatus,
  problem: Problem | undefined,
  now: number,
): CanaryStatus {
  if (problem !== undefined) {
    const { reason, message } = problem;
    return withCondition(status, { type: READY, status: 'False', reason, message }, now);
  }
  if (problemIn(status) === undefined) return status;
  const conditions = (status.conditions ?? []).filter(({ type }) => type !== READY);
  return { ...status, conditions };
}

/** The problem that the status tells of. */
export function problemIn(status: CanaryStatus): Problem | undefined {
  const found = status.conditions?.find(
    ({ type, status: value }) => type === READY && value === 'False',
  );
  return found === undefined ? undefined : { reason: found.reason, message: found.message };
}

/** Whether two statuses say the same, times aside. */
export function sameStatus(a: CanaryStatus, b: CanaryStatus): boolean {
  return isDeepStrictEqual(timeless(a), timeless(b));
}

function timeless(status: CanaryStatus): unknown {
  const conditions = (status.conditions ?? []).map(({ type, status: value, reason, message }) => ({
    type,
    value,
    reason,
    message,
  }));
  return { ...status, lastTransitionTime: undefined, conditions };
}

/**
 * The Canary's fields as its run has them.
 * @returns undefined while the run has not begun and so says nothing about the Canary
 */
export function fieldsFromRun(
  run: RolloutRun,
  current: CanaryStatus,
): Partial<StatusFields> | undefined {
  const status = runStatusOf(run);
  const zero = { canaryWeight: 0, iterations: 0 };
  switch (status.phase) {
    case 'Pending':
      return undefined;
    case 'Held':
      return heldFields(run, status);
    case 'Progressing':
    case 'Promoting':
      return { phase: status.phase, ...progress(run, status) };
    case 'Finalising':
      return { phase: 'Finalising', ...progress(run, status), ...zero };
    case 'Succeeded':
      return {
        phase: 'Succeeded',
        ...progress(run, status),
        ...zero,
        lastPromotedSpec: run.spec.revision,
      };
    case 'Failed':
      return { ...failedFields(run, status), iterations: 0 };
    case 'Aborted':
      return replacedOrFailed(run, status, current);
    case 'Superseded':
      return replacedByNext(run, status, current);
  }
}

/** A run that somebody aborted is one whose revision failed; one whose target went back leaves nothing to retry. */
function replacedOrFailed(
  run: RolloutRun,
  status: RolloutRunStatus,
  current: CanaryStatus,
): Partial<StatusFields> {
  if (!isGivenUp(status)) return replacedByNext(run, status, current);
  const restored = status.restores === undefined ? {} : { lastPromotedSpec: status.restores };
  return { ...failedFields(run, status), iterations: 0, ...restored };
}

function replacedByNext(
  run: RolloutRun,
  status: RolloutRunStatus,
  current: CanaryStatus,
): Partial<StatusFields> {
  return isStarted(status) ? replacedFields(run, status) : neverBegun(status, current);
}

/** A run that ended because the target changed. */
function replacedFields(run: RolloutRun, status: RolloutRunStatus): Partial<StatusFields> {
  if (status.phase === 'Aborted') return { ...failedFields(run, status), iterations: 0 };
  const { revision } = run.spec;
  return {
    phase: 'Progressing',
    failedChecks: 0,
    lastAppliedSpec: revision,
    canaryWeight: status.weights.canary,
    iterations: 0,
  };
}

/** A run that never began leaves nothing behind but the end of its waiting: the target is back at what the primary runs. */
function neverBegun(status: RolloutRunStatus, current: CanaryStatus): Partial<StatusFields> {
  if (status.phase === 'Superseded' || current.phase !== 'Waiting') return {};
  const phase = current.lastPromotedSpec === undefined ? 'Initialized' : 'Succeeded';
  return { phase, canaryWeight: 0, iterations: 0 };
}

function heldFields(run: RolloutRun, status: RolloutRunStatus): Partial<StatusFields> {
  switch (status.held?.gate) {
    case 'RolloutStart':
      return isStarted(status)
        ? { phase: 'Progressing', ...progress(run, status) }
        : { phase: 'Waiting', failedChecks: 0, canaryWeight: 0, iterations: 0 };
    case 'Promotion':
      return { phase: 'WaitingPromotion', ...progress(run, status) };
    case 'TrafficIncrease':
    case undefined:
      return { phase: 'Progressing', ...progress(run, status) };
  }
}

function progress(run: RolloutRun, status: RolloutRunStatus): Partial<StatusFields> {
  const iterates = strategyOf(run.spec.strategy)?.iterates ?? false;
  return {
    failedChecks: status.failedChecks,
    // Flagger reports iterations instead of a weight while it iterates.
    canaryWeight: iterates ? 0 : status.weights.canary,
    iterations: iterates ? status.step : 0,
    lastAppliedSpec: run.spec.revision,
  };
}

function failedFields(run: RolloutRun, status: RolloutRunStatus): Partial<StatusFields> {
  return {
    phase: 'Failed',
    failedChecks: 0,
    canaryWeight: status.weights.canary,
    lastAppliedSpec: run.spec.revision,
  };
}

/** Whether the Canary's status already says what the run says. */
export function isRealised(run: RolloutRun, status: CanaryStatus): boolean {
  const fields = fieldsFromRun(run, status);
  if (fields === undefined) return true;
  return Object.entries(fields).every(([name, value]) => status[name] === value);
}
