import type { Approval } from '../domain/approval.ts';
import { outcomeText, readOutcome } from '../domain/approval-outcome.ts';
import type { RolloutRun, RunAct } from '../domain/run.ts';
import { isTerminal, runStatusOf } from './run-status.ts';

/** What there is to do about the Approvals of one run. */
export interface Commands {
  /** Those that were acted upon, or will never be, and do not say so yet; each with what came of it. */
  readonly unmarked: readonly Outcome[];
  /** The next to act upon. */
  readonly next: Approval | undefined;
}

export interface Outcome {
  readonly approval: Approval;
  readonly outcome: string;
}

/** Approvals of a run that are noted while they are in force; further ones count at gates all the same. */
const MAX_NOTED = 16;

const NONE: Commands = { unmarked: [], next: undefined };

/**
 * Orders the Approvals of a run and says what is still to be done about them. Pure.
 * @param approvals of any subject; those bound to the run's uid count
 * @param run the newest of its Canary
 * @param now milliseconds since the Unix epoch
 * @param counts uids of those whose approvers may say so, and enough of them
 */
export function commandsOf(
  approvals: readonly Approval[],
  run: RolloutRun | undefined,
  now: number,
  counts: ReadonlySet<string | undefined>,
): Commands {
  if (run === undefined) return NONE;
  const open = openOf(approvals, run);
  const unmarked = open.flatMap((approval): Outcome[] => {
    const outcome = settled(approval, run, now) ?? withoutEffect(approval, run, counts);
    return outcome === undefined ? [] : [{ approval, outcome }];
  });
  const waiting = open.filter(
    (approval) =>
      counts.has(approval.metadata.uid) &&
      settled(approval, run, now) === undefined &&
      actOf(approval, run) === undefined,
  );
  const noted = open.filter((approval) => isInForce(approval, run)).length;
  const next = waiting.find(({ spec }) => spec.action !== 'Approve' || noted < MAX_NOTED);
  return { unmarked, next };
}

/**
 * The Approvals of a run that another one has replaced: none of them will be acted upon any more.
 * @param run an ended run that is not the newest of its Canary
 */
export function leftOver(approvals: readonly Approval[], run: RolloutRun): Outcome[] {
  return openOf(approvals, run).map((approval) => ({
    approval,
    outcome: ended(approval, run) ?? outcomeText('Unfit', 'a newer run has replaced this one'),
  }));
}

/** Those bound to the run that are not consumed, in the order in which they were made. */
function openOf(approvals: readonly Approval[], run: RolloutRun): Approval[] {
  const { uid } = run.metadata;
  return approvals
    .filter(({ spec, status }) => {
      const { subject } = spec;
      return subject.kind === 'RolloutRun' && subject.uid === uid && status?.consumed === undefined;
    })
    .sort(
      (a, b) =>
        compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
        compare(a.metadata.name, b.metadata.name),
    );
}

/** What is to be written into the Approval; undefined while it is to be acted upon or in force. */
function settled(approval: Approval, run: RolloutRun, now: number): string | undefined {
  const { expiresAt, approver } = approval.spec;
  const known = ended(approval, run);
  if (known !== undefined) return known;
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > now)) {
    return isInForce(approval, run)
      ? outcomeText('Ended', 'it was in force until it expired')
      : outcomeText('Expired', 'it expired before it was acted upon');
  }
  // Only admission writes the approver: one without was never checked.
  if (approver?.username === undefined || approver.username === '') {
    return outcomeText('Unfit', 'it names no approver, so admission has not seen it');
  }
  return undefined;
}

/** One that does not count waits for further people where they could make it count. */
function withoutEffect(
  approval: Approval,
  run: RolloutRun,
  counts: ReadonlySet<string | undefined>,
): string | undefined {
  if (counts.has(approval.metadata.uid)) return undefined;
  const { action } = approval.spec;
  if ((action === 'Approve' || action === 'Promote') && !isTerminal(run)) return undefined;
  return outcomeText('Unfit', 'its approver may not say so, or too few others have said it');
}

/** What was recorded of it and lasts: everything but an approval in force. */
function ended(approval: Approval, run: RolloutRun): string | undefined {
  const act = actOf(approval, run);
  if (act === undefined) return undefined;
  if (readOutcome(act.outcome).word !== 'InForce') return act.outcome;
  return isTerminal(run) ? outcomeText('Ended', 'it was in force until the run ended') : undefined;
}

function isInForce(approval: Approval, run: RolloutRun): boolean {
  const act = actOf(approval, run);
  return act !== undefined && readOutcome(act.outcome).word === 'InForce';
}

function actOf(approval: Approval, run: RolloutRun): RunAct | undefined {
  return runStatusOf(run).acts?.find(({ uid }) => uid === approval.metadata.uid);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
