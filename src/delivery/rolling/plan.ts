import type { RolloutRun } from '../../domain/run.ts';
import { commandsOf } from '../commands.ts';
import { end, isStarted, isTerminal, runStatusOf } from '../run-status.ts';
import type { RollingAction, RollingPlan } from './action.ts';
import type { RollingObservation } from './observation.ts';
import { planCommands } from './plan-commands.ts';
import {
  NO_WEIGHTS,
  NOTHING,
  proceed,
  recorded,
  subjectOf,
  told,
  type RollingContext,
  type RollingRunContext,
} from './plan-context.ts';
import { planSettled } from './plan-settled.ts';
import { planStart } from './plan-start.ts';
import { planWatch } from './plan-watch.ts';

/**
 * Decides what to do next for one governed Deployment (design §3.3). Pure: the same arguments give the same plan.
 * @param obs the Deployment, its runs, and the answers to what earlier plans asked
 * @param now milliseconds since the Unix epoch
 */
export function planRolling(obs: RollingObservation, now: number): RollingPlan {
  const run = obs.runs.at(-1);
  const plan = planOf({ obs, now }, run);
  // What is written into Approvals is the last thing, so that it never stands in the way of a rollout.
  const { unmarked } = commandsOf(obs.approvals, run, now, obs.counting);
  const marks = [...obs.leftOver, ...unmarked].map((outcome): RollingAction => ({
    type: 'consume',
    ...outcome,
  }));
  return marks.length === 0 ? plan : { ...plan, actions: [...plan.actions, ...marks] };
}

function planOf(context: RollingContext, run: RolloutRun | undefined): RollingPlan {
  if (context.obs.deployment.metadata.deletionTimestamp !== undefined) return NOTHING;
  if (run === undefined) return planSettled(context, run);
  const runContext: RollingRunContext = { ...context, run, status: runStatusOf(run) };
  const acted = planCommands(runContext);
  if (acted !== undefined) return acted;
  if (isTerminal(run)) return planSettled(context, run);
  return replaced(runContext) ?? planPhase(runContext);
}

/** The Deployment has another template: the run ends, and what the other one needs is seen anew. */
function replaced(context: RollingRunContext): RollingPlan | undefined {
  const { obs, run, status, now } = context;
  if (obs.revision === run.spec.revision) return undefined;
  const isBack = obs.good.includes(obs.revision);
  const reason = isBack ? 'Reverted' : 'Superseded';
  const message = isBack
    ? 'the Deployment went back to a revision that has run well'
    : 'a newer revision of the Deployment replaced it';
  const phase = isBack ? 'Aborted' : 'Superseded';
  const last = { phase, weights: NO_WEIGHTS, reason, message, completed: true } as const;
  const event = told('Normal', `Rollout of ${subjectOf(context)} is over: ${message}`);
  return proceed(recorded(end(status, last, now)), ...(isStarted(status) ? [event] : []));
}

function planPhase(context: RollingRunContext): RollingPlan {
  switch (context.status.phase) {
    case 'Pending':
    case 'Held':
      return isStarted(context.status) ? planWatch(context) : planStart(context);
    case 'Progressing':
    case 'Promoting':
    case 'Finalising':
      return planWatch(context);
    case 'Succeeded':
    case 'Failed':
    case 'Aborted':
    case 'Superseded':
      return planSettled(context, context.run);
  }
}
