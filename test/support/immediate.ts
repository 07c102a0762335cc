import type { MaybePromise } from '../../src/lib/maybe-promise.ts';

/** A value that must be there at once. */
export function immediate<T>(value: MaybePromise<T>): T {
  if (value instanceof Promise) throw new Error('the value is not there at once');
  return value;
}
