import type { Decision } from '../domain/decision.ts';
import type { RolloutRunStatus } from '../domain/run.ts';
import { proceed, waitFor, type EventAction, type Plan } from './action.ts';
import {
  dueInMs,
  event,
  firstNotPassed,
  gateAnswer,
  hooksOf,
  notReady,
  standingProblem,
  subjectOf,
  takenBack,
  targetSubjectOf,
  unreadyText,
  type RunContext,
  safeWeights,
} from './plan-context.ts';
import { promotionOf } from './primary-identity.ts';
import { SKIPPED, transition } from './realise.ts';
import { holdAtGate, holdAtHook, warnings } from './plan-start.ts';
import { ALL_TO_PRIMARY } from './router/types.ts';
import { passGate } from './reservations.ts';
import { addDecision, beginStep, end, recordOf } from './run-status.ts';

/** Outcome of a run whose promoted template did not come up. */
export const PROMOTION_FAILED = 'PromotionFailed';

/** The canary has proven itself: confirm-promotion hooks, the gate Promotion, then the primary's template. */
export function promote(context: RunContext): Plan {
  const { obs } = context;
  const confirmed = firstNotPassed(context, 'confirm-promotion');
  if (confirmed !== undefined) {
    return 'plan' in confirmed
      ? confirmed.plan
      : holdAtHook(context, 'Promotion', confirmed.refused);
  }
  const gate = gateAnswer(context, 'Promotion', obs.route.weights.canary);
  if ('plan' in gate) return gate.plan;
  if (!gate.open) return holdAtGate(context, 'Promotion', gate.decision);
  return begin(context, gate.decision);
}

/** The primary gets the template, and the share stays until it has come up. */
function begin(context: RunContext, decision: Decision): Plan {
  const { obs, spec, status, run, now } = context;
  const { weights } = obs.route;
  const begun = beginStep(
    status,
    { phase: 'Promoting', step: status.step, weights, action: 'promote' },
    now,
  );
  const next = promising(context, passGate(begun, 'Promotion', decision, now));
  const actions = transition(context, next, ...warnings(context, decision), copying(context));
  // One that has the template already, as after a retry, is looked at as it is.
  const isThere = obs.primary?.revision === run.spec.revision;
  return isThere ? proceed(...actions) : waitFor(spec.intervalMs, ...actions);
}

/** The record with what the primary becomes, so that a primary that has it is recognised after a crash. */
function promising({ run, obs }: RunContext, status: RolloutRunStatus): RolloutRunStatus {
  return { ...status, promotes: promotionOf(run, obs.target?.identity) };
}

function copying(context: RunContext): ReturnType<typeof event> {
  const { primary, namespace } = context.obs.names;
  const message = `Copying ${targetSubjectOf(context)} template spec to ${primary}.${namespace}`;
  return event('Normal', message, context.obs.status.phase);
}

/** `skipAnalysis`: the canary is ready, so it is promoted at once; undefined when analysis is wanted. */
export function planSkip(context: RunContext): Plan | undefined {
  const { spec, status, now } = context;
  if (!spec.skipAnalysis) return undefined;
  const gate = gateAnswer(context, 'Promotion', 0);
  if ('plan' in gate) return gate.plan;
  if (!gate.open) return holdAtGate(context, 'Promotion', gate.decision);
  // A share that the primary cannot take stays where it is until the primary has come up with what is promoted.
  if (safeWeights(context).canary > 0) return begin(context, gate.decision);
  const recorded = promising(context, passGate(status, 'Promotion', gate.decision, now));
  const message = `Promotion completed! Canary analysis was skipped for ${subjectOf(context)}`;
  const last = {
    phase: 'Succeeded',
    weights: ALL_TO_PRIMARY,
    reason: SKIPPED,
    message: 'promoted without analysis',
    completed: false,
  } as const;
  return proceed(
    ...transition(
      context,
      end(recorded, last, now),
      ...warnings(context, gate.decision),
      copying(context),
      event('Normal', message, 'Succeeded'),
    ),
    { type: 'finished', succeeded: true, skipped: true },
  );
}

/**
 * Somebody asked for the promotion: the remaining analysis is left out once the gate is open. While it is closed the
 * canary is measured on, and a bad one rolled back.
 */
export function planWanted(context: RunContext): Plan | undefined {
  const { status, obs } = context;
  if (status.wanted?.what !== 'Promotion' || standingProblem(context) !== undefined)
    return undefined;
  const gate = gateAnswer(context, 'Promotion', obs.route.weights.canary);
  if ('plan' in gate) return gate.plan;
  return gate.open || isPromotionNew(status) ? promote(context) : undefined;
}

/** Whether the promotion that somebody asked for has not been held yet. */
export function isPromotionNew(status: RolloutRunStatus): boolean {
  const { wanted, paused, held } = status;
  return wanted?.what === 'Promotion' && paused === undefined && held?.gate !== 'Promotion';
}

