/** An exponential backoff: the n-th delay (from 0) is `baseMs` · 2ⁿ, at most `maxMs`. */
export interface BackoffRange {
  readonly baseMs: number;
  readonly maxMs: number;
}

// 2^60 is beyond every maxMs, and keeps the power finite however often something has failed.
const MAX_EXPONENT = 60;

/**
 * The delay before retry number `attempt`, with equal jitter: between half of the exponential value and the whole of
 * it, so that it never exceeds `maxMs` and replicas that failed together do not come back together.
 * @param attempt failures so far minus one, at least 0
 * @param random returns a number in [0, 1)
 * @returns milliseconds
 */
export function backoffMs(attempt: number, range: BackoffRange, random: () => number): number {
  const full = Math.min(range.maxMs, range.baseMs * 2 ** Math.min(attempt, MAX_EXPONENT));
  return full * (0.5 + 0.5 * random());
}
