import {
  accessKey,
  type AccessAnswer,
  type AccessRequest,
  type AccessReviewer,
} from '../domain/access.ts';
import type { Clock } from '../domain/clock.ts';
import { ClusterError } from '../domain/errors.ts';
import type { Transport } from '../domain/transport.ts';
import { linkDeadline, untilAbort } from '../lib/abort.ts';
import { LruMap } from '../lib/lru.ts';
import { readText } from './body.ts';
import { errorFromAnswer } from './status-error.ts';

/** What a reviewer works with; times are milliseconds. */
export interface AccessReviewerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** How long an answer counts as known. Default 5000. */
  readonly freshMs?: number;
  /** How long one question may take. Default 2000. */
  readonly timeoutMs?: number;
  /** Questions on their way at a time; further ones wait. Default 16. */
  readonly maxConcurrent?: number;
  /** Answers remembered. Default 4096. */
  readonly maxKnown?: number;
}

const PATH = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const OPERATION = 'create subjectaccessreviews';
const MAX_ANSWER_BYTES = 1024 * 1024;
const DEFAULTS = { freshMs: 5000, timeoutMs: 2000, maxConcurrent: 16, maxKnown: 4096 };

/**
 * Asks by SubjectAccessReviews. Answers are remembered for a few seconds, allowed or not; an answer with an error is
 * not, so that the next question is asked again.
 */
export function createAccessReviewer(options: AccessReviewerOptions): AccessReviewer {
  return new Reviewer({ ...DEFAULTS, ...options });
}

class Reviewer implements AccessReviewer {
  readonly #options: Required<AccessReviewerOptions>;
  readonly #known: LruMap<string, { readonly answer: AccessAnswer; readonly at: number }>;
  readonly #onTheWay = new Map<string, Promise<AccessAnswer>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: Required<AccessReviewerOptions>) {
    this.#options = options;
    this.#known = new LruMap(options.maxKnown);
  }

  known(request: AccessRequest, maxAgeMs = this.#options.freshMs): AccessAnswer | undefined {
    const found = this.#known.get(accessKey(request));
    if (found === undefined) return undefined;
    const ageMs = this.#options.clock.monotonic() - found.at;
    return ageMs <= maxAgeMs ? found.answer : undefined;
  }

  async review(request: AccessRequest, signal: AbortSignal): Promise<AccessAnswer> {
    signal.throwIfAborted();
    return this.known(request) ?? (await untilAbort(this.#shared(request), signal));
  }

  /** One question is on its way once, however many wait for it; it ends by its own time-out. */
  #shared(request: AccessRequest): Promise<AccessAnswer> {
    const key = accessKey(request);
    const running = this.#onTheWay.get(key);
    if (running !== undefined) return running;
    const answer = this.#ask(request).then(
      (given) => {
        this.#onTheWay.delete(key);
        this.#remember(key, given);
        return given;
      },
      (error: unknown) => {
        this.#onTheWay.delete(key);
        throw error;
      },
    );
    this.#onTheWay.set(key, answer);
    return answer;
  }

  #remember(key: string, answer: AccessAnswer): void {
    if (answer.error !== undefined) return;
    this.#known.set(key, { answer, at: this.#options.clock.monotonic() });
  }

  async #ask(request: AccessRequest): Promise<AccessAnswer> {
    const { clock, timeoutMs } = this.#options;
    const link = linkDeadline(clock, timeoutMs, tooLate);
    try {
      return await this.#inTurn(link.signal, () => this.#send(request, link.signal));
    } finally {
      link.release();
    }
  }

  async #inTurn<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#options.maxConcurrent) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    } else {
      this.#running += 1;
    }
    try {
      signal.throwIfAborted();
      return await untilAbort(task(), signal);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #send(request: AccessRequest, signal: AbortSignal): Promise<AccessAnswer> {
    const { status, headers, body } = await this.#options.transport({
      method: 'POST',
      path: PATH,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(reviewOf(request)),
      signal,
    });
    const text = await readText(body, MAX_ANSWER_BYTES);
    if (status < 200 || status >= 300) {
      throw errorFromAnswer({ operation: OPERATION, status, headers, text });
    }
    return answerOf(text);
  }
}

function tooLate(): Error {
  return new ClusterError('Timeout', `${OPERATION}: no answer in time`);
}

/** The SubjectAccessReview that asks it. */
function reviewOf({ user, question }: AccessRequest): object {
  const { username = '', uid = '', groups = [], extra = {} } = user;
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: username,
      groups,
      ...(uid === '' ? {} : { uid }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
      ...attributesOf(question),
    },
  };
}

function attributesOf(question: AccessRequest['question']): object {
  const { path, verb, group = '', fieldSelector, labelSelector, ...parts } = question;
  if (path !== undefined) return { nonResourceAttributes: { path, verb } };
  return {
    resourceAttributes: {
      verb,
      group,
      // Expressions do not name a version: they ask about all, as in the API server.
      version: '*',
      ...parts,
      ...(fieldSelector === undefined ? {} : { fieldSelector: { rawSelector: fieldSelector } }),
      ...(labelSelector === undefined ? {} : { labelSelector: { rawSelector: labelSelector } }),
    },
  };
}

/** @throws ClusterError ServerError when it is no answer */
function answerOf(text: string): AccessAnswer {
  const { allowed, denied, reason, evaluationError } = statusOf(text);
  if (typeof allowed !== 'boolean') {
    throw new ClusterError('ServerError', `${OPERATION}: the answer says neither yes nor no`);
  }
  return {
    decision: allowed ? 'allow' : denied === true ? 'deny' : 'noOpinion',
    ...(typeof reason === 'string' && reason !== '' ? { reason } : {}),
    ...(typeof evaluationError === 'string' && evaluationError !== ''
      ? { error: evaluationError }
      : {}),
  };
}

function statusOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const { status } = JSON.parse(text) as { status?: Readonly<Record<string, unknown>> | null };
    return status ?? {};
  } catch {
    throw new ClusterError('ServerError', `${OPERATION}: the answer is not JSON`);
  }
}
