/** A value that is there, or one that will be: nearly always the former, and then nobody should pay for a promise. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Goes on with a value: at once when it is there.
 * @returns what `next` gives; a promise when the value was one
 */
export function chain<T, U>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<U>,
): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
