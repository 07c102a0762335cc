import {
  accessKey,
  type AccessAnswer,
  type AccessLookup,
  type AccessRequest,
  type AccessReviewer,
} from '../domain/access.ts';
import type { Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import { linkDeadline } from '../lib/abort.ts';

/** Where answers come from, and how long they may take. */
export interface AnsweringOptions {
  /** Absent: nobody can be asked, and every answer stays unknown. */
  readonly access?: AccessReviewer | undefined;
  readonly clock: Clock;
  /** Milliseconds for all questions together. */
  readonly timeoutMs: number;
  /** Told once for each question that got no answer. */
  readonly onFailure?: (error: unknown) => void;
}

/** Rounds of questions; an answer may lead to the next question. */
const MAX_ROUNDS = 8;
/** Questions of one evaluation; those beyond stay unanswered. */
const MAX_QUESTIONS = 64;

/**
 * Evaluates something that asks who may do what, puts the questions whose answers are not known to the cluster, all of
 * a round at the same time, and evaluates again until none is new. A question without an answer stays unknown.
 * @param evaluate synchronous and repeatable; called at least once
 * @returns its last value: at once when every answer was known, else a promise, which never rejects but for what
 *   `evaluate` throws
 */
export function answering<T>(
  evaluate: (lookup: AccessLookup) => T,
  options: AnsweringOptions,
): T | Promise<T> {
  const round = new Questions(options.access);
  const value = evaluate(round.lookup);
  return options.access === undefined || !round.isOpen
    ? value
    : answerAll(evaluate, round, options.access, options);
}

async function answerAll<T>(
  evaluate: (lookup: AccessLookup) => T,
  round: Questions,
  access: AccessReviewer,
  { clock, timeoutMs, onFailure }: AnsweringOptions,
): Promise<T> {
  const link = linkDeadline(clock, timeoutMs, tooLate);
  try {
    for (let rounds = 1; ; rounds++) {
      await round.ask(access, link.signal, onFailure);
      const value = evaluate(round.lookup);
      if (!round.isOpen || rounds >= MAX_ROUNDS || link.signal.aborted) return value;
    }
  } finally {
    link.release();
  }
}

function tooLate(): Error {
  return new SluiceError('SLUICE_DEADLINE', 'authorization was not answered in time');
}

/** The questions of one evaluation and what is known of them. Most ask nothing, so that nothing is made before. */
class Questions {
  readonly #access: AccessReviewer | undefined;
  #answers: Map<string, AccessAnswer> | undefined;
  #asked: Set<string> | undefined;
  /** Questions that came up and were not asked yet. */
  #open: Map<string, AccessRequest> | undefined;

  constructor(access: AccessReviewer | undefined) {
    this.#access = access;
  }

  get isOpen(): boolean {
    return (this.#open?.size ?? 0) > 0;
  }

  readonly lookup: AccessLookup = (request) => {
    const key = accessKey(request);
    const given = this.#answers?.get(key) ?? this.#access?.known(request);
    if (given !== undefined) {
      this.#keep(key, given);
      return given;
    }
    this.#open ??= new Map();
    this.#asked ??= new Set();
    const isNew = !this.#asked.has(key) && this.#asked.size + this.#open.size < MAX_QUESTIONS;
    if (isNew) this.#open.set(key, request);
    return undefined;
  };

  async ask(
    access: AccessReviewer,
    signal: AbortSignal,
    onFailure: ((error: unknown) => void) | undefined,
  ): Promise<void> {
    const round = [...(this.#open ?? [])];
    this.#open?.clear();
    const answer = async ([key, request]: [string, AccessRequest]): Promise<void> => {
      this.#asked?.add(key);
      try {
        this.#keep(key, await access.review(request, signal));
      } catch (error) {
        onFailure?.(error);
      }
    };
    await Promise.all(round.map(answer));
  }

  #keep(key: string, answer: AccessAnswer): void {
    this.#answers ??= new Map();
    this.#answers.set(key, answer);
  }
}
