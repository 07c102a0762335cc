import type { HookType } from '../domain/canary.ts';
import { proceed, type EventAction, type Plan } from './action.ts';
import { checks, isFirst, judgedOf, obstructed } from './plan-checks.ts';
import { advance } from './plan-advance.ts';
import {
  dueInMs,
  event,
  hooksOf,
  notReady,
  refusalOf,
  report,
  roundKey,
  safeWeights,
  standingProblem,
  subjectOf,
  takenBack,
  targetSubjectOf,
  unreadyText,
  type RunContext,
} from './plan-context.ts';
import { hookNotes, rollbackHooks, withNotes } from './plan-hooks.ts';
import { transition } from './realise.ts';
import { isPromotionNew, planSkip, planWanted } from './plan-promotion.ts';
import { rollBack } from './plan-rollback.ts';
import { stillHeld } from './plan-start.ts';
import { beginStep, isStarted } from './run-status.ts';
import { startReplicas } from './scale.ts';
import { isShown, raisesShare } from './shares.ts';
import type { Readiness } from './workload/types.ts';

/** Types of hooks whose answers become events, in the order in which a round asks them. */
const TOLD: readonly HookType[] = [
  'pre-rollout',
  'rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
];

/** One round of a run under analysis: limits, readiness, rollback hooks, checks, and the next step. */
export function planRound(context: RunContext): Plan {
  const plan =
    limits(context) ??
    liveWeight(context) ??
    readiness(context) ??
    notDue(context) ??
    unshown(context) ??
    planSkip(context) ??
    rollbackHooks(context) ??
    planWanted(context) ??
    checks(context) ??
    passed(context);
  return withNotes(plan, notes(context));
}

function passed(context: RunContext): Plan {
  const measurements = judgedOf(context).map(({ measurement }) => measurement);
  return obstructed(context, measurements) ?? advance(context, measurements);
}

/** A target that is gone before its template was promoted ends the run, whatever the run was about to do. */
export function planTargetLost(context: RunContext): Plan | undefined {
  const { obs, run, status } = context;
  if (obs.target !== undefined || !isStarted(status) || status.phase === 'Finalising') {
    return undefined;
  }
  if (obs.primary?.revision === run.spec.revision) return undefined;
  return targetMissing(context);
}

function targetMissing(context: RunContext): Plan {
  const message = `${context.obs.targetKind} ${targetSubjectOf(context)} not found`;
  return rollBack(context, { reason: 'TargetMissing', message, told: message });
}

function limits(context: RunContext): Plan | undefined {
  const { status, spec, obs } = context;
  if (obs.target === undefined) return targetMissing(context);
  const refused = routeRefused(context);
  if (refused !== undefined) return refused;
  if (status.failedChecks >= spec.threshold) {
    const complaint = `failed checks threshold reached ${status.failedChecks}`;
    return rollBack(context, { reason: 'FailedChecks', message: complaint, complaint });
  }
  if (status.unknownChecks >= spec.threshold) {
    const message = `no answer from the checks ${status.unknownChecks} times in a row`;
    const complaint = `failed checks threshold reached ${status.unknownChecks}`;
    return rollBack(context, { reason: 'NoData', message, complaint });
  }
  return undefined;
}

/** What the canary gets traffic by is not served: the route goes back to what served the primary before. */
function routeRefused(context: RunContext): Plan | undefined {
  const { refused, problem, weights } = context.obs.route;
  if (refused !== true || problem === undefined || !isShown(weights)) return undefined;
  return rollBack(context, { reason: problem.reason, message: problem.message });
}

/** The live route is the truth about weights: a lower share is taken over, a higher one is taken back. */
function liveWeight(context: RunContext): Plan | undefined {
  const { obs, status, spec, now } = context;
  const live = obs.route.weights;
  if (!spec.routesTraffic || !raisesShare(live, status.weights)) return takenBack(context);
  const next = { phase: 'Progressing', step: status.step, weights: obs.route.weights } as const;
  const lowered = beginStep(status, { ...next, action: 'lowered' }, now);
  const message =
    live.canary < status.weights.canary
      ? `Canary weight of ${subjectOf(context)} was lowered to ${live.canary} by somebody else`
      : `Traffic of ${subjectOf(context)} is not mirrored any more, by somebody else`;
  return proceed(...transition(context, lowered, event('Warning', message, obs.status.phase)));
}

