import { proceed, waitFor, type Action, type Plan } from './action.ts';
import { withFields, withProblem } from './canary-status.ts';
import type { Inquiry } from './inquiry.ts';
import {
  ask,
  event,
  finalizer,
  notReady,
  PROBE_ID,
  report,
  unreadyText,
  unsupported,
  type PlanContext,
} from './plan-context.ts';
import { ALL_TO_PRIMARY } from './router/types.ts';
import { isAtRest } from './scale.ts';

/** From a new Canary to `Initialized`: Services, primary, apex, target at zero, route; every step may be repeated. */
export function planInitialization(context: PlanContext): Plan {
  const { obs, now } = context;
  if (obs.status.phase === '') {
    const begun = withFields(obs.status, { phase: 'Initializing' }, obs.targetKind, now);
    const next = withProblem(begun, undefined, now);
    return proceed(...finalizer(context), { type: 'writeStatus', status: next });
  }
  const problem = obs.problem ?? unsupported(context);
  if (problem !== undefined) return report(context, problem);
  return (
    probe(context) ??
    primaryCreated(context) ??
    primaryReady(context) ??
    scalerMade(context) ??
    initialized(context)
  );
}

function probe(context: PlanContext): Plan | undefined {
  if (context.spec.skipAnalysis) return undefined;
  const inquiry: Inquiry = { kind: 'probe', id: PROBE_ID };
  const answer = context.obs.answers.get(PROBE_ID);
  if (answer === undefined) return ask(context, inquiry);
  return answer === 'pending' ? waitFor(context.spec.intervalMs) : undefined;
}

/** Flagger initialises whether or not the metric servers answer; they are needed only later. */
function probeEvents(context: PlanContext): Action[] {
  const { obs, spec, now } = context;
  const answer = obs.answers.get(PROBE_ID);
  if (spec.skipAnalysis || answer === undefined || answer === 'pending') return [];
  if (answer.kind !== 'probe') return [];
  const available = event(
    'Normal',
    'all the metrics providers are available!',
    'Initializing',
    'providers-available',
  );
  if (answer.problem === undefined) return [available];
  if (answer.problem.reason === 'MetricUndefined') {
    // Flagger asks no server for it, and so finds out only when it is measured.
    return [
      { type: 'writeStatus', status: withProblem(obs.status, answer.problem, now) },
      available,
    ];
  }
  const message = `Error checking metric providers: ${answer.problem.message}`;
  return [
    { type: 'writeStatus', status: withProblem(obs.status, answer.problem, now) },
    event('Warning', message, 'Initializing', message),
  ];
}

function primaryCreated(context: PlanContext): Plan | undefined {
  const { primary } = context.obs;
  if (primary?.leftBehind === true) return proceed({ type: 'createPrimary' });
  if (primary !== undefined) return undefined;
  return proceed({ type: 'ensureServices', apex: false }, ...probeEvents(context), {
    type: 'createPrimary',
  });
}

function primaryReady(context: PlanContext): Plan | undefined {
  const { obs, spec } = context;
  if (spec.skipAnalysis || obs.primary === undefined) return undefined;
  if (obs.primary.readiness.state === 'ready') return undefined;
  return notReady(context, unreadyText(context, 'primary'), 'primary');
}

/** The primary's autoscaler, and a pause of the target's, before the apex leads to the primary. */
function scalerMade({ obs: { scaler } }: PlanContext): Plan | undefined {
  const isMade = scaler === undefined || (scaler.primary !== 'missing' && scaler.paused !== false);
  return isMade ? undefined : proceed({ type: 'ensureScaler', pauses: true });
}

function initialized(context: PlanContext): Plan {
  const { obs, now } = context;
  const { target, primary, names } = obs;
  if (target === undefined || primary === undefined) return waitFor(context.spec.intervalMs);
  // A primary that we promoted earlier says itself what it runs; then a target that differs is a change.
  const revision = primary.revision ?? target.revision;
  const fields = {
    phase: 'Initialized',
    lastAppliedSpec: revision,
    lastPromotedSpec: revision,
  } as const;
  const probed = obs.answers.get(PROBE_ID);
  const problem =
    typeof probed === 'object' && probed.kind === 'probe' ? probed.problem : undefined;
  const status = withProblem(withFields(obs.status, fields, obs.targetKind, now), problem, now);
  return proceed(
    ...probeEvents(context).filter(({ type }) => type === 'event'),
    { type: 'ensureServices', apex: true },
    ...toPrimary(context),
    { type: 'writeStatus', status },
    event('Normal', `Initialization done! ${names.canary}.${names.namespace}`, 'Initialized'),
  );
}

/** Traffic to the primary and the target at zero, in Flagger's order unless the route leads to the target's pods. */
function toPrimary({ obs }: PlanContext): Action[] {
  const { present, drifted, weights } = obs.route;
  const isRight = present && !drifted && weights.canary === 0;
  const route: Action[] = isRight ? [] : [{ type: 'route', weights: ALL_TO_PRIMARY }];
  const toZero: Action[] = isAtRest(obs) ? [] : [{ type: 'scaleTarget', replicas: 0 }];
  return present && weights.canary > 0 ? [...route, ...toZero] : [...toZero, ...route];
}
