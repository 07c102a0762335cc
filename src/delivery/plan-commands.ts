import type { Approval, ApprovalAction } from '../domain/approval.ts';
import { outcomeText, type OutcomeWord } from '../domain/approval-outcome.ts';
import type { RolloutRunStatus, RunAct } from '../domain/run.ts';
import { proceed, type EventAction, type Plan } from './action.ts';
import { commandsOf } from './commands.ts';
import { pauseReason } from './pause.ts';
import { nextGate } from './plan-step.ts';
import { event, targetSubjectOf, type RunContext } from './plan-context.ts';
import { rollBack } from './plan-rollback.ts';
import { isCopied, previousOf, undoPromotion } from './plan-undo.ts';
import { isRecord } from './takeover.ts';
import { released } from './takeover-record.ts';
import { ABORTED, addAct, endHold, hold, instant, isStarted, isTerminal } from './run-status.ts';

/** One Approval to act upon. */
interface Command extends RunContext {
  readonly approval: Approval;
  /** Username of the approver. */
  readonly by: string;
}

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
  const until = status.paused?.until;
  if (!isTerminal(run) && until !== undefined && Date.parse(until) <= now) {
    const message = `The pause by ${status.paused?.by ?? ''} is over`;
    return goOn(context, status, event('Normal', message, obs.status.phase));
  }
  const { next } = commandsOf(obs.approvals, run, now, obs.counting);
  if (next === undefined) return undefined;
  const command: Command = { ...context, approval: next, by: approverOf(next) };
  const handlers = isRecord(run) && !isTerminal(run) ? RECORD_HANDLERS : HANDLERS;
  return handlers[next.spec.action](command);
}

/** The approver's username, fit for one line. */
function approverOf({ spec }: Approval): string {
  return (spec.approver?.username ?? '').replace(/[\u0000-\u001f\u007f]/g, '?').slice(0, 253);
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
  const { run, by, approval, obs, now } = command;
  if (isTerminal(run)) return refuse(command, 'Unfit', 'the run is over');
  if (isPromoting(command)) return refuse(command, 'TooLate', 'the promotion is under way');
  const { expiresAt } = approval.spec;
  const paused = {
    by,
    since: instant(now),
    ...(expiresAt === undefined ? {} : { until: expiresAt }),
  };
  const status = noted(command, 'Done', `the weight stays, ${pauseReason(paused)}`);
  const gate = nextGate(command);
  const held = hold(
    { ...status, paused },
    {
      gate,
      reasons: [pauseReason(paused)],
      ...(expiresAt === undefined ? {} : { nextOpen: expiresAt }),
    },
    now,
  );
  const message = `Rollout of ${targetSubjectOf(command)} ${pauseReason(paused)}`;
  return proceed({ type: 'recordRun', status: held }, event('Normal', message, obs.status.phase));
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
  const { approval, by, obs } = command;
  const status = noted(command, word, why);
  const message = `${approval.spec.action} by ${by} was not carried out: ${why}`;
  return proceed({ type: 'recordRun', status }, event('Warning', message, obs.status.phase));
}

/** The run's status with what came of the Approval. */
function noted(command: Command, word: OutcomeWord, sentence: string): RolloutRunStatus {
  const { approval, by, now, status } = command;
  const { name, uid = '' } = approval.metadata;
  const { action } = approval.spec;
  const outcome = outcomeText(word, sentence);
  const act: RunAct = { approval: name, uid, action, by, at: instant(now), outcome };
  return addAct(status, act);
}
