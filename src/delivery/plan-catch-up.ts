import type { RolloutRunStatus } from '../domain/run.ts';
import { proceed, type Action, type Plan } from './action.ts';
import { isRealised } from './canary-status.ts';
import {
  event,
  gateAnswer,
  subjectOf,
  type RunContext,
  notReady,
  unreadyText,
} from './plan-context.ts';
import { isProven } from './plan-promotion.ts';
import { holdAtGate } from './plan-start.ts';
import { iterates } from './plan-step.ts';
import { realisation, transition } from './realise.ts';
import { passGate } from './reservations.ts';
import { lastRoundAt, restartStep, withoutRaise } from './run-status.ts';
import { raisesShare, sameShares } from './shares.ts';

/** Finishes what the run recorded as intent before the process ended; a raise of the canary's share asks again. */
export function planCatchUp(context: RunContext): Plan | undefined {
  const { obs, run, status, spec } = context;
  if (isRealised(run, obs.status)) return undefined;
  const raises = spec.routesTraffic && raisesShare(obs.route.weights, status.weights);
  if (!raises) return unserved(context) ?? followed(context, status);
  // The canary may have become unready since the raise was recorded.
  const isReady = obs.target?.readiness.state === 'ready';
  if (!isProven(context) || !isReady || isLowered(context)) {
    return proceed(...transition(context, unmade(context)));
  }
  return raised(context);
}

/** A share that was to go back waits for a primary that lost its pods meanwhile, or stays when it will not get any. */
function unserved(context: RunContext): Plan | undefined {
  const { obs, status, spec } = context;
  const { primary, route } = obs;
  const lowers = spec.routesTraffic && status.weights.canary < route.weights.canary;
  if (!lowers || primary === undefined || primary.available > 0) return undefined;
  if (primary.readiness.state === 'progressing') {
    return notReady(context, unreadyText(context, 'primary'), 'primary');
  }
  return proceed(...transition(context, { ...status, weights: route.weights }));
}

function raised(context: RunContext): Plan {
  const { status, now } = context;
  const gate = gateAnswer(context, 'TrafficIncrease', status.weights.canary);
  if ('plan' in gate) return gate.plan;
  if (!gate.open) {
    return holdAtGate({ ...context, status: unmade(context) }, 'TrafficIncrease', gate.decision);
  }
  return followed(context, passGate(status, 'TrafficIncrease', gate.decision, now));
}

/** Cluster and Canary follow the record, and its step begins now when nobody has been sent by it. */
function followed(context: RunContext, recorded: RolloutRunStatus): Plan {
  const { run, status, spec, now } = context;
  const action = status.steps.at(-1)?.action;
  const told = action === 'advance' || action === 'mirror' ? advanced(context) : [];
  const isLate = isUnrouted(context) && now - lastRoundAt(run) > spec.intervalMs / 10;
  return proceed(
    ...(isLate ? transition(context, restartStep(recorded, now)) : realisation(context)),
    ...told,
  );
}

/** The record without the raise that was never made: a step that was recorded for it is not counted. */
function unmade({ status, obs }: RunContext): RolloutRunStatus {
  const isStep = status.phase === 'Progressing' || status.phase === 'Held';
  const step = isStep ? Math.max(0, status.step - 1) : status.step;
  return withoutRaise({ ...status, step }, obs.route.weights);
}

/** Whether somebody lowered the share after a raise of it had been recorded: it was decided from a higher one. */
function isLowered({ status, obs }: RunContext): boolean {
  return obs.route.weights.canary < (status.steps.at(-2)?.weight ?? 0);
}

/**
 * Whether the recorded weights have never been live: nobody has been sent by them and the gateway has yet to follow, so
 * the step's interval begins only now.
 */
function isUnrouted({ obs, status, spec }: RunContext): boolean {
  return spec.routesTraffic && !sameShares(status.weights, obs.route.weights);
}

function advanced(context: RunContext): Action[] {
  if (iterates(context)) return [];
  const { canary } = context.status.weights;
  return [event('Normal', `Advance ${subjectOf(context)} canary weight ${canary}`, 'Progressing')];
}
