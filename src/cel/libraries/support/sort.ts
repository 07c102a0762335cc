import { isComparable, tryCompare } from '../../compare.ts';
import { CelRuntimeError } from '../../library.ts';
import { runtimeType } from '../../standard/runtime-type.ts';
import type { CelValue } from '../../values.ts';
import { spend } from '../../work.ts';
import { patternSort } from './pattern-sort.ts';

/**
 * The elements in the order of their keys.
 * @param keys as many as elements, all of one type that has an order
 * @throws CelRuntimeError `other`
 */
export function sortByKeys(elements: readonly CelValue[], keys: readonly CelValue[]): CelValue[] {
  if (elements.length !== keys.length) throw badKeys('expected a key for each element');
  const [first] = keys;
  if (first === undefined) return [];
  if (!isComparable(first)) throw badKeys('list elements must be comparable');
  const type = runtimeType(first);
  if (keys.length > 1 && keys.some((key) => runtimeType(key) !== type)) {
    throw badKeys('list elements must have the same type');
  }
  const pairs = elements.map((element, i): Pair => ({ element, key: keys[i] ?? null }));
  patternSort(pairs, (left, right) => {
    spend(1);
    return tryCompare(left.key, right.key) === -1;
  });
  return pairs.map(({ element }) => element);
}

interface Pair {
  readonly element: CelValue;
  readonly key: CelValue;
}

function badKeys(problem: string): CelRuntimeError {
  return new CelRuntimeError('other', problem);
}
