import type { ApprovalAction } from '../domain/approval.ts';
import type { OutcomeWord } from '../domain/approval-outcome.ts';
import type { RolloutRunStatus } from '../domain/run.ts';
import { proceed, type EventAction, type Plan } from './action.ts';
import { nextCommand, noted, paused, pauseEnd, refusal, type Commanded } from './commanded.ts';
import { nextGate } from './plan-step.ts';
import { event, targetSubjectOf, type RunContext } from './plan-context.ts';
import { rollBack } from './plan-rollback.ts';
import { isCopied, previousOf, undoPromotion } from './plan-undo.ts';
import { isRecord } from './takeover.ts';
import { released } from './takeover-record.ts';
import { ABORTED, endHold, instant, isStarted, isTerminal } from './run-status.ts';

/** One Approval to act upon. */
type Command = RunContext & Commanded;

type Handler = (command: Command) => Plan;

const HANDLERS: Readonly<Record<ApprovalAction, Handler>> = {
  Approve: approve,
  Reject: (command) => endRun(command, 'Rejected'),
  Abort: (command) => endRun(command, ABORTED),
  Promote: promoteNow,
  Retry: retry,
  Pause: pause,
  Resume: resume,
};

const NOT_OURS = (command: Command): Plan =>
  refuse(
    command,
    'Unfit',
    "the rollout is another controller's: retry begins it anew, abort ends it",
  );

/** What there is to say about another controller's rollout. */
const RECORD_HANDLERS: Readonly<Record<ApprovalAction, Handler>> = {
  ...HANDLERS,
  Approve: NOT_OURS,
  Promote: NOT_OURS,
  Pause: NOT_OURS,
  Resume: NOT_OURS,
  Retry: release,
};
/**
 * Acts upon the next Approval of the newest run, before anything else: what moves to safety waits for nobody. The run
 * records what came of it together with what is to happen, so that no Approval is acted upon twice.
 * @returns undefined when there is nothing to act upon
 */
export function planCommands(context: RunContext): Plan | undefined {
  const { run, obs, now, status } = context;
  const ended = pauseEnd(run, status, now);
  if (ended !== undefined) return goOn(context, status, event('Normal', ended, obs.status.phase));
  const next = nextCommand(context);
  if (next === undefined) return undefined;
  const command: Command = { ...context, ...next };
  const handlers = isRecord(run) && !isTerminal(run) ? RECORD_HANDLERS : HANDLERS;
  return handlers[next.approval.spec.action](command);
}

/** In force from now on: gates count it by themselves. */
function approve(command: Command): Plan {
  const { run, by, approval, obs } = command;
  if (isTerminal(run)) return refuse(command, 'Unfit', 'the run is over');
  const { gates, maxWeight } = approval.spec.scope ?? {};
  const scope = [
    ...(gates === undefined || gates.length === 0 ? [] : [`for ${gates.join(', ')}`]),
    ...(maxWeight === undefined ? [] : [`up to weight ${maxWeight}`]),
  ];
  const status = noted(command, 'InForce', 'gates count it until it expires or the run ends');
  const message = ['Approved by', by, ...scope].join(' ');
  return proceed({ type: 'recordRun', status }, event('Normal', message, obs.status.phase));
}

/** Back to the primary, whatever gates, windows and checks would say. */
function endRun(command: Command, reason: 'Rejected' | typeof ABORTED): Plan {
  const { by } = command;
  if (isCopied(command)) return endPromoted(command, reason);
  if (isTerminal(command.run)) return refuse(command, 'Unfit', 'the run is over');
  const verb = reason === ABORTED ? 'aborted' : 'rejected';
  const status = noted(command, 'Done', `the run was ${verb}; all traffic goes to the primary`);
  return rollBack(
    { ...command, status },
    {
      reason,
      message: `${verb} by ${by}`,
      complaint: `${verb} by ${by}`,
      phase: reason === ABORTED ? 'Aborted' : 'Failed',
    },
  );
}

/** An abort gives the primary its earlier template back, where it is kept; a rejection comes too late. */
function endPromoted(command: Command, reason: 'Rejected' | typeof ABORTED): Plan {
  const { by } = command;
  const previous = reason === ABORTED ? previousOf(command) : 'an abort takes the promotion back';
  if (typeof previous === 'string') {
    const way = 'give the target its earlier template again to go back';
    return refuse(command, 'TooLate', `the primary has the revision already, ${previous}; ${way}`);
  }
  const done = 'the promotion was taken back: the primary gets its earlier template';
  return undoPromotion({ ...command, status: noted(command, 'Done', done) }, previous, by);
}

