import type { Approval } from '../domain/approval.ts';
import { outcomeText, type OutcomeWord } from '../domain/approval-outcome.ts';
import type { Gate } from '../domain/policy.ts';
import type { RolloutRun, RolloutRunStatus, RunAct } from '../domain/run.ts';
import { commandsOf } from './commands.ts';
import { pauseReason } from './pause.ts';
import { addAct, hold, instant, isTerminal } from './run-status.ts';

/** One Approval to act upon, and the run's status before it. */
export interface Commanded {
  readonly approval: Approval;
  /** Username of the approver, fit for one line. */
  readonly by: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly status: RolloutRunStatus;
}

/** What says which Approval is next. */
interface Situation {
  readonly run: RolloutRun;
  readonly now: number;
  readonly obs: {
    readonly approvals: readonly Approval[];
    readonly counting: ReadonlySet<string | undefined>;
  };
}

/** The next Approval of a run to act upon; undefined when there is none. */
export function nextCommand({
  run,
  now,
  obs,
}: Situation): Pick<Commanded, 'approval' | 'by'> | undefined {
  const { next } = commandsOf(obs.approvals, run, now, obs.counting);
  if (next === undefined) return undefined;
  const username = next.spec.approver?.username ?? '';
  const by = username.replace(/[\u0000-\u001f\u007f]/g, '?').slice(0, 253);
  return { approval: next, by };
}

/** The run's status with what came of the Approval. */
export function noted(
  { approval, by, now, status }: Commanded,
  word: OutcomeWord,
  sentence: string,
): RolloutRunStatus {
  const { name, uid = '' } = approval.metadata;
  const { action } = approval.spec;
  const outcome = outcomeText(word, sentence);
  const act: RunAct = { approval: name, uid, action, by, at: instant(now), outcome };
  return addAct(status, act);
}

/** What is said of an Approval that is not carried out. */
export function refusal({ approval, by }: Commanded, why: string): string {
  return `${approval.spec.action} by ${by} was not carried out: ${why}`;
}

/**
 * The run's status while it is paused, until the Approval expires.
 * @param gate that holds it
 * @param stays what does not move meanwhile
 * @returns the status, and how events put the pause
 */
export function paused(
  command: Commanded,
  gate: Gate,
  stays: string,
): { readonly status: RolloutRunStatus; readonly reason: string } {
  const { approval, by, now } = command;
  const { expiresAt } = approval.spec;
  const pause = {
    by,
    since: instant(now),
    ...(expiresAt === undefined ? {} : { until: expiresAt }),
  };
  const reason = pauseReason(pause);
  const held = {
    gate,
    reasons: [reason],
    ...(expiresAt === undefined ? {} : { nextOpen: expiresAt }),
  };
  const status = { ...noted(command, 'Done', `${stays}, ${reason}`), paused: pause };
  return { status: hold(status, held, now), reason };
}

/** What is said when a pause has ended by itself; undefined while it lasts, or where there is none. */
export function pauseEnd(
  run: RolloutRun,
  status: RolloutRunStatus,
  now: number,
): string | undefined {
  const until = status.paused?.until;
  if (isTerminal(run) || until === undefined || Date.parse(until) > now) return undefined;
  return `The pause by ${status.paused?.by ?? ''} is over`;
}
