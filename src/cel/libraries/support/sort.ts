import { isComparable, tryCompare } from '../../compare.ts';
import { CelRuntimeError } from '../../library.ts';
import { runtimeType } from '../../standard/runtime-type.ts';
import type { CelValue } from '../../values.ts';

/** Up to this length Go sorts by insertion, so that equal keys keep their order; so does every length here. */
const INSERTION_SORT_LIMIT = 12;

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
  const sorted = pairs.length > INSERTION_SORT_LIMIT ? pairs.sort(byKey) : insertionSort(pairs);
  return sorted.map(({ element }) => element);
}

interface Pair {
  readonly element: CelValue;
  readonly key: CelValue;
}

function byKey(left: Pair, right: Pair): number {
  return tryCompare(left.key, right.key) ?? 0;
}

/** By hand, because NaN has no place in an order and where it ends up then depends on the comparisons made. */
function insertionSort(pairs: Pair[]): Pair[] {
  for (let i = 1; i < pairs.length; i += 1) {
    for (let j = i; j > 0; j -= 1) {
      const [left, right] = [pairs[j - 1], pairs[j]];
      if (left === undefined || right === undefined || byKey(right, left) >= 0) break;
      pairs[j - 1] = right;
      pairs[j] = left;
    }
  }
  return pairs;
}

function badKeys(problem: string): CelRuntimeError {
  return new CelRuntimeError('other', problem);
}
