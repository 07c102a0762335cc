import { Failure, NO_OVERLOAD, type Result } from '../evaluate/failure.ts';
import { CelDuration, CelTimestamp, CelUint, type CelValue } from '../values.ts';
import { buildList, buildText } from '../work.ts';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
const MIN_TIMESTAMP = -62_135_596_800_000_000_000n;
const MAX_TIMESTAMP = 253_402_300_799_999_999_999n;

const INT_OVERFLOW = new Failure('overflow', 'integer overflow');
const UINT_OVERFLOW = new Failure('overflow', 'unsigned integer overflow');
const TIMESTAMP_OVERFLOW = new Failure('overflow', 'timestamp overflow');
const DURATION_OVERFLOW = new Failure('overflow', 'integer overflow');
const DIVISION = new Failure('divide_by_zero', 'division by zero');
const MODULUS = new Failure('modulus_by_zero', 'modulus by zero');

const int = (value: bigint): Result =>
  value > INT64_MAX || value < INT64_MIN ? INT_OVERFLOW : value;
const uint = (value: bigint): Result =>
  value > UINT64_MAX || value < 0n ? UINT_OVERFLOW : new CelUint(value);
const duration = (nanos: bigint): Result =>
  nanos > INT64_MAX || nanos < INT64_MIN ? DURATION_OVERFLOW : new CelDuration(nanos);

/** A timestamp, or an overflow outside the years 1 to 9999. */
export const timestampOf = (nanos: bigint, offsetSeconds = 0): Result =>
  nanos > MAX_TIMESTAMP || nanos < MIN_TIMESTAMP
    ? TIMESTAMP_OVERFLOW
    : new CelTimestamp(nanos, offsetSeconds);

export function add(a: CelValue, b: CelValue): Result {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a + b) : NO_OVERLOAD;
  if (typeof a === 'string') return typeof b === 'string' ? concatenate(a, b) : NO_OVERLOAD;
  if (typeof a === 'number') return typeof b === 'number' ? a + b : NO_OVERLOAD;
  return addObjects(a, b);
}

function addObjects(a: CelValue, b: CelValue): Result {
  if (Array.isArray(a)) return Array.isArray(b) ? joinLists(a, b) : NO_OVERLOAD;
  if (a instanceof CelUint) return b instanceof CelUint ? uint(a.value + b.value) : NO_OVERLOAD;
  if (a instanceof Uint8Array) {
    return b instanceof Uint8Array ? joinBytes(a, b) : NO_OVERLOAD;
  }
  return addTimes(a, b);
}

function concatenate(a: string, b: string): string {
  buildText(a.length + b.length);
  return a + b;
}

function joinBytes(a: Uint8Array, b: Uint8Array): Uint8Array {
  buildText(a.length + b.length);
  return new Uint8Array(Buffer.concat([a, b]));
}

function joinLists(a: readonly CelValue[], b: readonly CelValue[]): readonly CelValue[] {
  buildList(a.length + b.length);
  return [...a, ...b];
}

function addTimes(a: CelValue, b: CelValue): Result {
  if (a instanceof CelDuration) {
    if (b instanceof CelDuration) return duration(a.nanos + b.nanos);
    if (b instanceof CelTimestamp) return timestampOf(a.nanos + b.nanos, b.offsetSeconds);
  }
  if (a instanceof CelTimestamp && b instanceof CelDuration) {
    return timestampOf(a.nanos + b.nanos, a.offsetSeconds);
  }
  return NO_OVERLOAD;
}

export function subtract(a: CelValue, b: CelValue): Result {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a - b) : NO_OVERLOAD;
  if (typeof a === 'number') return typeof b === 'number' ? a - b : NO_OVERLOAD;
  if (a instanceof CelUint) return b instanceof CelUint ? uint(a.value - b.value) : NO_OVERLOAD;
  if (a instanceof CelDuration && b instanceof CelDuration) return duration(a.nanos - b.nanos);
  if (a instanceof CelTimestamp) {
    if (b instanceof CelDuration) return timestampOf(a.nanos - b.nanos, a.offsetSeconds);
    if (b instanceof CelTimestamp) return duration(a.nanos - b.nanos);
  }
  return NO_OVERLOAD;
}

export function multiply(a: CelValue, b: CelValue): Result {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a * b) : NO_OVERLOAD;
  if (typeof a === 'number') return typeof b === 'number' ? a * b : NO_OVERLOAD;
  if (a instanceof CelUint) return b instanceof CelUint ? uint(a.value * b.value) : NO_OVERLOAD;
  return NO_OVERLOAD;
}

export function divide(a: CelValue, b: CelValue): Result {
  if (typeof a === 'bigint') {
    if (typeof b !== 'bigint') return NO_OVERLOAD;
    return b === 0n ? DIVISION : int(a / b);
  }
  if (typeof a === 'number') return typeof b === 'number' ? a / b : NO_OVERLOAD;
  if (a instanceof CelUint && b instanceof CelUint) {
    return b.value === 0n ? DIVISION : uint(a.value / b.value);
  }
  return NO_OVERLOAD;
}

export function modulo(a: CelValue, b: CelValue): Result {
  if (typeof a === 'bigint') {
    if (typeof b !== 'bigint') return NO_OVERLOAD;
    if (b === 0n) return MODULUS;
    return a === INT64_MIN && b === -1n ? INT_OVERFLOW : a % b;
  }
  if (a instanceof CelUint && b instanceof CelUint) {
    return b.value === 0n ? MODULUS : uint(a.value % b.value);
  }
  return NO_OVERLOAD;
}

export function negate(a: CelValue): Result {
  if (typeof a === 'bigint') return int(-a);
  if (typeof a === 'number') return -a;
  if (a instanceof CelDuration) return duration(-a.nanos);
  return NO_OVERLOAD;
}