/** Somebody scaled the target to zero: the share goes to the primary first, and the canary begins anew from nothing. */
function scaledToZero(context: RunContext): Plan {
  const { obs, status, spec, now } = context;
  const replicas = startReplicas(obs);
  if (!spec.routesTraffic || !isShown(obs.route.weights)) {
    return proceed({ type: 'scaleTarget', replicas });
  }
  const weights = safeWeights(context);
  const next = { phase: 'Progressing', step: status.step, weights, action: 'lowered' } as const;
  const message = `${targetSubjectOf(context)} was scaled to zero by somebody else, its share goes to the primary`;
  return proceed(
    ...transition(
      context,
      beginStep(status, next, now),
      event('Warning', message, obs.status.phase),
    ),
  );
}

function readiness(context: RunContext): Plan | undefined {
  const { obs, spec } = context;
  const { target, primary } = obs;
  if (target === undefined) return undefined;
  if (target.replicas === 0) return scaledToZero(context);
  const waitsForPrimary =
    !spec.skipAnalysis && primary !== undefined && obs.route.weights.canary < 100;
  if (waitsForPrimary && primary.readiness.state !== 'ready') {
    return primaryNotReady(context, primary.readiness);
  }
  if (target.readiness.state === 'ready') return undefined;
  const text = unreadyText(context, 'target');
  if (target.readiness.state === 'progressing') {
    const refusal = refusalOf(target.readiness, text);
    const plan = notReady(context, text, roundKey(context), refusal);
    // Flagger looks an interval after the scale-up; what is normal until then is not told.
    return isYoung(context) && refusal === undefined ? withoutEvents(plan) : plan;
  }
  return rollBack(context, { reason: 'ProgressDeadlineExceeded', message: text, told: text });
}

function isYoung({ status, spec, now }: RunContext): boolean {
  const startedAt = Date.parse(status.steps.at(-1)?.startedAt ?? '');
  return now - startedAt < spec.intervalMs;
}

function withoutEvents(plan: Plan): Plan {
  return { ...plan, actions: plan.actions.filter(({ type }) => type !== 'event') };
}

/** Without a primary that works nothing can be compared; one that is stuck ends the run, as in Flagger. */
function primaryNotReady(
  context: RunContext,
  readiness: Exclude<Readiness, { state: 'ready' }>,
): Plan {
  const text = unreadyText(context, 'primary');
  if (readiness.state === 'progressing')
    return notReady(context, text, 'primary', refusalOf(readiness, text));
  return rollBack(context, { reason: 'PrimaryNotReady', message: text, told: text });
}

function notDue(context: RunContext): Plan | undefined {
  // Somebody has just asked for the promotion: its gate is asked at once.
  if (isPromotionNew(context.status)) return undefined;
  const waitMs = dueInMs(context);
  return waitMs > 0 ? stillHeld(context, waitMs) : undefined;
}

/** A canary that gets no traffic waits for what is missing; one that gets some is measured all the same. */
function unshown(context: RunContext): Plan | undefined {
  const problem = standingProblem(context);
  const waits = isFirst(context) || context.spec.skipAnalysis;
  return problem !== undefined && waits ? report(context, problem) : undefined;
}

/** Events about hooks that have answered, each said once. */
function notes(context: RunContext): EventAction[] {
  if (dueInMs(context) > 0) return [];
  const told = hookNotes(context, 'rollback');
  const asked = hooksOf(context, 'rollback').every(({ answer }) => typeof answer === 'object');
  const ready = context.obs.target?.readiness.state === 'ready' && context.obs.target.replicas > 0;
  if (isFirst(context) && asked && ready && !context.spec.skipAnalysis) {
    const message = `Starting canary analysis for ${targetSubjectOf(context)}`;
    told.push(event('Normal', message, 'Progressing', `${roundKey(context)}/start`));
  }
  return [...told, ...TOLD.flatMap((type) => hookNotes(context, type))];
}
