import type { CanaryPhase, CanaryStatus, HookType } from '../domain/canary.ts';
import type { Decision } from '../domain/decision.ts';
import type { Gate } from '../domain/policy.ts';
import { reasonOf, type RolloutRun, type RolloutRunStatus, type Weights } from '../domain/run.ts';
import { proceed, waitFor, type Action, type EventAction, type Plan } from './action.ts';
import { sameStatus, withProblem } from './canary-status.ts';
import { driftEvent } from './drift.ts';
import { hookTypeOf } from './hook-client.ts';
import type { HookKind } from './hook/types.ts';
import { questionId, type Answer, type HookAnswer, type Inquiry } from './inquiry.ts';
import { FINALIZER } from './names.ts';
import type { Observation } from './observation.ts';
import { pauseDecision } from './pause.ts';
import { hookKindOf } from './plugins.ts';
import type { Problem } from './problem.ts';
import { ALL_TO_PRIMARY } from './router/types.ts';
import { dueAt, lastMetrics, lastRoundAt } from './run-status.ts';
import type { Settings } from './settings.ts';
import { raisesShare } from './shares.ts';
import { unsupportedOf } from './unsupported.ts';
import type { Readiness } from './workload/types.ts';

/** What every planning function looks at. */
export interface PlanContext {
  readonly spec: Settings;
  readonly obs: Observation;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

export interface RunContext extends PlanContext {
  readonly run: RolloutRun;
  readonly status: RolloutRunStatus;
}

/** How soon something that another controller works on is looked at again when no event came. */
export const POLL_MS = 5000;
const PROBLEM_RETRY_MS = 15_000;

/** Id of the question whether the metric servers answer. */
export const PROBE_ID = 'probe';

/** `<canary>.<namespace>`, as Flagger's texts name a Canary. */
export function subjectOf({ obs }: PlanContext): string {
  return `${obs.names.canary}.${obs.names.namespace}`;
}

/** `<target>.<namespace>`. */
export function targetSubjectOf({ obs }: PlanContext): string {
  return `${obs.names.target}.${obs.names.namespace}`;
}

export function event(
  level: EventAction['level'],
  message: string,
  phase: CanaryPhase,
  once?: string,
): EventAction {
  return { type: 'event', level, message, phase, ...(once === undefined ? {} : { once }) };
}

/**
 * Waits for somebody else's work, saying so once.
 * @param problem what keeps that work from being done; becomes the condition
 */
export function notReady(
  context: PlanContext,
  message: string,
  about: string,
  problem?: Problem,
): Plan {
  const { obs, spec, now } = context;
  const once = `not-ready:${about}:${message}`;
  const condition =
    problem === undefined ? [] : statusAction(context, withProblem(obs.status, problem, now));
  return waitFor(
    Math.min(spec.intervalMs, POLL_MS),
    ...condition,
    event('Warning', message, obs.status.phase, once),
  );
}

/** Why target or primary is not ready, in Flagger's words for its kind. */
export function unreadyText(context: PlanContext, of: 'target' | 'primary'): string {
  const { names, [of]: found } = context.obs;
  if (found?.unready !== undefined) return found.unready;
  const message =
    found === undefined || found.readiness.state === 'ready' ? '' : found.readiness.message;
  return of === 'primary'
    ? `${names.primary}.${names.namespace} not ready: ${message}`
    : `canary deployment ${targetSubjectOf(context)} not ready: ${message}`;
}

/** The problem that the API server refuses a workload's pods, as a quota does. */
export function refusalOf(readiness: Readiness, message: string): Problem | undefined {
  const isRefused = readiness.state !== 'ready' && readiness.refused === true;
  return isRefused ? { reason: 'PodsRefused', message } : undefined;
}

/** Reports what keeps the Canary from going on: a condition, and one event when it is new. */
export function report(context: PlanContext, problem: Problem): Plan {
  const { obs, now } = context;
  const next = withProblem(obs.status, problem, now);
  const told: Action[] = sameStatus(next, obs.status)
    ? []
    : [{ type: 'writeStatus', status: next }, event('Warning', problem.message, obs.status.phase)];
  return { ...waitFor(PROBLEM_RETRY_MS, ...told), blocked: true };
}

/** What this version cannot do for the Canary, as a problem. */
export function unsupported({ obs, spec }: PlanContext): Problem | undefined {
  const message = unsupportedOf(obs.canary, spec);
  return message === undefined ? undefined : { reason: 'Unsupported', message };
}

/** What keeps a run from going forward: something outside, its route's data plane, or an edit of the spec. */
export function standingProblem(context: PlanContext): Problem | undefined {
  const { obs } = context;
  return obs.problem ?? obs.route.problem ?? unsupported(context);
}

/** The finalizer that a Canary needs and lacks whose deletion must leave a target that serves. */
export function finalizer({ obs: { canary, safeDeletion } }: PlanContext): Action[] {
  const missing = !(canary.metadata.finalizers ?? []).includes(FINALIZER);
  const wanted = (canary.spec.revertOnDeletion === true || safeDeletion === true) && missing;
  return wanted ? [{ type: 'finalizer', present: true }] : [];
}

/** A change of the Canary's status alone; nothing when it says so already. */
export function statusAction(context: PlanContext, next: CanaryStatus): Action[] {
  return sameStatus(next, context.obs.status) ? [] : [{ type: 'writeStatus', status: next }];
}

/** Key of the current round: the same until the run records the round's end, also after a restart. */
export function roundKey({ run }: Pick<RunContext, 'run'>): string {
  const at = lastRoundAt(run);
  const round = Number.isFinite(at) ? at.toString(36) : '0';
  return `${run.metadata.uid ?? run.metadata.name}/${round}`;
}

/** Whether the answer to the question of this id may still be needed. */
export function isRoundId(id: string, run: RolloutRun | undefined): boolean {
  if (id === PROBE_ID) return true;
  return run !== undefined && id.startsWith(`${roundKey({ run })}/`);
}

/** Milliseconds until the next round is due; 0 when it is. */
export function dueInMs({ run, spec, now }: RunContext): number {
  const at = dueAt(run, spec.intervalMs);
  return Number.isFinite(at) ? Math.max(0, at - now) : 0;
}

/** A hook of the round with its answer so far. */
export interface AskedHook {
  readonly kind: HookKind;
  readonly name: string;
  readonly inquiry: Inquiry;
  readonly answer: HookAnswer | 'pending' | undefined;
}

/** The hooks of one type, in the order of the spec. */
export function hooksOf(context: RunContext, type: HookType): AskedHook[] {
  const kind = hookKindOf(type);
  return context.spec.hooks
    .map((hook, i) => ({ hook, i }))
    .filter(({ hook }) => hookTypeOf(hook) === type)
    .map(({ hook, i }) => {
      const id = questionId(roundKey(context), `${type}/${i}`, hook);
      const inquiry: Inquiry = { kind: 'hook', id, type, hook };
      return { kind, name: hook.name, inquiry, answer: hookAnswer(context.obs.answers.get(id)) };
    });
}

function hookAnswer(answer: Answer | 'pending' | undefined): AskedHook['answer'] {
  if (answer === undefined || answer === 'pending') return answer;
  return answer.kind === 'hook' ? answer : undefined;
}

/** Asks and waits; the answer itself wakes the Canary, the delay is for an answer that got lost. */
export function ask(context: PlanContext, ...inquiries: readonly Inquiry[]): Plan {
  const actions = inquiries.map((inquiry): Action => ({ type: 'ask', inquiry }));
  return waitFor(context.spec.intervalMs, ...actions);
}

/**
 * Goes through hooks in order until one has not passed.
 * @returns a plan that asks or waits, the hook that did not pass, or undefined when all have passed
 */
export function firstNotPassed(
  context: RunContext,
  type: HookType,
): { plan: Plan } | { refused: AskedHook; answer: HookAnswer } | undefined {
  for (const hook of hooksOf(context, type)) {
    if (hook.answer === undefined) return { plan: ask(context, hook.inquiry) };
    if (hook.answer === 'pending') return { plan: waitFor(context.spec.intervalMs) };
    if (hook.answer.verdict !== 'passed') return { refused: hook, answer: hook.answer };
  }
  return undefined;
}

/** What a gate said in this tick; a plan that asks it when it was not asked yet. */
export function gateAnswer(
  context: RunContext,
  gate: Gate,
  toWeight: number,
): { plan: Plan } | { decision: Decision; open: boolean } {
  const { paused } = context.status;
  if (paused !== undefined) return { decision: pauseDecision(paused), open: false };
  const id = `gate/${gate}/${toWeight}`;
  const answer = context.obs.answers.get(id);
  if (answer === undefined || answer === 'pending' || answer.kind !== 'gate') {
    const metrics = lastMetrics(context.status);
    return {
      plan: proceed({ type: 'ask', inquiry: { kind: 'gate', id, gate, toWeight, metrics } }),
    };
  }
  const { decision } = answer;
  return { decision, open: decision.verdict === 'allow' || decision.verdict === 'warn' };
}

/** Why a closed gate is closed, at least one line. */
export function reasonsOf(decision: Decision): string[] {
  const reasons = decision.violations.map(reasonOf);
  return reasons.length > 0 ? reasons : [`the gate answered ${decision.verdict}`];
}

/** A share that somebody raised on the live route is taken back. */
export function takenBack(context: RunContext): Plan | undefined {
  const { obs, status, spec } = context;
  const live = obs.route.weights;
  if (!spec.routesTraffic || !raisesShare(status.weights, live)) return undefined;
  const { primary } = obs;
  // Traffic goes to no primary without pods: it waits for them, and one that will not get any is the plan's own matter.
  if (live.canary > 0 && (primary?.available ?? 0) === 0) {
    if (primary === undefined || primary.readiness.state !== 'progressing') return undefined;
    const where = `${obs.names.primary}.${obs.names.namespace}`;
    return notReady(context, `${where} not ready: ${primary.readiness.message}`, 'primary');
  }
  const what = raisedText(context, status.weights);
  return proceed(
    { type: 'route', weights: status.weights },
    driftEvent(context, 'weights', what, 'taken back'),
  );
}

/** What somebody did who gave the canary more than `known`. */
export function raisedText(context: PlanContext, known: Weights): string {
  const live = context.obs.route.weights.canary;
  return live > known.canary
    ? `Canary weight of ${subjectOf(context)} was raised to ${live}`
    : `Traffic of ${subjectOf(context)} was mirrored to the canary`;
}

/** Weights after a rollback: everything to the primary, unless it has no pod that could serve. */
export function safeWeights({ obs }: PlanContext): Weights {
  const { weights } = obs.route;
  const primaryServes = obs.primary !== undefined && obs.primary.available > 0;
  return primaryServes || weights.canary === 0 ? ALL_TO_PRIMARY : weights;
}
