import { CelRuntimeError } from '../../library.ts';

/** Whether a conversion works: `isQuantity(s)` is `quantity(s)` without the error. */
export function succeeds(convert: () => unknown): boolean {
  try {
    convert();
    return true;
  } catch (error) {
    if (error instanceof CelRuntimeError) return false;
    throw error;
  }
}
