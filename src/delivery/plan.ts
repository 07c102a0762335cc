import type { CanaryPhase } from '../domain/canary.ts';
import type { RolloutRun } from '../domain/run.ts';
import { waitFor, type Action, type Plan } from './action.ts';
import { withAlerts } from './alerts.ts';
import { notedInRun, withRepairs } from './drift.ts';
import type { Observation } from './observation.ts';
import {
  dueInMs,
  event,
  finalizer,
  takenBack,
  type PlanContext,
  type RunContext,
} from './plan-context.ts';
import { commandsOf } from './commands.ts';
import { planStrategyChange, planTargetChange } from './plan-change.ts';
import { planCommands } from './plan-commands.ts';
import { planDeletion } from './plan-deletion.ts';
import { planCatchUp } from './plan-catch-up.ts';
import { planGateTimeout } from './plan-gate-timeout.ts';
import { planInitialization } from './plan-initialization.ts';
import { planFinalising, planPromoting } from './plan-promotion.ts';
import { planRound, planTargetLost } from './plan-round.ts';
import { planSettled, takenBackSettled } from './plan-settled.ts';
import { planStart } from './plan-start.ts';
import { isTerminal, runStatusOf } from './run-status.ts';
import { isRecord } from './takeover.ts';
import { isForeign } from './takeover-evidence.ts';
import { planRecord } from './takeover-record.ts';
import type { Settings } from './settings.ts';

/**
 * Decides what to do next for one Canary. Pure: the same arguments give the same plan.
 * @param spec the Canary's settings
 * @param run its newest run; undefined when it never had one
 * @param observation the cluster, and the answers to what earlier plans asked
 * @param now milliseconds since the Unix epoch
 */
export function planTick(
  spec: Settings,
  run: RolloutRun | undefined,
  observation: Observation,
  now: number,
): Plan {
  const context: PlanContext = { spec, obs: observation, now };
  const plan = withAlerts(context, run, notedInRun(planOf(context, run), run, now));
  const before: Action[] = observation.strayRuns ? [{ type: 'endStrayRuns' }] : [];
  // What is written into Approvals is the last thing, so that it never stands in the way of a rollout.
  const { unmarked } = commandsOf(observation.approvals, run, now, observation.counting);
  const after = [...observation.leftOver, ...unmarked];
  const marks = after.map((outcome): Action => ({ type: 'consume', ...outcome }));
  if (before.length + marks.length === 0) return plan;
  return { ...plan, actions: [...before, ...plan.actions, ...marks] };
}

function planOf(context: PlanContext, run: RolloutRun | undefined): Plan {
  const { obs: observation, spec } = context;
  if (observation.canary.metadata.deletionTimestamp !== undefined) return planDeletion(context);
  if (spec.suspended) return suspended(context, run);
  return BY_PHASE[observation.status.phase](context, run);
}

type PhasePlan = (context: PlanContext, run: RolloutRun | undefined) => Plan;

const initial: PhasePlan = (context) => planInitialization(context);
/** The run says what there is to do, whatever the Canary's own phase. */
const byRun: PhasePlan = (context, run) => repaired(context, planRun(context, run));

const BY_PHASE: Readonly<Record<CanaryPhase, PhasePlan>> = {
  '': initial,
  Initializing: initial,
  Initialized: byRun,
  Waiting: byRun,
  Progressing: byRun,
  WaitingPromotion: byRun,
  Promoting: byRun,
  Finalising: byRun,
  Succeeded: byRun,
  Failed: byRun,
  // Only a deletion sets it, and a deletion cannot be taken back.
  Terminating: (context) => planDeletion(context),
};

/** Nothing moves, also not back; what somebody else changes is put right all the same. */
function suspended(context: PlanContext, run: RolloutRun | undefined): Plan {
  const { obs, spec } = context;
  const { phase } = obs.status;
  // Flagger sets the first phase before it looks whether it may go on.
  if (phase === '') return planInitialization(context);
  const stopped = run === undefined ? undefined : endedByPerson(context, run);
  if (stopped !== undefined) return stopped;
  const message = 'skipping canary run as object is suspended';
  const told: Action = {
    ...event('Normal', message, phase, `suspended/${obs.canary.metadata.generation ?? 0}`),
    againAfterMs: spec.intervalMs,
  };
  if (BY_PHASE[phase] !== byRun) return waitFor(spec.intervalMs, told);
  const raised =
    run === undefined || isTerminal(run)
      ? takenBackSettled(context, run)
      : takenBack({ ...context, run, status: runStatusOf(run) });
  // Flagger finds out in the next round.
  const waitMs = roundInMs(context, run);
  const due = waitMs > 0 ? waitFor(waitMs) : waitFor(spec.intervalMs, told);
  return repaired(context, { ...due, actions: [...(raised?.actions ?? []), ...due.actions] });
}

/** Milliseconds that a run under way has until its next round. */
function roundInMs(context: PlanContext, run: RolloutRun | undefined): number {
  if (run === undefined || isTerminal(run)) return 0;
  return dueInMs({ ...context, run, status: runStatusOf(run) });
}

/** What moves to safety waits for nothing: a suspended run can be aborted and rejected. */
function endedByPerson(context: PlanContext, run: RolloutRun): Plan | undefined {
  const { obs, now } = context;
  const { next } = commandsOf(obs.approvals, run, now, obs.counting);
  if (next?.spec.action !== 'Abort' && next?.spec.action !== 'Reject') return undefined;
  return planCommands({ ...context, run, status: runStatusOf(run) });
}

/** What somebody else changed is put right with whatever else happens; weights stay as they are. */
function repaired(context: PlanContext, plan: Plan): Plan {
  // What another controller left is taken over first.
  if (isForeign(context.obs.status)) return plan;
  const missing = finalizer(context);
  const whole = missing.length === 0 ? plan : { ...plan, actions: [...missing, ...plan.actions] };
  return withRepairs(context, whole);
}

function planRun(context: PlanContext, run: RolloutRun | undefined): Plan {
  if (run === undefined) return planSettled(context, run);
  const runContext: RunContext = { ...context, run, status: runStatusOf(run) };
  const acted = planCommands(runContext);
  if (acted !== undefined) return acted;
  if (isTerminal(run)) return planSettled(context, run);
  if (isRecord(run)) return planRecord(runContext);
  return (
    planTargetLost(runContext) ??
    planTargetChange(runContext) ??
    planStrategyChange(runContext) ??
    planGateTimeout(runContext) ??
    planCatchUp(runContext) ??
    planPhase(runContext)
  );
}

function planPhase(context: RunContext): Plan {
  const { status } = context;
  switch (status.phase) {
    case 'Pending':
      return planStart(context);
    case 'Held':
      return status.held?.gate === 'RolloutStart' ? planStart(context) : planRound(context);
    case 'Progressing':
      return planRound(context);
    case 'Promoting':
      return planPromoting(context);
    case 'Finalising':
      return planFinalising(context);
    case 'Succeeded':
    case 'Failed':
    case 'Aborted':
    case 'Superseded':
      return planSettled(context, context.run);
  }
}
