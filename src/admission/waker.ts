import type { Clock } from '../domain/clock.ts';

/** Lets a loop sleep until there is something to do; what happens while it works is not forgotten. */
export class Waker {
  readonly #clock: Clock;
  #isTouched = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something has happened. */
  touch(): void {
    this.#isTouched = true;
    this.#wake?.();
  }

  /**
   * Resolves at once when something has happened since the last time, else when something happens, `limitMs` have passed
   * or the signal aborts.
   */
  async next(limitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#isTouched && !signal.aborted) await this.#sleep(limitMs, signal);
    this.#isTouched = false;
  }

  async #sleep(limitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const wake = (): void => {
      resolve(undefined);
    };
    this.#wake = wake;
    const timer = this.#clock.setTimer(wake, limitMs);
    signal.addEventListener('abort', wake, { once: true });
    await promise;
    timer.cancel();
    signal.removeEventListener('abort', wake);
    this.#wake = undefined;
  }
}
