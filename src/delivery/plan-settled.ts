import type { RolloutRun, RolloutRunSpec } from '../domain/run.ts';
import { proceed, waitFor, type Plan } from './action.ts';
import { isRealised, problemIn, withProblem } from './canary-status.ts';
import { driftEvent } from './drift.ts';
import type { TargetObservation } from './observation.ts';
import type { Problem } from './problem.ts';
import {
  PROBE_ID,
  ask,
  event,
  gateAnswer,
  hooksOf,
  raisedText,
  report,
  statusAction,
  subjectOf,
  type PlanContext,
  type RunContext,
  unsupported,
} from './plan-context.ts';
import { realisation, transition } from './realise.ts';
import { isProven, promotionCompleted, PROMOTION_FAILED } from './plan-promotion.ts';
import { isOwnRevision } from './revision.ts';
import { ALL_TO_PRIMARY } from './router/types.ts';
import { complete, isCompleted, runStatusOf } from './run-status.ts';
import { floorEndsInMs } from './scale.ts';
import { raisesShare } from './shares.ts';
import { isInFlight, planTakeover } from './takeover.ts';
import { isForeign } from './takeover-evidence.ts';

const IDLE: Plan = { actions: [], again: false };
const REPROBE_MS = 60_000;

/** No run is under way: finishes the last one, then looks for a change of the target. */
export function planSettled(context: PlanContext, last: RolloutRun | undefined): Plan {
  if (last !== undefined) {
    const runContext: RunContext = { ...context, run: last, status: runStatusOf(last) };
    const open = unfinished(runContext) ?? recovered(runContext);
    if (open !== undefined) return open;
  }
  const raised = takenBackSettled(context, last);
  if (raised !== undefined) return raised;
  const plan = planIdle(context, last);
  if (!isNothing(plan)) return plan;
  return isExposed(last) ? waitFor(context.spec.intervalMs) : (unfloored(context, last) ?? plan);
}

/** Some time after a rollout the primary's autoscaler may give it as few pods as it did before. */
function unfloored({ obs, now }: PlanContext, last: RolloutRun | undefined): Plan | undefined {
  const { scaler } = obs;
  const endedAt = Date.parse(last?.status?.outcome?.at ?? '');
  const waitMs = floorEndsInMs({ scaler }, endedAt, now);
  if (scaler === undefined || waitMs === undefined) return undefined;
  return waitMs > 0 ? waitFor(waitMs) : proceed({ type: 'boundScaler', min: scaler.wantedMin });
}

/** Without a run under way nobody but us may give the canary a larger share than its last run left it. */
export function takenBackSettled(
  context: PlanContext,
  last: RolloutRun | undefined,
): Plan | undefined {
  const { obs, spec } = context;
  const { primary, route, status } = obs;
  if (!spec.routesTraffic || !isOwnRevision(status.lastAppliedSpec ?? '')) return undefined;
  const left = last === undefined ? status.canaryWeight : runStatusOf(last).weights.canary;
  const weights = { primary: 100 - left, canary: left, mirrored: false };
  if (!raisesShare(weights, route.weights) || (primary?.available ?? 0) === 0) return undefined;
  const what = raisedText(context, weights);
  return proceed({ type: 'route', weights }, driftEvent(context, 'weights', what, 'taken back'));
}

/** Whether somebody changed the primary's pods: seen while the target is what was promoted into it. */
function editedPrimary({ obs }: PlanContext): Problem | undefined {
  const { primary, target, names, status } = obs;
  if (primary === undefined || target?.revision !== primary.revision || primary.samePods) {
    return undefined;
  }
  if (target?.revision !== status.lastPromotedSpec || primary.restore !== undefined) {
    return undefined;
  }
  const name = `${obs.targetKind} ${names.primary}.${names.namespace}`;
  const message = `${name} is not what was promoted any more; the next promotion overwrites the change`;
  return { reason: 'PrimaryEdited', message };
}

function isNothing({ actions, again, requeueAfterMs }: Plan): boolean {
  return actions.length === 0 && !again && requeueAfterMs === undefined;
}

function planIdle(context: PlanContext, last: RolloutRun | undefined): Plan {
  const { obs } = context;
  if (obs.problem !== undefined) return report(context, obs.problem);
  if (obs.target === undefined) return IDLE;
  if (obs.primary === undefined) {
    if (isForeign(obs.status)) return report(context, unmade(context));
    // The target is what was promoted last, else there would be a problem.
    return proceed({ type: 'ensureServices', apex: true }, { type: 'createPrimary' });
  }
  return (
    planTakeover(context, obs.target, last) ?? change(context, obs.target, last) ?? idle(context)
  );
}

/** What another controller should have made is not made from a target of which nothing is known. */
function unmade({ obs }: PlanContext): Problem {
  const { names, targetKind } = obs;
  const message = `${targetKind} ${names.primary}.${names.namespace} not found; another controller has run this Canary`;
  return { reason: 'PrimaryMissing', message };
}

/** Whether a failed canary still has traffic, because the primary could not take it. */
function isExposed(last: RolloutRun | undefined): last is RolloutRun {
  if (last === undefined) return false;
  const { phase, outcome, weights } = runStatusOf(last);
  // After a failed promotion the canary, which has proven itself, is the one that works.
  const isOver = phase === 'Failed' || phase === 'Aborted';
  return isOver && weights.canary > 0 && outcome?.reason !== PROMOTION_FAILED;
}

