import type { Approval } from '../../domain/approval.ts';
import { readOutcome, type OutcomeWord } from '../../domain/approval-outcome.ts';
import type { ObjectClient } from '../../domain/client.ts';
import { sleep, type Clock } from '../../domain/clock.ts';
import { isClusterError } from '../../domain/errors.ts';
import type { PolicyException } from '../../domain/exception.ts';
import { keyOf } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { RolloutRun, RolloutRunStatus, RunAct } from '../../domain/run.ts';
import type { Subject } from './subject.ts';

/** What has come of an Approval so far. */
export interface Effect {
  /** undefined: nothing has acted upon it yet. */
  readonly outcome?: { readonly word: OutcomeWord; readonly sentence: string };
  /** What holds the run all the same. */
  readonly held?: NonNullable<RolloutRunStatus['held']>;
}

const POLL_MS = 200;
/** How long a gate that an approval may open is watched, milliseconds. */
const OPENING_MS = 1500;

interface Following {
  readonly client: ObjectClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Waits until something has come of the Approval; one that is in force has a moment to open the gate.
 * @param waitMs at most this long; 0: looks once
 */
export async function follow(
  following: Following,
  approval: Approval,
  subject: Subject,
  waitMs: number,
): Promise<Effect> {
  const { clock } = following;
  const end = clock.monotonic() + waitMs;
  const seen = (limitMs: number, isDone: (effect: Effect) => boolean): Promise<Effect> =>
    lookUntil(following, () => look(following, approval, subject), limitMs, isDone);
  const effect = await seen(waitMs, ({ outcome }) => outcome !== undefined);
  const isOpening = effect.outcome?.word === 'InForce' && effect.held !== undefined;
  const left = end - clock.monotonic();
  if (!isOpening || left <= 0) return effect;
  return seen(Math.min(left, OPENING_MS), ({ held }) => held === undefined);
}

/** Looks now and then until what is seen is enough, or the time is over. */
async function lookUntil(
  { clock, signal }: Following,
  look: () => Promise<Effect>,
  limitMs: number,
  isDone: (effect: Effect) => boolean,
): Promise<Effect> {
  const end = clock.monotonic() + limitMs;
  for (;;) {
    const effect = await look();
    const left = end - clock.monotonic();
    if (left <= 0 || isDone(effect)) return effect;
    await sleep(clock, Math.min(POLL_MS, left), signal);
  }
}

function look(following: Following, approval: Approval, subject: Subject): Promise<Effect> {
  return subject.kind === 'RolloutRun'
    ? lookAtRun(following, approval, subject.run)
    : lookAtException(following, approval, subject.exception);
}

async function lookAtRun(
  { client, signal }: Following,
  approval: Approval,
  subject: RolloutRun,
): Promise<Effect> {
  const [said, run] = await Promise.all([
    readable(client.get<Approval>(RESOURCES.approvals, keyOf(approval), { signal })),
    client.get<RolloutRun>(RESOURCES.rolloutRuns, keyOf(subject), { signal }),
  ]);
  const text = outcomeIn(said) ?? actOf(run, approval)?.outcome;
  const held = run?.status?.held;
  return {
    ...(text === undefined ? {} : { outcome: readOutcome(text) }),
    ...(held === undefined ? {} : { held }),
  };
}

function outcomeIn(said: Approval | undefined): string | undefined {
  return said?.status?.consumed?.outcome;
}

function actOf(run: RolloutRun | undefined, { metadata }: Approval): RunAct | undefined {
  return run?.status?.acts?.find(({ uid }) => uid === metadata.uid);
}

/** Conditions of an exception that was approved or rejected tell in their own words where it stands. */
async function lookAtException(
  { client, signal }: Following,
  approval: Approval,
  subject: PolicyException,
): Promise<Effect> {
  const key = keyOf(subject);
  const [said, exception] = await Promise.all([
    readable(client.get<Approval>(RESOURCES.approvals, keyOf(approval), { signal })),
    client.get<PolicyException>(RESOURCES.policyExceptions, key, { signal }),
  ]);
  const text = outcomeIn(said);
  if (text !== undefined) return { outcome: readOutcome(text) };
  const wanted = approval.spec.action === 'Approve' ? 'True' : 'False';
  const inForce = exception?.status?.conditions?.find(({ type }) => type === 'InForce');
  if (inForce?.status !== wanted) return {};
  const sentence = inForce.message === '' ? inForce.reason : inForce.message;
  return { outcome: { word: 'Done', sentence } };
}

/** Who may write Approvals may not be allowed to read them. */
async function readable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isClusterError(error, 'Forbidden')) return undefined;
    throw error;
  }
}
