import type { Weights } from '../domain/run.ts';

/** Whether two routes send the same to the canary, copies included. */
export function sameShares(a: Weights, b: Weights): boolean {
  return a.canary === b.canary && a.mirrored === b.mirrored;
}

/** Whether the canary gets more by `next` than by `live`: a greater weight, or copies that it has not got yet. */
export function raisesShare(live: Weights, next: Weights): boolean {
  return next.canary > live.canary || (next.mirrored && !live.mirrored && live.canary === 0);
}

/** Whether the canary gets anything at all. */
export function isShown({ canary, mirrored }: Weights): boolean {
  return canary > 0 || mirrored;
}
