import { backoffMs } from '../lib/backoff.ts';
import type { Clock, Timer } from '../domain/clock.ts';

/** What a work queue tells about itself; every method is optional and must not throw. */
export interface WorkQueueHooks {
  /** Keys that wait for a worker, after each change. */
  depth?(keys: number): void;
  /** For how long a key waited before a worker took it, milliseconds. */
  waited?(ms: number): void;
  /** A key was put back because its work failed. */
  retried?(): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /** First delay after a failure; 5 ms when absent. It doubles with each further failure of the key. */
  readonly baseDelayMs?: number;
  /** The longest delay after failures; 5 minutes when absent. */
  readonly maxDelayMs?: number;
  readonly hooks?: WorkQueueHooks;
}

/**
 * Keys that wait to be worked on. A key is in the queue once, however often it is added, and is never handed out
 * twice at a time: when it is added while a worker has it, it comes back after `done`.
 */
export interface WorkQueue {
  /** Keys that wait for a worker. */
  readonly depth: number;
  /** Keys that workers have. */
  readonly active: number;
  add(key: string): void;
  /** Adds the key after `delayMs`; of several delays of one key the earliest counts. */
  addAfter(key: string, delayMs: number): void;
  /**
   * Adds the key after its own backoff, which grows with each call until `forget`.
   * @param atLeastMs a longer wish, such as the server's Retry-After
   * @returns the delay, milliseconds
   */
  addRateLimited(key: string, atLeastMs?: number): number;
  /** Clears the backoff of the key. */
  forget(key: string): void;
  /**
   * Hands out the key that has waited longest, dropping its pending delay: who works on a key says anew when to look
   * again. Waits while there is none; undefined once the queue is shut down.
   */
  next(): Promise<string | undefined>;
  /** The worker is through with the key. */
  done(key: string): void;
  /** Drops what waits and refuses more; idempotent. */
  shutdown(): void;
  /** Resolves when no worker has a key any more. */
  whenIdle(): Promise<void>;
}

const DEFAULT_BASE_MS = 5;
const DEFAULT_MAX_MS = 300_000;

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new KeyQueue(options);
}

class KeyQueue implements WorkQueue {
  readonly #options: WorkQueueOptions;
  /** Keys that wait, with the time at which they were added, oldest first. */
  readonly #waiting = new Map<string, number>();
  readonly #processing = new Set<string>();
  /** Keys added while a worker has them. */
  readonly #dirty = new Set<string>();
  readonly #delayed = new Map<string, { at: number; timer: Timer }>();
  readonly #failures = new Map<string, number>();
  /** Workers that wait for a key. */
  readonly #sleepers: (() => void)[] = [];
  #idlers: (() => void)[] = [];
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#waiting.size;
  }

  get active(): number {
    return this.#processing.size;
  }

  add(key: string): void {
    if (this.#isShutDown) return;
    if (this.#processing.has(key)) {
      this.#dirty.add(key);
      return;
    }
    if (this.#waiting.has(key)) return;
    this.#waiting.set(key, this.#options.clock.monotonic());
    this.#options.hooks?.depth?.(this.#waiting.size);
    this.#sleepers.shift()?.();
  }

  addAfter(key: string, delayMs: number): void {
    if (this.#isShutDown) return;
    const { clock } = this.#options;
    const at = clock.monotonic() + Math.max(0, delayMs);
    const pending = this.#delayed.get(key);
    if (pending !== undefined && pending.at <= at) return;
    pending?.timer.cancel();
    const timer = clock.setTimer(
      () => {
        this.#delayed.delete(key);
        this.add(key);
      },
      Math.max(0, delayMs),
    );
    this.#delayed.set(key, { at, timer });
  }

  addRateLimited(key: string, atLeastMs = 0): number {
    const { random, baseDelayMs = DEFAULT_BASE_MS, maxDelayMs = DEFAULT_MAX_MS } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const backoff = backoffMs(failures, { baseMs: baseDelayMs, maxMs: maxDelayMs }, random);
    const delayMs = Math.max(backoff, atLeastMs);
    this.addAfter(key, delayMs);
    this.#options.hooks?.retried?.();
    return delayMs;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  async next(): Promise<string | undefined> {
    while (!this.#isShutDown) {
      for (const [key, addedAt] of this.#waiting) return this.#take(key, addedAt);
      // Woken rather than handed the key, so that what is added in the same breath still counts as once.
      await new Promise<void>((resolve) => {
        this.#sleepers.push(resolve);
      });
    }
    return undefined;
  }

  done(key: string): void {
    if (!this.#processing.delete(key)) return;
    if (this.#dirty.delete(key)) this.add(key);
    if (this.#processing.size > 0) return;
    const idlers = this.#idlers;
    this.#idlers = [];
    for (const resolve of idlers) resolve();
  }

  shutdown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#dirty.clear();
    this.#waiting.clear();
    this.#options.hooks?.depth?.(0);
    for (const wake of this.#sleepers.splice(0)) wake();
  }

  whenIdle(): Promise<void> {
    if (this.#processing.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idlers.push(resolve);
    });
  }

  #take(key: string, addedAt: number): string {
    const { clock, hooks } = this.#options;
    this.#waiting.delete(key);
    this.#delayed.get(key)?.timer.cancel();
    this.#delayed.delete(key);
    this.#processing.add(key);
    hooks?.depth?.(this.#waiting.size);
    hooks?.waited?.(clock.monotonic() - addedAt);
    return key;
  }
}
