import type { CanaryPhase } from '../domain/canary.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun, type RolloutRunStatus } from '../domain/run.ts';
import type { AlertAction, Plan } from './action.ts';
import { endAlert } from './alert-texts.ts';
import { holdAlerts } from './alert-holds.ts';
import { isFirst } from './plan-checks.ts';
import type { PlanContext } from './plan-context.ts';
import type { PlannedChange } from './planned-change.ts';
import { runStatusOf } from './run-status.ts';

/** Phases from which a run begins that people have not heard of. */
const SETTLED: ReadonlySet<CanaryPhase> = new Set([
  'Initialized',
  'Waiting',
  'Succeeded',
  'Failed',
]);
const INITIAL: ReadonlySet<CanaryPhase> = new Set(['', 'Initializing']);

/**
 * Adds the alerts about what the plan changes, after the writes that bring it about: each is told once for each
 * change, and not at all when a write before it fails for good. Pure.
 * @param run the Canary's newest run
 */
export function withAlerts(context: PlanContext, run: RolloutRun | undefined, plan: Plan): Plan {
  const change = changeOf(context, run, plan);
  const told = RULES.flatMap((rule) => rule(change));
  return told.length === 0 ? plan : { ...plan, actions: [...plan.actions, ...told] };
}

function changeOf(context: PlanContext, run: RolloutRun | undefined, plan: Plan): PlannedChange {
  const before = context.obs.status.phase;
  const written = plan.actions.findLast(({ type }) => type === 'writeStatus');
  const recorded = plan.actions.findLast(({ type }) => type === 'recordRun');
  const was = run === undefined ? undefined : runStatusOf(run);
  return {
    context,
    plan,
    before,
    after: written?.type === 'writeStatus' ? written.status.phase : before,
    run,
    was,
    is: recorded?.type === 'recordRun' ? recorded.status : was,
  };
}

type Rule = (change: PlannedChange) => AlertAction[];

const RULES: readonly Rule[] = [initialized, started, holdAlerts, preRolloutFailed, ended];

function initialized({ before, after, context }: PlannedChange): AlertAction[] {
  if (after !== 'Initialized' || !INITIAL.has(before)) return [];
  const text = `New ${context.obs.targetKind} detected, initialization completed.`;
  return [{ type: 'alert', severity: 'info', text, fields: true }];
}

function started({ before, after }: PlannedChange): AlertAction[] {
  if (after !== 'Progressing' || !SETTLED.has(before)) return [];
  const text = 'New revision detected, progressing canary analysis.';
  return [{ type: 'alert', severity: 'info', text, fields: true }];
}

/** The first failure of a run's pre-rollout hooks, which Flagger tells nobody (its issue 1663). */
function preRolloutFailed({ context, plan, run, was, is }: PlannedChange): AlertAction[] {
  if (run === undefined || was === undefined || is === undefined) return [];
  const isNew = failures(was) === 0 && failures(is) > 0;
  if (!isNew || !isFirst({ ...context, run, status: was })) return [];
  const complaint = plan.actions.find((each) => each.type === 'event' && each.level === 'Warning');
  if (complaint?.type !== 'event') return [];
  return [{ type: 'alert', severity: 'warn', text: complaint.message, fields: false }];
}

function failures({ failedChecks, unknownChecks }: RolloutRunStatus): number {
  return failedChecks + unknownChecks;
}

/**
 * The end of a run: when it is recorded, or when the Canary's status comes to say it, where a failed write had kept the
 * rest of the plan that recorded it from being carried out.
 */
function ended({ before, after, was, is }: PlannedChange): AlertAction[] {
  if (was === undefined || is === undefined || !TERMINAL_RUN_PHASES.has(is.phase)) return [];
  const isRecorded = !TERMINAL_RUN_PHASES.has(was.phase);
  const isShown = after !== before && (after === 'Succeeded' || after === 'Failed');
  if (!isRecorded && !isShown) return [];
  const alert = endAlert(is);
  return alert === undefined ? [] : [alert];
}
