import type { ApprovalAction } from '../../domain/approval.ts';
import type { OutcomeWord } from '../../domain/approval-outcome.ts';
import type { RolloutRunStatus } from '../../domain/run.ts';
import { nextCommand, noted, paused, pauseEnd, refusal, type Commanded } from '../commanded.ts';
import { ABORTED, endHold, instant, isStarted, isTerminal } from '../run-status.ts';
import type { RollingPlan } from './action.ts';
import {
  failed,
  proceed,
  recorded,
  subjectOf,
  told,
  type RollingRunContext,
} from './plan-context.ts';

/** One Approval to act upon. */
type Command = RollingRunContext & Commanded;

const HANDLERS: Readonly<Record<ApprovalAction, (command: Command) => RollingPlan>> = {
  Approve: (command) =>
    say(command, 'InForce', 'the gate counts it until it expires or the run ends', 'Approved'),
  Reject: (command) => endRun(command, 'Rejected'),
  Abort: (command) => endRun(command, ABORTED),
  Promote: finish,
  Retry: retry,
  Pause: pause,
  Resume: resume,
};

/**
 * Acts upon the next Approval of the newest run, before anything else. The run records what came of it together with
 * what is to happen, so that no Approval is acted upon twice.
 * @returns undefined when there is nothing to act upon
 */
export function planCommands(context: RollingRunContext): RollingPlan | undefined {
  const { run, now, status } = context;
  const ended = pauseEnd(run, status, now);
  if (ended !== undefined) return goOn(context, status, ended);
  const next = nextCommand(context);
  if (next === undefined) return undefined;
  const command: Command = { ...context, ...next };
  const { action } = next.approval.spec;
  if (isTerminal(run) && action !== 'Retry') return refuse(command, 'Unfit', 'the run is over');
  return HANDLERS[action](command);
}

/** Back to the last good template, whatever gates and checks would say. */
function endRun(command: Command, reason: 'Rejected' | typeof ABORTED): RollingPlan {
  const verb = reason === ABORTED ? 'aborted' : 'rejected';
  const message = `${verb} by ${command.by}`;
  const sentence = `the run was ${verb}; the last good template comes back`;
  const phase = reason === ABORTED ? 'Aborted' : 'Failed';
  return failed(
    { ...command, status: noted(command, 'Done', sentence) },
    { reason, message, phase },
  );
}

/** The remaining checks are left out; the pods must be there all the same, and the gate open. */
function finish(command: Command): RollingPlan {
  const { by, now } = command;
  const status: RolloutRunStatus = {
    ...noted(command, 'Done', 'the remaining checks are left out'),
    wanted: { what: 'Promotion', by, at: instant(now) },
  };
  const text = `Completion of ${subjectOf(command)} without further checks asked by ${by}`;
  return proceed(recorded(status), told('Normal', text));
}

/** A revision that has failed is rolled out again, by another run. */
function retry(command: Command): RollingPlan {
  const { run, obs, by, now, status } = command;
  const unfit = !isTerminal(run)
    ? 'the run is under way'
    : status.phase === 'Succeeded'
      ? 'the revision has run well'
      : obs.revision !== run.spec.revision
        ? 'the Deployment has another template now; apply it again, then retry'
        : undefined;
  if (unfit !== undefined) return refuse(command, 'Unfit', unfit);
  const next: RolloutRunStatus = {
    ...noted(command, 'Done', 'the revision is rolled out again, by another run'),
    wanted: { what: 'Retry', by, at: instant(now) },
  };
  return proceed(recorded(next), told('Normal', `Retry of ${run.metadata.name} asked by ${by}`));
}

/** No further pod of the new revision comes up until somebody resumes it. */
function pause(command: Command): RollingPlan {
  const { status, reason } = paused(command, 'RolloutStart', 'no further pods come up');
  return proceed(recorded(status), told('Normal', `Rollout of ${subjectOf(command)} ${reason}`));
}

function resume(command: Command): RollingPlan {
  const { by, status } = command;
  if (status.paused === undefined) return refuse(command, 'Unfit', 'the run is not paused');
  return goOn(command, noted(command, 'Done', 'the run goes on'), `Resumed by ${by}`);
}

function goOn(context: RollingRunContext, status: RolloutRunStatus, text: string): RollingPlan {
  const rest = { ...status };
  delete rest.paused;
  const next = isStarted(status) ? endHold({ ...rest, phase: 'Progressing' }, context.now) : rest;
  return proceed(recorded(next), told('Normal', text));
}

function say(command: Command, word: OutcomeWord, sentence: string, verb: string): RollingPlan {
  const text = `${verb} by ${command.by}`;
  return proceed(recorded(noted(command, word, sentence)), told('Normal', text));
}

/** Nothing is done, and the Approval says why. */
function refuse(command: Command, word: OutcomeWord, why: string): RollingPlan {
  return proceed(recorded(noted(command, word, why)), told('Warning', refusal(command, why)));
}
