import { proceed, waitFor, type EventAction, type Plan } from './action.ts';
import { withFields, withProblem } from './canary-status.ts';
import { FINALIZER } from './names.ts';
import { event, notReady, statusAction, unreadyText, type PlanContext } from './plan-context.ts';
import type { Problem } from './problem.ts';
import { isScaledUp, startReplicas } from './scale.ts';

/**
 * How long the primary's pods stay after the traffic was given to the target's: what proxies and gateways need to learn
 * of it. Milliseconds.
 */
const SETTLE_MS = 5000;
const HANDED_BACK = 'HandedBack';

/**
 * A Canary that is being deleted. With `revertOnDeletion`, or when the configuration says so for all, nobody is left
 * without an answer: the target gets the primary's size and must be ready, then every Service and route leads to it; the
 * finalizer, and with it the primary, goes after that. A target that does not become ready keeps the Canary and its primary
 * where they are: waiting is the only thing that cuts no traffic.
 */
export function planDeletion(context: PlanContext): Plan {
  const { obs } = context;
  const { canary, target } = obs;
  if (!(canary.metadata.finalizers ?? []).includes(FINALIZER)) return { actions: [], again: false };
  const release = { type: 'finalizer', present: false } as const;
  // Who deletes the target too wants none of it to stay; a namespace that goes takes the target with it.
  if (!isGuarded(context) || target === undefined) return proceed(release);
  return (
    begun(context) ??
    scaledUp(context) ??
    ready(context) ??
    handedBack(context) ??
    proceed(terminated(context), release)
  );
}

/** Flagger tells the end with the phase that the Canary had before. */
function terminated({ obs }: PlanContext): EventAction {
  const { lastAppliedSpec, lastPromotedSpec } = obs.status;
  const settled = lastAppliedSpec === lastPromotedSpec ? 'Succeeded' : 'Failed';
  const phase = obs.nextRun === 1 ? 'Initialized' : settled;
  const message = `Terminated canary ${obs.names.canary}.${obs.names.namespace}`;
  return event('Normal', message, phase, 'terminated');
}

/** Whether a deletion of the Canary must leave a target that serves. */
function isGuarded({ obs }: PlanContext): boolean {
  return obs.canary.spec.revertOnDeletion === true || obs.safeDeletion === true;
}

function begun(context: PlanContext): Plan | undefined {
  const { obs, now } = context;
  const { phase } = obs.status;
  if (phase === 'Terminating') return undefined;
  const fields = { phase: 'Terminating', canaryWeight: 0, iterations: 0 } as const;
  const status = withFields(withProblem(obs.status, undefined, now), fields, obs.targetKind, now);
  const message = `Terminating canary ${obs.names.canary}.${obs.names.namespace}`;
  return proceed({ type: 'writeStatus', status }, event('Normal', message, phase));
}

function scaledUp({ obs }: PlanContext): Plan | undefined {
  if (isScaledUp(obs)) return undefined;
  const replicas = Math.max(startReplicas(obs), obs.primary?.replicas ?? 1);
  return proceed({ type: 'scaleTarget', replicas });
}

/** Without a primary the traffic is on the target already, or nowhere. */
function ready(context: PlanContext): Plan | undefined {
  const { obs, now, spec } = context;
  const { target, primary, status } = obs;
  if (target === undefined || primary === undefined) return undefined;
  if (target.readiness.state === 'ready') return undefined;
  const message = unreadyText(context, 'target');
  const since = Date.parse(status.lastTransitionTime ?? '');
  const isLate = since + spec.progressDeadlineSeconds * 1000 < now;
  const text = `the deletion waits, the primary goes on serving: ${message}`;
  const problem: Problem = { reason: 'TargetNotReady', message: text };
  return notReady(context, message, 'revert', isLate ? problem : undefined);
}

function handedBack(context: PlanContext): Plan | undefined {
  const { obs, now } = context;
  const told = obs.status.conditions?.find(({ reason }) => reason === HANDED_BACK);
  if (told === undefined) {
    const message = `${obs.names.target}.${obs.names.namespace} has the traffic; what was generated goes`;
    const status = withProblem(obs.status, { reason: HANDED_BACK, message }, now);
    return proceed({ type: 'handBack' }, ...statusAction(context, status));
  }
  const at = Date.parse(told.lastUpdateTime ?? '');
  const waitMs = Number.isFinite(at) ? at + SETTLE_MS - now : 0;
  return waitMs > 0 ? waitFor(waitMs) : undefined;
}
