import type { Decision } from '../domain/decision.ts';
import type { Gate } from '../domain/policy.ts';
import type { RolloutRunStatus } from '../domain/run.ts';
import { proceed, waitFor, type EventAction, type Plan } from './action.ts';
import {
  dueInMs,
  event,
  firstNotPassed,
  gateAnswer,
  hooksOf,
  notReady,
  POLL_MS,
  reasonsOf,
  report,
  subjectOf,
  targetSubjectOf,
  unreadyText,
  unsupported,
  type AskedHook,
  type RunContext,
  takenBack,
} from './plan-context.ts';
import { hookNotes, rollbackHooks, withNotes } from './plan-hooks.ts';
import { nextStep } from './plan-step.ts';
import { transition } from './realise.ts';
import { pauseDecision } from './pause.ts';
import { heldByBudgets, passGate } from './reservations.ts';
import { ALL_TO_PRIMARY } from './router/types.ts';
import { addDecision, beginStep, hold, recordOf, STARTED, withoutRaise } from './run-status.ts';
import { floorOf } from './scale.ts';
import { raisesShare } from './shares.ts';

/** What the record keeps of a hook's name, characters. */
const MAX_NAME = 253;

/** A run that has not begun: confirm-rollout hooks, then the gate RolloutStart, then the scale-up. */
export function planStart(context: RunContext): Plan {
  const raised = raisedBefore(context);
  if (raised !== undefined) return raised;
  const problem = context.obs.problem ?? unsupported(context);
  if (problem !== undefined) return report(context, problem);
  const plan =
    primaryServes(context) ??
    restarted(context) ??
    notDue(context) ??
    paused(context) ??
    stopped(context) ??
    confirmed(context) ??
    startGate(context);
  const isAsked = context.obs.status.phase === 'Waiting' && dueInMs(context) === 0;
  return withNotes(plan, isAsked ? hookNotes(context, 'rollback') : []);
}

/** What somebody gave to the canary before the run began is no share that the run may begin with. */
function raisedBefore(context: RunContext): Plan | undefined {
  const { obs, status } = context;
  const canary = status.steps.length > 0 ? status.weights.canary : obs.status.canaryWeight;
  const weights = { primary: 100 - canary, canary, mirrored: false };
  return takenBack({ ...context, status: { ...status, weights } });
}

function primaryServes(context: RunContext): Plan | undefined {
  const { obs, spec } = context;
  if (spec.skipAnalysis || obs.primary === undefined || obs.primary.readiness.state === 'ready') {
    return undefined;
  }
  // With all traffic on a canary whose promotion failed, the next revision is the way out.
  if (obs.route.weights.canary >= 100) return undefined;
  return notReady(context, unreadyText(context, 'primary'), 'primary');
}

/** Pods that were there before what they are configured with changed would be measured as they were: they go first. */
function restarted(context: RunContext): Plan | undefined {
  const { target, route } = context.obs;
  if (target?.reconfigured !== true || route.weights.canary > 0) return undefined;
  if (target.replicas > 0) return proceed({ type: 'scaleTarget', replicas: 0 });
  if (target.available === 0 && target.readiness.state === 'ready') return undefined;
  return waitFor(Math.min(context.spec.intervalMs, POLL_MS));
}

/** Held: waits for the next round, unless the gate that holds it has opened. */
function notDue(context: RunContext): Plan | undefined {
  const waitMs = dueInMs(context);
  if (waitMs === 0) return undefined;
  return stillHeld(context, waitMs);
}

/**
 * Before a held run's next round is due: asks the gate that holds it, which costs nothing.
 * @returns undefined when it has opened, so that the round begins now
 */
export function stillHeld(context: RunContext, waitMs: number): Plan | undefined {
  const { held, steps } = context.status;
  const last = steps.at(-1)?.measurements.at(-1);
  // A round that did not pass keeps the run where it is, too: the next one is due as any other.
  const isFailing = last !== undefined && last.verdict !== 'pass';
  if (held === undefined || held.hook !== undefined || isFailing) return waitFor(waitMs);
  const gate = gateAnswer(context, held.gate, targetOf(context, held.gate));
  if ('plan' in gate) return gate.plan;
  if (gate.open) return undefined;
  const opensInMs = Date.parse(gate.decision.nextOpen ?? '') - context.now;
  return waitFor(opensInMs >= 0 ? Math.min(waitMs, opensInMs) : waitMs);
}

/** The weight for which a held gate is asked. */
function targetOf(context: RunContext, gate: Gate): number {
  const live = context.obs.route.weights.canary;
  return gate === 'TrafficIncrease' ? (nextStep(context)?.weights.canary ?? live) : live;
}

/** Nobody is asked whether a paused run may start. */
function paused(context: RunContext): Plan | undefined {
  const { paused: pause } = context.status;
  return pause && holdAtGate(context, 'RolloutStart', pauseDecision(pause));
}

/** A run that waits for its start can be called off by a hook, too; Flagger asks only once it has begun. */
function stopped(context: RunContext): Plan | undefined {
  return context.obs.status.phase === 'Waiting' ? rollbackHooks(context) : undefined;
}

