import type { Clock, Timer } from './clock.ts';

interface Pending {
  at: number;
  sequence: number;
  callback: () => void;
}

/**
 * A clock that moves only when told to. Timers fire in order of their time, then of their creation. `run` advances
 * from timer to timer, letting all promise work settle in between, so a program of timers and in-process calls plays
 * as fast as the processor allows. Code under it must do no real I/O (sockets, files): nothing waits for that.
 */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  readonly #pending = new Set<Pending>();

  /** @param startMs wall-clock time at the start, milliseconds since the Unix epoch */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const entry: Pending = {
      at: this.#now + Math.max(0, delayMs),
      sequence: this.#sequence++,
      callback,
    };
    this.#pending.add(entry);
    return {
      cancel: () => {
        this.#pending.delete(entry);
      },
    };
  }

  /** Number of timers that have not fired. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves time on by `ms`, firing every timer due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      await this.#fire(next);
    }
    this.#now = end;
    await settle();
  }

  /**
   * Advances until `done()` holds.
   * @param limitMs virtual time after which it gives up, milliseconds
   * @returns whether `done()` held before the limit; false also when no timer is left that could change anything
   */
  async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    await settle();
    while (!done()) {
      const next = this.#next();
      if (next === undefined || next.at > end) return false;
      await this.#fire(next);
    }
    return true;
  }

  #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const entry of this.#pending) {
      if (
        first === undefined ||
        entry.at < first.at ||
        (entry.at === first.at && entry.sequence < first.sequence)
      ) {
        first = entry;
      }
    }
    return first;
  }

  async #fire(entry: Pending): Promise<void> {
    this.#pending.delete(entry);
    this.#now = Math.max(this.#now, entry.at);
    entry.callback();
    await settle();
  }
}

/** Lets promise callbacks run until none is queued; a turn of the event loop empties the microtask queue. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