/** The primary rolls out the new template; once it is ready the traffic goes back to it. */
export function planPromoting(context: RunContext): Plan {
  const { obs, spec } = context;
  if (obs.primary === undefined) {
    return proceed({ type: 'createPrimary' });
  }
  const lowered = takenBack(context) ?? movedOn(context);
  if (lowered !== undefined) return lowered;
  const { readiness } = obs.primary;
  if (readiness.state === 'stuck') return failedPromotion(context, readiness.message);
  if (readiness.state === 'progressing') {
    return notReady(context, unreadyText(context, 'primary'), 'primary');
  }
  const waitMs = dueInMs(context);
  if (waitMs > 0) return waitFor(waitMs);
  const live = obs.route.weights.canary;
  if (!spec.routesTraffic) return finalise(context);
  const primary = spec.stepWeightPromotion > 0 ? 100 - live + spec.stepWeightPromotion : 100;
  return primary >= 100 || live === 0 ? finalise(context) : shiftBack(context, primary);
}

/** Whether the target still runs the template that is being promoted. */
export function isProven({ obs: { target }, run }: RunContext): boolean {
  return target !== undefined && target.replicas > 0 && target.revision === run.spec.revision;
}

/** What the share goes to is not what has proven itself any more: the primary takes it as soon as it has pods. */
function movedOn(context: RunContext): Plan | undefined {
  const { obs, spec, status, now } = context;
  const takes = spec.routesTraffic && (obs.primary?.available ?? 0) > 0;
  if (isProven(context) || !takes || obs.route.weights.canary === 0) return undefined;
  const next = { phase: 'Promoting', step: status.step, weights: ALL_TO_PRIMARY } as const;
  const moved = beginStep(status, { ...next, action: 'shift back' }, now);
  const told = event('Normal', 'Routing all traffic to primary', obs.status.phase);
  return proceed(...transition(context, moved, told));
}

function finalise(context: RunContext): Plan {
  const { spec, status, now, obs } = context;
  const next = beginStep(
    status,
    { phase: 'Finalising', step: status.step, weights: ALL_TO_PRIMARY, action: 'finalise' },
    now,
  );
  const message =
    spec.stepWeightPromotion > 0
      ? `Advance ${subjectOf(context)} primary weight 100`
      : 'Routing all traffic to primary';
  const told = spec.routesTraffic ? [event('Normal', message, obs.status.phase)] : [];
  return waitFor(spec.intervalMs, ...transition(context, next, ...told));
}

function shiftBack(context: RunContext, primary: number): Plan {
  const { spec, status, now, obs } = context;
  const weights = { primary, canary: 100 - primary, mirrored: false };
  const next = beginStep(
    status,
    { phase: 'Promoting', step: status.step, weights, action: 'shift back' },
    now,
  );
  const message = `Advance ${subjectOf(context)} primary weight ${primary}`;
  return waitFor(
    spec.intervalMs,
    ...transition(context, next, event('Normal', message, obs.status.phase)),
  );
}

/**
 * The promoted template does not come up. The canary has proven itself and the primary may have lost its pods, so all
 * traffic goes to the canary when the gate lets it, and stays as it is otherwise; either way the canary is kept.
 */
function failedPromotion(context: RunContext, message: string): Plan {
  const { spec, status, now, obs } = context;
  const wanted = { primary: 0, canary: 100, mirrored: false };
  const raises = isProven(context) && spec.routesTraffic && obs.route.weights.canary < 100;
  const gate = raises ? gateAnswer(context, 'TrafficIncrease', 100) : undefined;
  if (gate !== undefined && 'plan' in gate) return gate.plan;
  const allowed = gate?.open === true;
  const recorded =
    gate === undefined
      ? status
      : allowed
        ? passGate(status, 'TrafficIncrease', gate.decision, now)
        : addDecision(status, recordOf('TrafficIncrease', gate.decision, now));
  const weights = allowed ? wanted : obs.route.weights;
  const reason = PROMOTION_FAILED;
  const last = { phase: 'Failed', weights, reason, message, completed: false } as const;
  const primary = unreadyText(context, 'primary');
  const text = `Promotion of ${targetSubjectOf(context)} failed, primary not ready: ${primary}`;
  return proceed(
    ...transition(
      context,
      end(recorded, last, now),
      event('Warning', primary.slice(0, 1000), obs.status.phase),
      event('Warning', text.slice(0, 1000), obs.status.phase),
    ),
    { type: 'finished', succeeded: false, skipped: false },
  );
}

/** The event about the end of a promotion. */
export function promotionCompleted(context: RunContext): EventAction {
  const message = `Promotion completed! Scaling down ${targetSubjectOf(context)}`;
  return event('Normal', message, 'Succeeded');
}

/** All traffic is on the primary: the target goes to zero and the run ends. */
export function planFinalising(context: RunContext): Plan {
  const { status, now } = context;
  const raised = takenBack(context);
  if (raised !== undefined) return raised;
  // Somebody gave a share to the canary, and a primary without pods cannot take it back.
  if (safeWeights(context).canary > 0) {
    return notReady(context, unreadyText(context, 'primary'), 'primary');
  }
  const waitMs = dueInMs(context);
  if (waitMs > 0) return waitFor(waitMs);
  const message = 'the canary passed its analysis and was promoted';
  const last = {
    phase: 'Succeeded',
    weights: ALL_TO_PRIMARY,
    reason: 'Promoted',
    message,
    completed: false,
  } as const;
  // Flagger says so after the post-rollout hooks.
  const told = hooksOf(context, 'post-rollout').length > 0 ? [] : [promotionCompleted(context)];
  return proceed(...transition(context, end(status, last, now), ...told), {
    type: 'finished',
    succeeded: true,
    skipped: false,
  });
}