function isPromoting({ status }: RunContext): boolean {
  return status.phase === 'Promoting' || status.phase === 'Finalising';
}

/** The remaining analysis is left out; gates, windows and budgets are not. */
function promoteNow(command: Command): Plan {
  const { run, by, obs, now } = command;
  if (isTerminal(run)) return refuse(command, 'Unfit', 'the run is over');
  if (isPromoting(command)) return refuse(command, 'Unfit', 'the promotion is under way already');
  const sentence = 'the remaining analysis is left out; the gate Promotion decides';
  const status: RolloutRunStatus = {
    ...noted(command, 'Done', sentence),
    wanted: { what: 'Promotion', by, at: instant(now) },
  };
  const message = `Promotion without further analysis asked by ${by}`;
  return proceed({ type: 'recordRun', status }, event('Normal', message, obs.status.phase));
}

/** A failed revision is rolled out again, by another run, once this one is completed. */
function retry(command: Command): Plan {
  const { run, by, obs, now, status } = command;
  const unfit = unfitToRetry(command);
  if (unfit !== undefined) return refuse(command, 'Unfit', unfit);
  const recorded: RolloutRunStatus = {
    ...noted(command, 'Done', 'the revision is rolled out again, by another run'),
    wanted: { what: 'Retry', by, at: instant(now) },
  };
  const message = `Retry of ${run.metadata.name} (${status.outcome?.reason ?? status.phase}) asked by ${by}`;
  return proceed(
    { type: 'recordRun', status: recorded },
    event('Normal', message, obs.status.phase),
  );
}

/** Another controller's rollout begins anew: the target is a change like any other from now on. */
function release(command: Command): Plan {
  const { by, obs, run } = command;
  if (obs.target?.revision !== run.spec.revision) {
    return refuse(command, 'Unfit', 'the target has another template now');
  }
  const status = noted(command, 'Done', 'the revision is rolled out by another run');
  const message = `Retry of ${run.metadata.name} asked by ${by}`;
  return proceed(
    { type: 'recordRun', status: released(command, status, by) },
    event('Normal', message, obs.status.phase),
  );
}

function unfitToRetry({ run, obs, status }: Command): string | undefined {
  if (!isTerminal(run)) return 'the run is under way';
  if (status.phase === 'Succeeded') return 'the revision was promoted';
  if (status.wanted?.what === 'Retry') return 'the revision is rolled out again already';
  if (obs.target?.revision !== run.spec.revision) return 'the target has another template now';
  return undefined;
}

/** The weight stays; the canary is measured on, and a bad one rolled back. */
function pause(command: Command): Plan {
  const { run, obs } = command;
  if (isTerminal(run)) return refuse(command, 'Unfit', 'the run is over');
  if (isPromoting(command)) return refuse(command, 'TooLate', 'the promotion is under way');
  const { status, reason } = paused(command, nextGate(command), 'the weight stays');
  const message = `Rollout of ${targetSubjectOf(command)} ${reason}`;
  return proceed({ type: 'recordRun', status }, event('Normal', message, obs.status.phase));
}

function resume(command: Command): Plan {
  const { run, by, obs, status } = command;
  if (isTerminal(run)) return refuse(command, 'Unfit', 'the run is over');
  if (status.paused === undefined) return refuse(command, 'Unfit', 'the run is not paused');
  const message = `Resumed by ${by}`;
  const recorded = noted(command, 'Done', 'the run goes on');
  return goOn(command, recorded, event('Normal', message, obs.status.phase));
}

/** A step that has lasted its interval goes on at once; another one lasts it out first. */
function goOn(context: RunContext, status: RolloutRunStatus, told: EventAction): Plan {
  const { now, spec } = context;
  // What held it before the pause holds it anew.
  const held = status.held && { ...status.held, since: instant(now) };
  const rest = { ...status, ...(held === undefined ? {} : { held }) };
  delete rest.paused;
  const startedAt = Date.parse(status.steps.at(-1)?.startedAt ?? '');
  const isDue = !isStarted(status) || !(now - startedAt < spec.intervalMs);
  const next = isDue ? rest : endHold({ ...rest, phase: 'Progressing' }, now);
  return proceed({ type: 'recordRun', status: next }, told);
}

/** Nothing is done, and the Approval says why. */
function refuse(command: Command, word: OutcomeWord, why: string): Plan {
  const told = event('Warning', refusal(command, why), command.obs.status.phase);
  return proceed({ type: 'recordRun', status: noted(command, word, why) }, told);
}
