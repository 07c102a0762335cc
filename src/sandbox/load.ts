import type { Clock, Timer } from '../domain/clock.ts';
import type { NetworkAnswer, SandboxNetwork } from './network.ts';

export interface LoadOptions {
  readonly network: SandboxNetwork;
  readonly clock: Clock;
  /** `host:port` of the gateway. */
  readonly gateway: string;
  readonly requestsPerSecond: number;
  readonly signal: AbortSignal;
}

/** Answers of one host and one version of the workload (`-` when no pod answered). */
export interface LoadTally {
  readonly host: string;
  readonly version: string;
  requests: number;
  failed: number;
}

const TICK_MS = 50;
const MAX_IN_FLIGHT = 200;
const TIMEOUT_MS = 5000;

/**
 * Steady requests through the gateway, a tally by host and answering version kept. When the gateway is too slow and
 * 200 requests are under way no more are added, and the tally shows fewer.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #hosts = new Map<string, { sent: number; startedAt: number }>();
  readonly #tally = new Map<string, LoadTally>();
  #inFlight = 0;
  #timer: Timer | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#timer?.cancel(), { once: true });
  }

  /** Sends requests to this host, too, from now on. */
  add(host: string): void {
    if (this.#options.signal.aborted) return;
    this.#hosts.set(host, { sent: 0, startedAt: this.#options.clock.monotonic() });
    if (this.#timer === undefined) this.#tick();
  }

  tally(): readonly Readonly<LoadTally>[] {
    return [...this.#tally.values()];
  }

  #tick(): void {
    const { clock, requestsPerSecond, signal } = this.#options;
    const now = clock.monotonic();
    for (const [host, progress] of this.#hosts) {
      const due = Math.floor(((now - progress.startedAt) * requestsPerSecond) / 1000);
      for (; progress.sent < due; progress.sent += 1) {
        if (this.#inFlight < MAX_IN_FLIGHT) void this.#request(host);
      }
    }
    if (!signal.aborted) {
      this.#timer = clock.setTimer(() => {
        this.#tick();
      }, TICK_MS);
    }
  }

  async #request(host: string): Promise<void> {
    const { network, gateway, signal, clock } = this.#options;
    const limit = new AbortController();
    const timer = clock.setTimer(() => {
      limit.abort();
    }, TIMEOUT_MS);
    this.#inFlight += 1;
    try {
      const answer = await network.request(gateway, {
        method: 'GET',
        path: '/',
        headers: { host },
        signal: AbortSignal.any([signal, limit.signal]),
      });
      this.#count(host, answer);
    } catch {
      if (!signal.aborted) this.#count(host, undefined);
    } finally {
      timer.cancel();
      this.#inFlight -= 1;
    }
  }

  #count(host: string, answer: NetworkAnswer | undefined): void {
    const version = answer?.headers['x-version'] ?? '-';
    const key = `${host} ${version}`;
    let tally = this.#tally.get(key);
    if (tally === undefined) {
      tally = { host, version, requests: 0, failed: 0 };
      this.#tally.set(key, tally);
    }
    tally.requests += 1;
    if (answer === undefined || answer.status >= 500) tally.failed += 1;
  }
}
