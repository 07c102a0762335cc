import type { ObjectClient } from '../../src/domain/client.ts';
import { sleep, type Clock } from '../../src/domain/clock.ts';
import { ClusterError } from '../../src/domain/errors.ts';

/** How busy an API server is. */
export interface BusyServer {
  readonly clock: Clock;
  /** What every request takes, milliseconds. */
  readonly latencyMs: number;
  /** Whether a request that arrives now is answered with 429 and `Retry-After: 1`. */
  readonly refuses: () => boolean;
}

/** A client whose every request takes its time, and is refused now and then as by an API server under load. */
export class BusyClient implements ObjectClient {
  requests = 0;
  refused = 0;
  readonly get: ObjectClient['get'];
  readonly list: ObjectClient['list'];
  readonly watch: ObjectClient['watch'];
  readonly create: ObjectClient['create'];
  readonly replace: ObjectClient['replace'];
  readonly replaceStatus: ObjectClient['replaceStatus'];
  readonly patch: ObjectClient['patch'];
  readonly delete: ObjectClient['delete'];
  readonly #server: BusyServer;

  constructor(inner: ObjectClient, server: BusyServer) {
    this.#server = server;
    this.get = (...args) => this.#ask(() => inner.get(...args));
    this.list = (...args) => this.#ask(() => inner.list(...args));
    this.watch = (...args) => inner.watch(...args);
    this.create = (...args) => this.#ask(() => inner.create(...args));
    this.replace = (...args) => this.#ask(() => inner.replace(...args));
    this.replaceStatus = (...args) => this.#ask(() => inner.replaceStatus(...args));
    this.patch = (...args) => this.#ask(() => inner.patch(...args));
    this.delete = (...args) => this.#ask(() => inner.delete(...args));
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    const { clock, latencyMs, refuses } = this.#server;
    this.requests += 1;
    await sleep(clock, latencyMs);
    if (!refuses()) return work();
    this.refused += 1;
    throw new ClusterError('TooManyRequests', 'too many requests', {
      status: 429,
      retryAfterMs: 1000,
    });
  }
}
