import { CelRuntimeError } from './library.ts';
import { spendText } from './work.ts';
import { CelDuration, CelTimestamp, CelUint, type CelValue } from './values.ts';

/** -1, 0 or 1. */
export type Ordering = -1 | 0 | 1;

/** A value of CEL type int, uint or double. */
export type CelNumber = bigint | CelUint | number;

/** Whether a value is an int, a uint or a double. */
export function isCelNumber(value: CelValue): value is CelNumber {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof CelUint;
}

/**
 * Order of two values as `<`, `sort` and `min` use it: numbers across int, uint and double, strings by code point,
 * bytes, bools (false first), timestamps, durations.
 * @throws CelRuntimeError `no_such_overload` when the two cannot be ordered, `other` when one is NaN
 */
export function celCompare(left: CelValue, right: CelValue): Ordering {
  const result = tryCompare(left, right);
  if (result !== undefined) return result;
  if (isCelNumber(left) && isCelNumber(right)) {
    throw new CelRuntimeError('other', 'NaN values cannot be ordered');
  }
  throw new CelRuntimeError('no_such_overload', 'no such overload');
}

/** As {@link celCompare}, undefined for what has no order. */
export function tryCompare(left: CelValue, right: CelValue): Ordering | undefined {
  if (!isCelNumber(left)) return others(left, right);
  return isCelNumber(right) ? compareMixedNumbers(left, right) : undefined;
}

/** Whether values of this kind have an order at all. */
export function isComparable(value: CelValue): boolean {
  if (typeof value !== 'object') return true;
  return (
    value instanceof CelUint ||
    value instanceof CelTimestamp ||
    value instanceof CelDuration ||
    value instanceof Uint8Array
  );
}

function others(left: CelValue, right: CelValue): Ordering | undefined {
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return order(left, right);
  if (left instanceof CelTimestamp) {
    return right instanceof CelTimestamp ? order(left.nanos, right.nanos) : undefined;
  }
  if (left instanceof CelDuration) {
    return right instanceof CelDuration ? order(left.nanos, right.nanos) : undefined;
  }
  return left instanceof Uint8Array && right instanceof Uint8Array
    ? compareBytes(left, right)
    : undefined;
}

const INT64_MIN_DOUBLE = -(2 ** 63);
const INT64_MAX_DOUBLE = 2 ** 63;
const UINT64_MAX_DOUBLE = 2 ** 64;

/**
 * Order of two numbers of any numeric types. An integer that meets a double is compared as a double, as cel-go does
 * (so the largest int equals 2^63).
 * @returns undefined when either is NaN
 */
export function compareMixedNumbers(left: CelNumber, right: CelNumber): Ordering | undefined {
  if (typeof left === 'number') return compareDouble(left, right);
  if (typeof right === 'number') {
    const reversed = compareDouble(right, left);
    return reversed === undefined ? undefined : reverse(reversed);
  }
  return order(integerOf(left), integerOf(right));
}

function compareDouble(left: number, right: CelNumber): Ordering | undefined {
  if (Number.isNaN(left)) return undefined;
  if (typeof right === 'number') return Number.isNaN(right) ? undefined : order(left, right);
  const [low, high] =
    typeof right === 'bigint' ? [INT64_MIN_DOUBLE, INT64_MAX_DOUBLE] : [0, UINT64_MAX_DOUBLE];
  if (left < low) return -1;
  if (left > high) return 1;
  return order(left, Number(integerOf(right)));
}

/**
 * Order of two strings by Unicode code point, which is the order of their UTF-8 bytes. (JavaScript's own order is that
 * of UTF-16 units: it puts U+1F600 before U+FF5E.)
 */
export function compareStrings(left: string, right: string): Ordering {
  const length = Math.min(left.length, right.length);
  spendText(length);
  for (let i = 0; i < length; i += 1) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) return order(codePointRank(a), codePointRank(b));
  }
  return order(left.length, right.length);
}

/** Moves surrogates above the rest of the basic plane, where the code points that they encode belong. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareBytes(left: Uint8Array, right: Uint8Array): Ordering {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i += 1) {
    const a = left[i] ?? 0;
    const b = right[i] ?? 0;
    if (a !== b) return order(a, b);
  }
  return order(left.length, right.length);
}

function integerOf(value: bigint | CelUint): bigint {
  return typeof value === 'bigint' ? value : value.value;
}

function order<T extends number | bigint | boolean>(left: T, right: T): Ordering {
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

function reverse(ordering: Ordering): Ordering {
  if (ordering === 0) return 0;
  return ordering === 1 ? -1 : 1;
}
