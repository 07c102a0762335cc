import { CelRuntimeError } from '../../library.ts';
import type { CelValue } from '../../values.ts';

/** What cel-go says when run-time types fit no overload. */
export function noSuchOverload(): CelRuntimeError {
  return new CelRuntimeError('no_such_overload', 'no such overload');
}

/** @throws CelRuntimeError `no_such_overload` when the argument is no string */
export function stringAt(args: readonly CelValue[], index: number): string {
  const value = args[index];
  if (typeof value !== 'string') throw noSuchOverload();
  return value;
}

/** @throws CelRuntimeError `no_such_overload` when the argument is no int */
export function intAt(args: readonly CelValue[], index: number): bigint {
  const value = args[index];
  if (typeof value !== 'bigint') throw noSuchOverload();
  return value;
}

/** @throws CelRuntimeError `no_such_overload` when the argument is no bool */
export function boolAt(args: readonly CelValue[], index: number): boolean {
  const value = args[index];
  if (typeof value !== 'boolean') throw noSuchOverload();
  return value;
}

/** @throws CelRuntimeError `no_such_overload` when the argument is no list */
export function listAt(args: readonly CelValue[], index: number): readonly CelValue[] {
  const value = args[index];
  if (!isList(value)) throw noSuchOverload();
  return value;
}

/** @throws CelRuntimeError `no_such_overload` when the argument is not there */
export function valueAt(args: readonly CelValue[], index: number): CelValue {
  const value = args[index];
  if (value === undefined) throw noSuchOverload();
  return value;
}

/** @throws CelRuntimeError `no_such_overload` when the argument is no instance of the class */
export function instanceAt<T>(
  type: new (...args: never[]) => T,
  args: readonly CelValue[],
  index: number,
): T {
  const value = args[index];
  if (!(value instanceof type)) throw noSuchOverload();
  return value;
}

export function isList(value: CelValue | undefined): value is readonly CelValue[] {
  return Array.isArray(value);
}
