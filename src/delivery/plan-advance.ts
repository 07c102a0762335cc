import type { Measurement } from '../domain/run.ts';
import type { Gate } from '../domain/policy.ts';
import { waitFor, type Plan } from './action.ts';
import { pauseDecision } from './pause.ts';
import { promote } from './plan-promotion.ts';
import { event, firstNotPassed, gateAnswer, subjectOf, type RunContext } from './plan-context.ts';
import { transition } from './realise.ts';
import { passGate } from './reservations.ts';
import { holdAtGate, holdAtHook, warnings } from './plan-start.ts';
import { addMeasurements, beginStep, isStarted } from './run-status.ts';
import { nextWeight } from './settings.ts';

/** Every check of the round passed: the next step of the run's strategy. */
export function advance(context: RunContext, measurements: readonly Measurement[]): Plan {
  const recorded = { ...addMeasurements(context.status, measurements), unknownChecks: 0 };
  const passed: RunContext = { ...context, status: recorded };
  if (recorded.paused !== undefined) {
    return holdAtGate(passed, nextGate(passed), pauseDecision(recorded.paused));
  }
  if (recorded.wanted?.what === 'Promotion') return promote(passed);
  switch (context.run.spec.strategy) {
    case 'canary':
      return advanceWeight(passed);
    case 'blue-green':
      return advanceIteration(passed);
    case 'ab-testing':
    case 'rolling-update':
      // No run of these strategies is created for a Canary.
      return waitFor(context.spec.intervalMs);
  }
}

/** The gate that the run comes to next. */
export function nextGate({ status, spec, obs, run }: RunContext): Gate {
  if (!isStarted(status)) return 'RolloutStart';
  if (status.wanted?.what === 'Promotion') return 'Promotion';
  const isOver =
    run.spec.strategy === 'canary'
      ? nextWeight(spec, obs.route.weights.canary) === undefined
      : status.step > spec.iterations;
  return isOver ? 'Promotion' : 'TrafficIncrease';
}

function advanceWeight(context: RunContext): Plan {
  const { obs, spec, status, now } = context;
  const waitsForPromotion = obs.status.phase === 'WaitingPromotion';
  const confirmed = waitsForPromotion
    ? undefined
    : firstNotPassed(context, 'confirm-traffic-increase');
  if (confirmed !== undefined) {
    return 'plan' in confirmed
      ? confirmed.plan
      : holdAtHook(context, 'TrafficIncrease', confirmed.refused);
  }
  const weight = nextWeight(spec, obs.route.weights.canary);
  if (weight === undefined) return promote(context);
  const gate = gateAnswer(context, 'TrafficIncrease', weight);
  if ('plan' in gate) return gate.plan;
  if (!gate.open) return holdAtGate(context, 'TrafficIncrease', gate.decision);
  const weights = { primary: 100 - weight, canary: weight, mirrored: false };
  const begun = beginStep(
    status,
    { phase: 'Progressing', step: status.step + 1, weights, action: 'advance' },
    now,
  );
  const next = passGate(begun, 'TrafficIncrease', gate.decision, now);
  const message = `Advance ${subjectOf(context)} canary weight ${weight}`;
  return waitFor(
    spec.intervalMs,
    ...transition(
      context,
      next,
      ...warnings(context, gate.decision),
      event('Normal', message, 'Progressing'),
    ),
  );
}

function advanceIteration(context: RunContext): Plan {
  const { obs, spec, status, now } = context;
  const { weights } = obs.route;
  if (status.step < spec.iterations) {
    const step = status.step + 1;
    const next = beginStep(status, { phase: 'Progressing', step, weights, action: 'iterate' }, now);
    const message = `Advance ${subjectOf(context)} canary iteration ${step}/${spec.iterations}`;
    return waitFor(
      spec.intervalMs,
      ...transition(context, next, event('Normal', message, 'Progressing')),
    );
  }
  return status.step === spec.iterations ? switchTraffic(context) : promote(context);
}

/** After the last iteration all traffic goes to the canary, then the primary follows. */
function switchTraffic(context: RunContext): Plan {
  const { spec, status, now, obs } = context;
  const confirmed = firstNotPassed(context, 'confirm-promotion');
  if (confirmed !== undefined) {
    return 'plan' in confirmed
      ? confirmed.plan
      : holdAtHook(context, 'Promotion', confirmed.refused);
  }
  const step = status.step + 1;
  if (!spec.routesTraffic) {
    const { weights } = obs.route;
    const next = beginStep(status, { phase: 'Progressing', step, weights, action: 'iterate' }, now);
    return waitFor(spec.intervalMs, ...transition(context, next));
  }
  const gate = gateAnswer(context, 'TrafficIncrease', 100);
  if ('plan' in gate) return gate.plan;
  if (!gate.open) return holdAtGate(context, 'TrafficIncrease', gate.decision);
  const weights = { primary: 0, canary: 100, mirrored: false };
  const begun = beginStep(status, { phase: 'Progressing', step, weights, action: 'switch' }, now);
  const next = passGate(begun, 'TrafficIncrease', gate.decision, now);
  return waitFor(
    spec.intervalMs,
    ...transition(
      context,
      next,
      ...warnings(context, gate.decision),
      event('Normal', 'Routing all traffic to canary', 'Progressing'),
    ),
  );
}
