import type { Measurement } from '../domain/run.ts';
import { waitFor, type EventAction, type Plan } from './action.ts';
import { pauseDecision } from './pause.ts';
import { event, firstNotPassed, gateAnswer, subjectOf, type RunContext } from './plan-context.ts';
import { promote } from './plan-promotion.ts';
import { holdAtGate, holdAtHook, warnings } from './plan-start.ts';
import { nextGate, stepContext } from './plan-step.ts';
import { strategyOf } from './plugins.ts';
import { transition } from './realise.ts';
import { passGate } from './reservations.ts';
import { addMeasurements, beginStep } from './run-status.ts';
import { raisesShare } from './shares.ts';
import type { NextStep } from './strategy/types.ts';

/** Every check of the round passed: the next step of the run's strategy, or the promotion. */
export function advance(context: RunContext, measurements: readonly Measurement[]): Plan {
  return noticed(context, advanced(context, measurements));
}

/** Flagger tells in each round what it leaves out. */
function noticed({ spec, obs }: RunContext, plan: Plan): Plan {
  const isOver = plan.actions.some(({ type }) => type === 'recordRun');
  if (!isOver || spec.notices.length === 0) return plan;
  const told = spec.notices.map((notice) => event('Warning', notice, obs.status.phase));
  const at = plan.actions.findIndex(({ type }) => type === 'event');
  const split = at < 0 ? plan.actions.length : at;
  return {
    ...plan,
    actions: [...plan.actions.slice(0, split), ...told, ...plan.actions.slice(split)],
  };
}

function advanced(context: RunContext, measurements: readonly Measurement[]): Plan {
  const recorded = { ...addMeasurements(context.status, measurements), unknownChecks: 0 };
  const passed: RunContext = { ...context, status: recorded };
  if (recorded.paused !== undefined) {
    return holdAtGate(passed, nextGate(passed), pauseDecision(recorded.paused));
  }
  if (recorded.wanted?.what === 'Promotion') return promote(passed);
  const strategy = strategyOf(context.run.spec.strategy);
  // No run of another strategy is created for a Canary.
  if (strategy === undefined) return waitFor(context.spec.intervalMs);
  const next = strategy.next(stepContext(passed));
  for (const type of strategy.confirming(stepContext(passed), next)) {
    const confirmed = firstNotPassed(passed, type);
    if (confirmed === undefined) continue;
    if ('plan' in confirmed) return confirmed.plan;
    const gate = type === 'confirm-promotion' ? 'Promotion' : 'TrafficIncrease';
    return holdAtHook(passed, gate, confirmed.refused);
  }
  return next === undefined ? promote(passed) : take(passed, next);
}

/** Takes the step, past the gate TrafficIncrease where the canary gets more by it. */
function take(context: RunContext, next: NextStep): Plan {
  const { obs, spec, status, now } = context;
  const { step, weights, action } = next;
  const begun = beginStep(status, { phase: 'Progressing', step, weights, action }, now);
  if (!spec.routesTraffic || !raisesShare(obs.route.weights, weights)) {
    return waitFor(spec.intervalMs, ...transition(context, begun, ...told(context, next)));
  }
  const gate = gateAnswer(context, 'TrafficIncrease', weights.canary);
  if ('plan' in gate) return gate.plan;
  if (!gate.open) return holdAtGate(context, 'TrafficIncrease', gate.decision);
  const passed = passGate(begun, 'TrafficIncrease', gate.decision, now);
  return waitFor(
    spec.intervalMs,
    ...transition(context, passed, ...warnings(context, gate.decision), ...told(context, next)),
  );
}

function told(context: RunContext, next: NextStep): EventAction[] {
  const message = next.message(subjectOf(context));
  return message === undefined ? [] : [event('Normal', message, 'Progressing')];
}
