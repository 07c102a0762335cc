import type { ObjectClient } from '../../src/domain/client.ts';
import { ClusterError, type ClusterErrorReason } from '../../src/domain/errors.ts';

/** What one request gets instead of its answer. `lost`: it is carried out, and its answer never comes. */
export const FAULTS = [
  'Conflict',
  'NotFound',
  'Gone',
  'TooManyRequests',
  'ServerError',
  'silence',
  'lost',
] as const;
export type Fault = (typeof FAULTS)[number];

const STATUS: Readonly<Partial<Record<Fault, number>>> = {
  Conflict: 409,
  NotFound: 404,
  Gone: 410,
  TooManyRequests: 429,
  ServerError: 500,
};

/** A client of which one request fails. */
export class ErringClient implements ObjectClient {
  /** Whether each request so far was a write. */
  readonly requests: boolean[] = [];
  readonly get: ObjectClient['get'];
  readonly list: ObjectClient['list'];
  readonly watch: ObjectClient['watch'];
  readonly create: ObjectClient['create'];
  readonly replace: ObjectClient['replace'];
  readonly replaceStatus: ObjectClient['replaceStatus'];
  readonly patch: ObjectClient['patch'];
  readonly delete: ObjectClient['delete'];
  readonly #at: number;
  readonly #fault: Fault;

  /** @param at index of the request that fails, from 0 */
  constructor(inner: ObjectClient, at: number, fault: Fault) {
    this.#at = at;
    this.#fault = fault;
    this.get = (...args) => this.#ask(false, args[2].signal, () => inner.get(...args));
    this.list = (...args) => this.#ask(false, args[1].signal, () => inner.list(...args));
    this.watch = (...args) => inner.watch(...args);
    this.create = (...args) => this.#ask(true, args[2].signal, () => inner.create(...args));
    this.replace = (...args) => this.#ask(true, args[2].signal, () => inner.replace(...args));
    this.replaceStatus = (...args) =>
      this.#ask(true, args[2].signal, () => inner.replaceStatus(...args));
    this.patch = (...args) => this.#ask(true, args[3].signal, () => inner.patch(...args));
    this.delete = (...args) => this.#ask(true, args[2].signal, () => inner.delete(...args));
  }

  async #ask<T>(isWrite: boolean, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const index = this.requests.push(isWrite) - 1;
    if (index !== this.#at) return work();
    if (this.#fault === 'silence') return never(signal);
    if (this.#fault === 'lost') {
      await work();
      throw new ClusterError('Unreachable', 'the connection was lost', { status: 0 });
    }
    throw refusal(this.#fault);
  }
}

function refusal(reason: ClusterErrorReason & Fault): ClusterError {
  const retry = reason === 'TooManyRequests' ? { retryAfterMs: 1000 } : {};
  return new ClusterError(reason, `injected ${reason}`, { status: STATUS[reason] ?? 0, ...retry });
}

function never(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new ClusterError('Timeout', 'no answer in time', { status: 0 }));
    });
  });
}
