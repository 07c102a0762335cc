import { CelRuntimeError } from './library.ts';
import { JsonMap, TypedMap, isTyped } from './from-json.ts';
import { spend, spendText } from './work.ts';
import { compareMixedNumbers, isCelNumber } from './compare.ts';
import {
  CelDuration,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  isCelMap,
  type CelMap,
  type CelValue,
} from './values.ts';

/**
 * CEL's `==`: numbers by value across int, uint and double (through a double where one side is one, as cel-go does),
 * lists and maps element by element, values of different kinds unequal. NaN equals nothing.
 * @throws CelRuntimeError `no_such_overload` when a library's value on the left meets one of another type, as in cel-go;
 *   inside a list or map such a pair counts as equal there, and so it does here
 */
export function celEquals(left: CelValue, right: CelValue): boolean {
  if (isCelNumber(left)) return isCelNumber(right) && compareMixedNumbers(left, right) === 0;
  if (typeof left !== 'object' || left === null) return left === right;
  if (Array.isArray(left)) {
    return Array.isArray(right) ? listsEqual(left, right) : unlikeTyped(left, right);
  }
  if (isCelMap(left)) {
    return right !== null && isCelMap(right) ? mapsEqual(left, right) : unlikeTyped(left, right);
  }
  return objectsEqual(left, right);
}

/** A list or map beside something else: different, and an error where Kubernetes holds it in Go types. */
function unlikeTyped(left: CelValue, right: CelValue): false {
  if (right === null || !isTyped(left)) return false;
  throw new CelRuntimeError('no_such_overload', 'no such overload');
}

function objectsEqual(left: CelValue, right: CelValue): boolean {
  if (left instanceof Uint8Array) return right instanceof Uint8Array && bytesEqual(left, right);
  if (left instanceof CelTimestamp) {
    return right instanceof CelTimestamp && left.nanos === right.nanos;
  }
  if (left instanceof CelDuration) {
    return right instanceof CelDuration && left.nanos === right.nanos;
  }
  if (left instanceof CelTypeValue) {
    return right instanceof CelTypeValue && left.name === right.name;
  }
  if (left instanceof CelOptional) {
    return right instanceof CelOptional && optionalsEqual(left, right);
  }
  return left instanceof CelOpaque && left.equals(right);
}

function listsEqual(left: readonly CelValue[], right: readonly CelValue[]): boolean {
  if (left.length !== right.length) return false;
  spend(left.length);
  for (let i = 0; i < left.length; i += 1) {
    if (!elementsEqual(left[i] ?? null, right[i] ?? null)) return false;
  }
  return true;
}

function elementsEqual(left: CelValue, right: CelValue): boolean {
  try {
    return celEquals(left, right);
  } catch (error) {
    if (error instanceof CelRuntimeError) return true;
    throw error;
  }
}

const isPlainJson = (map: CelMap): map is JsonMap =>
  map instanceof JsonMap && !(map instanceof TypedMap);

function mapsEqual(left: CelMap, right: CelMap): boolean {
  if (isPlainJson(left) && isPlainJson(right)) return left.equalsJson(right);
  if (left.size !== right.size) return false;
  spend(left.size);
  for (const key of left.keys()) {
    const other = right.get(key);
    if (other === undefined || !elementsEqual(left.get(key) ?? null, other)) return false;
  }
  return true;
}

function optionalsEqual(left: CelOptional, right: CelOptional): boolean {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return celEquals(left.value, right.value);
}

function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

/** Equality as membership tests use it (`in`, `indexOf`, `sets.contains`): what cannot be compared is different. */
export function celMatches(left: CelValue, right: CelValue): boolean {
  spend(1);
  if (typeof left === 'string') spendText(left.length);
  try {
    return celEquals(left, right);
  } catch (error) {
    if (error instanceof CelRuntimeError) return false;
    throw error;
  }
}
