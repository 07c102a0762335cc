import { sleep, type Clock } from '../../domain/clock.ts';
import { ClusterError } from '../../domain/errors.ts';
import type { TransportRequest, TransportResponse } from '../../domain/transport.ts';
import { linkDeadline } from '../../lib/abort.ts';
import { LruMap } from '../../lib/lru.ts';
import { ApiError } from './api-error.ts';
import { fits, isAnyVersion, type FaultKind, type FaultRule } from './fault-rule.ts';
import type { Interceptor } from './interceptor.ts';

export interface FaultOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1); the same numbers give the same faults. */
  readonly random: () => number;
}

/** Faults of an API server, to be given to it as `intercept`. */
export interface Faults {
  readonly intercept: Interceptor;
  /** Replaces every rule, and counts anew. Without rules every request passes. */
  set(rules: readonly FaultRule[]): void;
  /** How many requests each kind has struck since the rules were set. */
  readonly struck: ReadonlyMap<FaultKind, number>;
}

const DROP_MS = 5000;
const DELAY_MS = 2000;
const RETRY_AFTER_SECONDS = 1;
/** Reads that are remembered for `stale`. */
const REMEMBERED = 1000;

type Next = Parameters<Interceptor>[2];

interface Read {
  readonly at: number;
  readonly response: TransportResponse;
}

/**
 * Makes an API server fail in the ways that real ones do. Each request meets the first rule that strikes it; the random
 * numbers are drawn in the order of the requests.
 */
export function createFaults(options: FaultOptions): Faults {
  return new FaultInjector(options);
}

class FaultInjector implements Faults {
  readonly struck = new Map<FaultKind, number>();
  readonly #options: FaultOptions;
  readonly #reads = new LruMap<string, Read>(REMEMBERED);
  #rules: { readonly rule: FaultRule; left: number }[] = [];

  constructor(options: FaultOptions) {
    this.#options = options;
  }

  readonly intercept: Interceptor = (request, user, next) => {
    const rule = this.#pick(request);
    const read = isAnyVersion(request) ? `${user.username} ${request.path}` : undefined;
    if (rule === undefined) return read === undefined ? next() : this.#fresh(read, next);
    if (rule.kind === 'stale' && read !== undefined) return this.#read(read, rule, next);
    return this.#strike(rule, request, next);
  };

  set(rules: readonly FaultRule[]): void {
    this.struck.clear();
    this.#rules = rules.map((rule) => ({ rule, left: rule.count ?? Infinity }));
  }

  #pick(request: TransportRequest): FaultRule | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (entry.left <= 0 || !fits(rule.kind, request)) continue;
      if (rule.when?.(request) === false) continue;
      if (this.#options.random() >= (rule.probability ?? 1)) continue;
      entry.left -= 1;
      this.struck.set(rule.kind, (this.struck.get(rule.kind) ?? 0) + 1);
      return rule;
    }
    return undefined;
  }

  async #strike(
    rule: FaultRule,
    request: TransportRequest,
    next: Next,
  ): Promise<TransportResponse> {
    const { clock, random } = this.#options;
    const delayMs = delayOf(rule);
    switch (rule.kind) {
      case 'conflict':
      case 'tooManyRequests':
      case 'internalError':
      case 'unavailable':
        return refusal(rule.kind, rule.retryAfterSeconds ?? RETRY_AFTER_SECONDS);
      case 'lostAnswer':
        await next();
        throw reset();
      case 'slow':
        await sleep(clock, random() * delayMs, request.signal);
        return next();
      case 'dropWatch':
        return dropped(clock, random() * delayMs, request, next);
      case 'stale':
        return late(await next(), clock, { lagMs: delayMs, request });
    }
  }

  /** What the same read showed before, when that is not too long ago. */
  async #read(key: string, rule: FaultRule, next: Next): Promise<TransportResponse> {
    const before = this.#reads.get(key);
    const now = this.#options.clock.monotonic();
    const isRecent = before !== undefined && now - before.at <= delayOf(rule);
    return isRecent ? before.response : this.#fresh(key, next);
  }

  async #fresh(key: string, next: Next): Promise<TransportResponse> {
    const at = this.#options.clock.monotonic();
    const answer = await next();
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    const response = { ...answer, body: bodyOf(chunks) };
    this.#reads.set(key, { at, response });
    return response;
  }
}

function delayOf({ kind, delayMs }: FaultRule): number {
  return delayMs ?? (kind === 'dropWatch' ? DROP_MS : DELAY_MS);
}

function bodyOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ReadableStream.from(chunks).values() };
}

type Refusal = Extract<FaultKind, 'conflict' | 'tooManyRequests' | 'internalError' | 'unavailable'>;

const REFUSALS: Readonly<Record<Refusal, readonly [number, string, string]>> = {
  conflict: [409, 'Conflict', 'the object has been modified'],
  tooManyRequests: [429, 'TooManyRequests', 'the server has received too many requests'],
  internalError: [500, 'InternalError', 'Internal error occurred: a fault'],
  unavailable: [503, 'ServiceUnavailable', 'the server is unavailable'],
};

function refusal(kind: Refusal, retryAfterSeconds: number): TransportResponse {
  const isThrottled = kind === 'tooManyRequests';
  const error = new ApiError(...REFUSALS[kind], isThrottled ? { retryAfterSeconds } : undefined);
  const text = new TextEncoder().encode(JSON.stringify(error.toStatus()));
  return {
    status: error.code,
    headers: {
      'content-type': 'application/json',
      ...(isThrottled ? { 'retry-after': String(retryAfterSeconds) } : {}),
    },
    body: bodyOf([text]),
  };
}

function reset(): ClusterError {
  return new ClusterError('Unreachable', 'the connection was reset');
}

/** The answer, whose stream breaks off after the time. */
async function dropped(
  clock: Clock,
  afterMs: number,
  request: TransportRequest,
  next: Next,
): Promise<TransportResponse> {
  const link = linkDeadline(clock, afterMs, reset, request.signal);
  try {
    const answer = await next({ ...request, signal: link.signal });
    return {
      ...answer,
      body: releasing(answer.body, () => {
        link.release();
      }),
    };
  } catch (error) {
    link.release();
    throw error;
  }
}

async function* releasing(
  body: AsyncIterable<Uint8Array>,
  release: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    release();
  }
}

/** The answer, everything in whose stream comes so much later. */
function late(
  answer: TransportResponse,
  clock: Clock,
  { lagMs, request }: { lagMs: number; request: TransportRequest },
): TransportResponse {
  async function* delayed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of answer.body) {
      await sleep(clock, lagMs, request.signal);
      yield chunk;
    }
  }
  return { ...answer, body: delayed() };
}
