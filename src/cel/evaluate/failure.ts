import { CelRuntimeError, type CelErrorClass } from '../library.ts';
import type { CelValue } from '../values.ts';

/** An error as a value: `&&`, `||`, `all` and `exists` may absorb it. */
export class Failure {
  readonly errorClass: CelErrorClass;
  readonly message: string;
  constructor(errorClass: CelErrorClass, message: string) {
    this.errorClass = errorClass;
    this.message = message;
  }
}

/** What evaluating any part of an expression gives. */
export type Result = CelValue | Failure;

export const NO_OVERLOAD = new Failure('no_such_overload', 'no such overload');
export const NAN_ORDER = new Failure('other', 'NaN values cannot be ordered');

/** An exception of a function as an error value; what is no CEL error is passed on. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CelRuntimeError) return new Failure(error.errorClass, error.message);
  throw error;
}
