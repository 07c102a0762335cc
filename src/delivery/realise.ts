import { TERMINAL_RUN_PHASES, type RolloutRunStatus } from '../domain/run.ts';
import type { Action, EventAction } from './action.ts';
import { fieldsFromRun, sameStatus, withFields, withProblem } from './canary-status.ts';
import { standingProblem, type RunContext } from './plan-context.ts';
import { giveBack } from './reservations.ts';
import { isStarted } from './run-status.ts';
import { isAtRest, isScaledUp, startReplicas } from './scale.ts';
import { cookieFields } from './session-affinity.ts';
import { sameShares } from './shares.ts';

/** Outcome of a run that was promoted without analysis. */
export const SKIPPED = 'AnalysisSkipped';

/** Records the next state of the run, makes the cluster follow, then tells. */
export function transition(
  context: RunContext,
  wanted: RolloutRunStatus,
  ...events: readonly EventAction[]
): Action[] {
  const next = giveBack(wanted);
  return [
    { type: 'recordRun', status: next },
    ...realisation({ ...context, status: next }),
    ...events,
  ];
}

/** The writes by which cluster and Canary come to say what the run says, in the order that survives a crash. */
export function realisation(context: RunContext): Action[] {
  return [...effects(context), ...statusWrite(context)];
}

function effects(context: RunContext): Action[] {
  const { status } = context;
  // A run that has not begun has changed nothing.
  if (!isStarted(status)) return [];
  switch (status.phase) {
    case 'Pending':
      return [];
    case 'Held':
    case 'Progressing':
      return [...floored(context), ...scaledUp(context), ...routed(context)];
    case 'Promoting':
      return [...promoted(context), ...routed(context)];
    case 'Finalising':
    case 'Superseded':
      return routed(context);
    case 'Succeeded':
      return [...routed(context), ...copiedUnproven(context), ...scaledDown(context)];
    case 'Failed':
      return [...routed(context), ...scaledDown(context)];
    case 'Aborted':
      return [...undone(context), ...routed(context), ...scaledDown(context)];
  }
}

/** Without analysis the end of the run is also its promotion; a target that has moved on is another change. */
function copiedUnproven(context: RunContext): Action[] {
  const { status, obs, run } = context;
  if (status.outcome?.reason !== SKIPPED || obs.target?.revision !== run.spec.revision) return [];
  return promoted(context);
}

function routed({ obs, status }: RunContext): Action[] {
  const { route } = obs;
  // A route that would lead to nobody is not made: the names may be those of a target that is not ours yet.
  if (!route.present && obs.primary === undefined) return [];
  const right = route.present && !route.drifted && sameShares(route.weights, status.weights);
  return right ? [] : [{ type: 'route', weights: status.weights }];
}

function scaledUp({ obs }: RunContext): Action[] {
  if (obs.target === undefined || isScaledUp(obs)) return [];
  return [{ type: 'scaleTarget', replicas: startReplicas(obs) }];
}

/** The primary keeps the pods that it has, so that it can take all the traffic back at once. */
function floored({ obs: { scaler }, status: { floor } }: RunContext): Action[] {
  if (floor === undefined || scaler === undefined || scaler.primary === 'missing') return [];
  return scaler.min >= Math.min(floor, scaler.max) ? [] : [{ type: 'boundScaler', min: floor }];
}

function scaledDown({ obs, status }: RunContext): Action[] {
  // A canary that still carries traffic stays, because its primary cannot serve.
  if (status.weights.canary > 0 || obs.target === undefined || isAtRest(obs)) return [];
  return [{ type: 'scaleTarget', replicas: 0 }];
}

/** A promotion that is taken back. */
function undone({ obs, status }: RunContext): Action[] {
  const { restores } = status;
  if (restores === undefined || obs.primary?.revision === restores) return [];
  return [{ type: 'restorePrevious' }];
}

function promoted({ obs, run }: RunContext): Action[] {
  const { revision } = run.spec;
  if (obs.primary?.revision === revision) return [];
  return [{ type: 'keepPrevious' }, { type: 'promote', revision }];
}

function statusWrite(context: RunContext): Action[] {
  const { obs, run, now, status } = context;
  const said = fieldsFromRun({ ...run, status }, obs.status);
  const fields = said && { ...said, ...cookieFields(obs.canary, { ...run, status }) };
  if (fields === undefined) return [];
  const ended = TERMINAL_RUN_PHASES.has(status.phase);
  const problem = ended ? obs.problem : standingProblem(context);
  const next = withProblem(withFields(obs.status, fields, obs.targetKind, now), problem, now);
  return sameStatus(next, obs.status) ? [] : [{ type: 'writeStatus', status: next }];
}
