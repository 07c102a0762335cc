import { SluiceError } from '../domain/errors.ts';

/** Something to send, beside the tick. */
export interface Letter {
  /** Never rejects, except when the signal aborts. */
  send(signal: AbortSignal): Promise<void>;
  /** Too much waited before it, and it is not sent. */
  dropped(): void;
}

/** Sends letters beside the tick: in their order for each key, with different keys at the same time. */
export class Outbox {
  readonly #maxWaiting: number;
  readonly #waiting = new Map<string, Letter[]>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  /** @param maxWaiting letters of one key that wait; of more the oldest are dropped */
  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** Takes a letter; nothing once the box is closed. */
  post(key: string, letter: Letter): void {
    if (this.#stop.signal.aborted) return;
    const queue = this.#waiting.get(key);
    if (queue !== undefined) {
      queue.push(letter);
      if (queue.length > this.#maxWaiting) queue.shift()?.dropped();
      return;
    }
    this.#waiting.set(key, [letter]);
    const running = this.#drain(key).finally(() => {
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  /** Drops what waits under a key that nobody cares for any more. */
  forget(key: string): void {
    this.#waiting.get(key)?.splice(0);
  }

  /** Gives up what is on its way and waits for it to end. */
  async close(): Promise<void> {
    this.#stop.abort(new SluiceError('SLUICE_DEADLINE', 'delivery is stopping'));
    await Promise.allSettled(this.#running);
  }

  async #drain(key: string): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      const next = this.#waiting.get(key)?.shift();
      if (next === undefined || signal.aborted) break;
      await next.send(signal).catch(() => undefined);
    }
    this.#waiting.delete(key);
  }
}
