import { digestOf } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';

/**
 * Remembers what a primary's scaler was when it was right. It follows the target's at a promotion and not before, so one
 * that differs was edited only if the target's has not changed since.
 */
export class ScalerKeeper {
  #right: string | undefined;

  /**
   * @param live spec of the primary's scaler
   * @param wanted the spec that the target's scaler gives it now
   * @param same whether the two mean the same
   * @returns whether somebody else changed the primary's
   */
  isEdited(live: unknown, wanted: unknown, same: boolean): boolean {
    const digest = digestOf(wanted as Json);
    if (same) {
      this.#right = digest;
      return false;
    }
    return this.#right === digest && digestOf(live as Json) !== digest;
  }
}
