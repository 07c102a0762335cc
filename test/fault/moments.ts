import type { WriteKind } from './record.ts';

/** When to strike: so long after the n-th write of this kind, counted from the last strike's takeover. */
export interface Moment {
  readonly kind: WriteKind;
  readonly nth: number;
  readonly delayMs: number;
}

/** Each of them is struck directly at least once. */
const FORCED: readonly WriteKind[] = ['run', 'route', 'canary'];
const KINDS: readonly WriteKind[] = [...FORCED, 'intent'];
const MAX_DELAY_MS = 1200;
const DIRECT_SHARE = 0.6;

/** Draws the moments; any three or more of them hold one directly after each kind of write. */
export function drawMoments(count: number, seed: number): Moment[] {
  const random = generator(seed);
  const shift = Math.floor(random() * FORCED.length);
  return Array.from({ length: count }, (_, i) => {
    const isForced = i < FORCED.length;
    const kind = isForced
      ? FORCED[(i + shift) % FORCED.length]
      : KINDS[Math.floor(random() * KINDS.length)];
    const nth = 1 + Math.floor(random() * 2);
    const isDirect = random() < DIRECT_SHARE || isForced;
    const delayMs = isDirect ? 0 : 1 + Math.floor(random() * MAX_DELAY_MS);
    return { kind: kind ?? 'run', nth, delayMs };
  });
}

export function momentText({ kind, nth, delayMs }: Moment): string {
  return `${kind}#${nth}${delayMs === 0 ? '' : `+${delayMs}ms`}`;
}

/** Uniform in [0, 1); the same seed gives the same numbers (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