/** The primary can serve again: a failed canary loses the traffic that was left on it. */
function recovered(context: RunContext): Plan | undefined {
  const { obs, status, run } = context;
  // An earlier run says nothing about what another controller has done since.
  if (isForeign(obs.status) || !isExposed(run) || (obs.primary?.available ?? 0) === 0)
    return undefined;
  return proceed(...transition(context, { ...status, weights: ALL_TO_PRIMARY }));
}

function unfinished(context: RunContext): Plan | undefined {
  const { run, status } = context;
  if (lags(context)) return caughtUp(context);
  if (isCompleted(run)) return undefined;
  for (const hook of hooksOf(context, 'post-rollout')) {
    if (hook.answer === undefined) return ask(context, hook.inquiry);
    if (hook.answer === 'pending') return waitFor(context.spec.intervalMs);
    if (hook.answer.verdict !== 'passed') break;
  }
  return proceed(
    { type: 'recordRun', status: complete(status, context.now) },
    { type: 'pruneRuns' },
    ...postRolloutEvents(context),
  );
}

/** Makes the cluster follow the recorded end; where that would raise the canary's share the gate is asked again. */
function caughtUp(context: RunContext): Plan {
  const { obs, status, spec } = context;
  const { weights } = obs.route;
  if (!spec.routesTraffic || !raisesShare(weights, status.weights)) {
    return proceed(...realisation(context));
  }
  const asLive = { ...status, weights };
  if (!isProven(context)) return proceed(...transition(context, asLive));
  const gate = gateAnswer(context, 'TrafficIncrease', status.weights.canary);
  if ('plan' in gate) return gate.plan;
  return proceed(...(gate.open ? realisation(context) : transition(context, asLive)));
}

/** Whether the Canary's status does not yet say how its last run ended. */
function lags(context: RunContext): boolean {
  const { run, obs } = context;
  if (isRealised(run, obs.status)) return false;
  if (!isCompleted(run)) return true;
  // A settled status after a completed run may have been written by somebody else; then that is the truth.
  const applied = obs.status.lastAppliedSpec ?? '';
  const mayLag = isInFlight(obs.status.phase) || obs.status.phase === 'Waiting';
  const failed = obs.status.phase === 'Failed' && applied === run.spec.revision;
  return isOwnRevision(applied) && (mayLag || failed);
}

function postRolloutEvents(context: RunContext): ReturnType<typeof event>[] {
  const { phase } = context.obs.status;
  const subject = subjectOf(context);
  const hooks = hooksOf(context, 'post-rollout');
  const promoted = hooks.length > 0 && context.status.outcome?.reason === 'Promoted';
  const answers = hooks.flatMap(({ kind, name, answer }) => {
    if (answer === undefined || answer === 'pending') return [];
    const text =
      answer.verdict === 'passed'
        ? kind.passed(name)
        : kind.refused(name, subject, answer.text ?? answer.message);
    return text === undefined ? [] : [event(text.level, text.message, phase)];
  });
  return promoted ? [...answers, promotionCompleted(context)] : answers;
}

/** The revision of the last run that somebody wants to be rolled out again. */
function retriedRevision(last: RolloutRun | undefined): string | undefined {
  if (last === undefined) return undefined;
  return runStatusOf(last).wanted?.what === 'Retry' ? last.spec.revision : undefined;
}

/** Whether the primary got the revision of a promotion that failed, so that it runs the one before no more. */
function hasLeft({ obs }: PlanContext, last: RolloutRun | undefined): boolean {
  const failed = last !== undefined && runStatusOf(last).outcome?.reason === PROMOTION_FAILED;
  return failed && obs.primary?.revision === last.spec.revision;
}

function change(
  context: PlanContext,
  target: TargetObservation,
  last: RolloutRun | undefined,
): Plan | undefined {
  const { obs, spec } = context;
  const retried = retriedRevision(last);
  const { lastAppliedSpec, lastPromotedSpec } = obs.status;
  // After a promotion that failed the primary has left the revision that was promoted last.
  const known = [lastAppliedSpec, ...(hasLeft(context, last) ? [] : [lastPromotedSpec])];
  // In flight without a run: the last one was superseded, or its record is gone.
  const isKnown = known.includes(target.revision) && retried !== target.revision;
  if (isKnown && !isInFlight(obs.status.phase)) return undefined;
  const problem = unsupported(context);
  if (problem !== undefined) return report(context, problem);
  const { apiVersion, kind, metadata } = obs.canary;
  const runSpec: RolloutRunSpec = {
    subject: { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' },
    revision: target.revision,
    images: target.images,
    changedBy: target.changedBy,
    strategy: spec.strategy,
    provider: spec.provider,
  };
  return proceed({ type: 'createRun', number: obs.nextRun, spec: runSpec });
}

/** Nothing to do; a problem that is gone is taken back. */
function idle(context: PlanContext): Plan {
  const { obs, now } = context;
  const told = problemIn(obs.status);
  const problem = unsupported(context) ?? editedPrimary(context);
  if (problem !== undefined) return report(context, problem);
  if (told === undefined) return IDLE;
  if (!told.reason.startsWith('Metric')) {
    const actions = statusAction(context, withProblem(obs.status, undefined, now));
    return { actions, again: false };
  }
  const probed = obs.answers.get(PROBE_ID);
  if (probed === undefined) return ask(context, { kind: 'probe', id: PROBE_ID });
  if (probed === 'pending' || probed.kind !== 'probe') return waitFor(REPROBE_MS);
  const actions = statusAction(context, withProblem(obs.status, probed.problem, now));
  return probed.problem === undefined ? { actions, again: false } : waitFor(REPROBE_MS, ...actions);
}
