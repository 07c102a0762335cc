import type { Clock, Timer } from '../domain/clock.ts';

/** One thing that has to happen in time. */
interface Deadline {
  /** Monotonic, milliseconds. */
  readonly at: number;
  readonly onMissed: () => void;
}

/**
 * Deadlines of many short pieces of work on one timer. Nearly all are met, so that setting and cancelling a timer for
 * each would be most of what they cost: the timer stays set, and looks for what is due when it fires.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #open = new Set<Deadline>();
  #timer: Timer | undefined;
  #firesAt = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Calls `onMissed` once unless the deadline is met before.
   * @returns what {@link meet} takes
   */
  set(delayMs: number, onMissed: () => void): Deadline {
    const deadline = { at: this.#clock.monotonic() + delayMs, onMissed };
    this.#open.add(deadline);
    if (deadline.at < this.#firesAt) this.#arm(deadline.at, delayMs);
    return deadline;
  }

  /** The work is done. */
  meet(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  /** Drops all of them, and the timer. */
  clear(): void {
    this.#open.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#firesAt = Infinity;
  }

  #arm(at: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#firesAt = at;
    this.#timer = this.#clock.setTimer(() => {
      this.#fire();
    }, delayMs);
  }

  #fire(): void {
    this.#timer = undefined;
    this.#firesAt = Infinity;
    const now = this.#clock.monotonic();
    let next = Infinity;
    for (const deadline of [...this.#open]) {
      if (deadline.at > now) {
        next = Math.min(next, deadline.at);
        continue;
      }
      this.#open.delete(deadline);
      deadline.onMissed();
    }
    if (next < this.#firesAt) this.#arm(next, next - now);
  }
}
