import type { RolloutRun, RolloutRunStatus } from '../domain/run.ts';
import type { Action, DriftKind, EventAction, Plan } from './action.ts';
import type { Observation } from './observation.ts';
import { instant, isTerminal, runStatusOf } from './run-status.ts';

/** Condition of a run during which somebody changed by hand what belongs to it. */
const DISTURBED = 'Disturbed';

interface Context {
  readonly obs: Observation;
}

/** Tells that somebody else changed what a Canary generated, and that it is put right. */
export function driftEvent(
  { obs }: Context,
  kind: DriftKind,
  what: string,
  ending = 'put right',
): EventAction {
  const message = `${what} by somebody else and is ${ending}`;
  return { type: 'event', level: 'Warning', message, phase: obs.status.phase, drift: kind };
}

/**
 * The plan, with what is to be done and told about what somebody else changed. Services and route come first, the primary
 * last: whatever keeps it from being put right must not keep the traffic from it.
 */
export function withRepairs(context: Context, plan: Plan): Plan {
  const before = [
    ...servicesRepair(context),
    ...routeRepair(context, plan),
    ...copiesRepair(context, plan),
    ...scalerRepair(context, plan),
  ];
  const after = primaryRepair(context, plan);
  if (before.length + after.length === 0) return plan;
  return { ...plan, actions: [...before, ...plan.actions, ...after] };
}

function servicesRepair(context: Context): Action[] {
  const { obs } = context;
  // Without its primary an apex that led there would lead to nobody.
  if (!obs.servicesUnseen || obs.primary === undefined) return [];
  const { apex, namespace } = obs.names;
  const what = `A Service of ${apex}.${namespace} was changed`;
  const told = obs.foreign?.services === true ? [driftEvent(context, 'services', what)] : [];
  return [{ type: 'ensureServices', apex: true }, ...told];
}

function routeRepair(context: Context, plan: Plan): Action[] {
  const { obs } = context;
  const { route, names } = obs;
  // A route that is refused is put right because of the problem.
  const isStuck = obs.problem !== undefined && route.refused !== true;
  if (has(plan, 'route') || isStuck) return [];
  if (route.present && !route.drifted) return [];
  const what = `The route of ${names.apex}.${names.namespace} was ${route.present ? 'changed' : 'deleted'}`;
  // One that its data plane refuses is our own, and goes back to what was served before.
  const isForeign = obs.foreign?.route === true && route.refused !== true;
  const told = isForeign ? [driftEvent(context, 'route', what)] : [];
  return [{ type: 'route', weights: route.weights }, ...told];
}

/** A copy that is missing keeps pods from starting, so it comes before whatever makes the primary new ones. */
function copiesRepair(context: Context, plan: Plan): Action[] {
  const { primary, names } = context.obs;
  const copies = primary?.copies ?? [];
  if (copies.length === 0 || has(plan, 'promote')) return [];
  const what = copies.map(({ kind, name }) => `${kind} ${name}-primary`).join(', ');
  const text = `${what.slice(0, 400)} of ${names.primary}.${names.namespace} was changed`;
  return [{ type: 'restoreCopies' }, driftEvent(context, 'configs', text)];
}

function scalerRepair(context: Context, plan: Plan): Action[] {
  const { scaler, primary, names, canary } = context.obs;
  if (scaler === undefined || primary === undefined || has(plan, 'promote')) return [];
  if (scaler.primary === 'present' || has(plan, 'ensureScaler')) return [];
  const name = `${canary.spec.autoscalerRef?.name ?? ''}-primary.${names.namespace}`;
  const told =
    scaler.primary === 'edited'
      ? [driftEvent(context, 'scaler', `Autoscaler ${name} was changed`)]
      : [];
  return [{ type: 'ensureScaler' }, ...told];
}

function primaryRepair(context: Context, plan: Plan): Action[] {
  const { primary, names, targetKind } = context.obs;
  const isWritten = has(plan, 'promote') || has(plan, 'restorePrevious');
  if (primary === undefined || isWritten) return [];
  const name = `${targetKind} ${names.primary}.${names.namespace}`;
  if (primary.restore !== undefined) {
    const what = `${name} was changed`;
    return [{ type: 'restorePrimary' }, driftEvent(context, 'primary', what)];
  }
  if (!primary.leftBehind || has(plan, 'createPrimary')) return [];
  const what = `${name} was taken from its Canary`;
  return [{ type: 'createPrimary' }, driftEvent(context, 'primary', what)];
}

function has(plan: Plan, type: Action['type']): boolean {
  return plan.actions.some((action) => action.type === type);
}

/** The plan, with what it repairs noted in the run that is under way. */
export function notedInRun(plan: Plan, run: RolloutRun | undefined, now: number): Plan {
  const told = plan.actions.filter(
    (action): action is EventAction => action.type === 'event' && action.drift !== undefined,
  );
  const last = told.at(-1);
  if (last === undefined || run === undefined || isTerminal(run)) return plan;
  const note = (status: RolloutRunStatus): RolloutRunStatus => disturbed(status, last.message, now);
  if (!has(plan, 'recordRun')) {
    const record: Action = { type: 'recordRun', status: note(runStatusOf(run)) };
    return { ...plan, actions: [record, ...plan.actions] };
  }
  const actions = plan.actions.map((action) =>
    action.type === 'recordRun' ? { ...action, status: note(action.status) } : action,
  );
  return { ...plan, actions };
}

function disturbed(status: RolloutRunStatus, message: string, now: number): RolloutRunStatus {
  const others = status.conditions.filter(({ type }) => type !== DISTURBED);
  const condition = {
    type: DISTURBED,
    status: 'True' as const,
    reason: 'DriftRepaired',
    message,
    lastTransitionTime: instant(now),
  };
  return { ...status, conditions: [...others, condition] };
}