function isRestart({ obs }: RunContext): boolean {
  return obs.status.phase === 'Progressing' || obs.status.phase === 'WaitingPromotion';
}

function confirmed(context: RunContext): Plan | undefined {
  // Flagger does not ask confirm-rollout again when a newer revision replaces one under analysis.
  if (isRestart(context)) return undefined;
  const next = firstNotPassed(context, 'confirm-rollout');
  if (next === undefined) return undefined;
  return 'plan' in next ? next.plan : holdAtHook(context, 'RolloutStart', next.refused);
}

function startGate(context: RunContext): Plan {
  const { obs, now, spec } = context;
  const gate = gateAnswer(context, 'RolloutStart', 0);
  if ('plan' in gate) return gate.plan;
  if (!gate.open) return holdAtGate(context, 'RolloutStart', gate.decision);
  const weights = obs.route.weights.canary >= 100 ? obs.route.weights : ALL_TO_PRIMARY;
  const begun = beginStep(
    context.status,
    { phase: 'Progressing', step: 0, weights, action: STARTED },
    now,
  );
  const floor = spec.routesTraffic ? floorOf(obs) : undefined;
  const kept = floor === undefined ? begun : { ...begun, floor };
  const next = passGate(kept, 'RolloutStart', gate.decision, now);
  const passed = hooksOf(context, 'confirm-rollout').flatMap(({ kind, name, answer }) => {
    const text = typeof answer === 'object' ? kind.passed(name) : undefined;
    return text === undefined ? [] : [event(text.level, text.message, obs.status.phase)];
  });
  const message = `New revision detected! Scaling up ${targetSubjectOf(context)}`;
  const scaling = isRestart(context) ? [] : [event('Normal', message, 'Progressing')];
  // A canary that is ready already has nothing to wait for.
  return proceed(
    ...transition(context, next, ...passed, ...warnings(context, gate.decision), ...scaling),
  );
}

/** Events for what a gate let pass with a warning. */
export function warnings(context: RunContext, decision: Decision): EventAction[] {
  return decision.verdict === 'warn'
    ? reasonsOf(decision).map((reason) =>
        event('Warning', reason, context.obs.status.phase, reason),
      )
    : [];
}

/** Keeps the weights because a gate is closed: no failed check, asked again each interval and when it opens. */
export function holdAtGate(context: RunContext, gate: Gate, decision: Decision): Plan {
  const { spec, now, status } = context;
  const reasons = reasonsOf(decision);
  const { nextOpen } = decision;
  const recorded = addDecision(unraised(context), recordOf(gate, decision, now));
  const budgets = heldByBudgets(decision);
  const held = {
    gate,
    reasons,
    ...(nextOpen === undefined ? {} : { nextOpen }),
    ...(budgets.length === 0 ? {} : { budgets }),
  };
  const next = hold(recorded, held, now);
  const until = nextOpen === undefined ? '' : `, next open ${nextOpen}`;
  const message = `Halt ${subjectOf(context)} advancement gate ${gate} is closed: ${reasons.join('; ')}${until}`;
  const isNew =
    status.held?.gate !== gate || status.held.reasons.join() !== next.held?.reasons.join();
  const told = isNew ? [event('Warning', message.slice(0, 1000), context.obs.status.phase)] : [];
  const opensInMs = Date.parse(nextOpen ?? '') - now;
  const waitMs = opensInMs >= 0 ? Math.min(opensInMs, spec.intervalMs) : spec.intervalMs;
  return waitFor(waitMs, ...transition(context, next, ...told));
}

/** Keeps the weights because a hook did not confirm. */
export function holdAtHook(context: RunContext, gate: Gate, refused: AskedHook): Plan {
  const { spec, now, status, obs } = context;
  const answer = typeof refused.answer === 'object' ? refused.answer.message : '';
  const reasons = [`hook ${refused.name} (${refused.kind.type}): ${answer}`];
  const recorded = addDecision(unraised(context), {
    gate,
    at: new Date(now).toISOString(),
    verdict: 'hold',
    reasons,
    factsDigest: '',
    snapshotDigest: '',
  });
  const next = hold(recorded, { gate, reasons, hook: refused.name.slice(0, MAX_NAME) }, now);
  const text = refused.kind.refused(refused.name, subjectOf(context), answer);
  // Flagger repeats the complaint about traffic each time and the others only when the hold begins.
  const isNew = status.held?.gate !== gate || status.held.hook !== next.held?.hook;
  const repeats = gate === 'TrafficIncrease' || isNew;
  const told = repeats ? [event(text.level, text.message, obs.status.phase)] : [];
  return waitFor(spec.intervalMs, ...transition(context, next, ...told));
}

/** A hold never carries out a raise that was recorded and not made: the live share stands. */
function unraised(context: RunContext): RolloutRunStatus {
  const status = withStep(context);
  const { weights } = context.obs.route;
  return raisesShare(weights, status.weights) ? withoutRaise(status, weights) : status;
}

/** A run that is held before its first step gets one to keep the gate's answers in. */
function withStep({ status, now, obs }: RunContext): RolloutRunStatus {
  if (status.steps.length > 0) return status;
  const weights = obs.route.weights;
  return beginStep(status, { phase: 'Held', step: 0, weights, action: 'wait' }, now);
}
