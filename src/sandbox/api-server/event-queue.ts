/**
 * A bounded queue between a writer that never waits and one reader. When it overflows or is closed, the reader gets
 * what is queued and then the end.
 */
export class EventQueue<T> {
  readonly #limit: number;
  readonly #items: T[] = [];
  #closed = false;
  #overflowed = false;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get overflowed(): boolean {
    return this.#overflowed;
  }

  push(item: T): void {
    if (this.#closed) return;
    if (this.#items.length >= this.#limit) {
      this.#overflowed = true;
      this.#items.length = 0;
      this.close();
      return;
    }
    this.#items.push(item);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Items in order, all that are queued at once, until the queue is closed and empty. */
  async *batches(): AsyncGenerator<T[], void, undefined> {
    for (;;) {
      if (this.#items.length > 0) {
        yield this.#items.splice(0);
        continue;
      }
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
