/** Repairs within this time are counted together. Milliseconds. */
const WINDOW_MS = 300_000;
/** Another writer that never gives in is not fought for ever. */
const MAX_REPAIRS = 5;

/** Counts how often something was put right, so that it is left after five times within five minutes. */
export class RepairLimit {
  #at: readonly number[] = [];

  /** @param now milliseconds */
  allows(now: number): boolean {
    this.#at = this.#at.filter((at) => now - at < WINDOW_MS);
    return this.#at.length < MAX_REPAIRS;
  }

  /** It was put right. */
  repaired(now: number): void {
    this.#at = [...this.#at, now];
  }
}
