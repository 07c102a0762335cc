import { CelRuntimeError } from '../../library.ts';

/**
 * A decimal number: value × 10^exponent. `isWide` says that Kubernetes holds it as a big decimal rather than as an int64
 * with a scale, which shows: a wide amount is never an integer to `isInteger`.
 */
export interface Amount {
  readonly value: bigint;
  readonly exponent: number;
  readonly isWide: boolean;
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Exponents beyond this would cost seconds to add up; Kubernetes tries. */
const MAX_EXPONENT_DISTANCE = 5000;

export function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** The amount as an int64; undefined when it is none, or wide, or has a negative exponent (even `1.0`). */
export function asInt64({ value, exponent, isWide }: Amount): bigint | undefined {
  if (isWide || exponent < 0) return undefined;
  return scaledUp(value, exponent);
}

function scaledUp(value: bigint, exponent: number): bigint | undefined {
  if (exponent === 0 || value === 0n) return value;
  if (exponent > 18 || value === INT64_MIN) return undefined;
  const scaled = value * 10n ** BigInt(exponent);
  return isInt64(scaled) ? scaled : undefined;
}

/** Nearest double, as value and power are each one and multiplied: not always the nearest to the exact amount. */
export function asDouble({ value, exponent }: Amount): number {
  return exponent === 0 ? Number(value) : Number(value) * powerOfTen(exponent);
}

function powerOfTen(exponent: number): number {
  if (exponent > 308) return Infinity;
  if (exponent < -323) return 0;
  // In two steps, as Go does, so that the last bit agrees.
  const steps = Math.trunc(Math.abs(exponent) / 32) * 32;
  const rest = Math.abs(exponent) % 32;
  const [coarse, fine] = [Number(`1e${exponent < 0 ? -steps : steps}`), Number(`1e${rest}`)];
  return exponent < 0 ? coarse / fine : coarse * fine;
}

/** -1, 0 or 1, exactly. */
export function compareAmounts(left: Amount, right: Amount): -1 | 0 | 1 {
  const [a, b] = [sign(left.value), sign(right.value)];
  if (a !== b) return a < b ? -1 : 1;
  if (a === 0) return 0;
  const distance = magnitude(left) - magnitude(right);
  // Decided by size alone when it can be: exponents may be huge.
  if (Math.abs(distance) > 1) return distance > 0 === a > 0 ? 1 : -1;
  const [x, y] = aligned(left, right);
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

export function sign(value: bigint): -1 | 0 | 1 {
  if (value === 0n) return 0;
  return value < 0n ? -1 : 1;
}

function magnitude({ value, exponent }: Amount): number {
  return value.toString().replace('-', '').length + exponent;
}

/**
 * Sum of two amounts; wide when either is or when it leaves int64.
 * @throws CelRuntimeError `other` when the exponents lie too far apart to add up
 */
export function addAmounts(left: Amount, right: Amount): Amount {
  if (!left.isWide && !right.isWide) {
    const narrow = addNarrow(left, right);
    if (narrow !== undefined) return narrow;
  }
  const [a, b] = aligned(left, right);
  return { value: a + b, exponent: Math.min(left.exponent, right.exponent), isWide: true };
}

/**
 * Difference of two amounts, as {@link addAmounts}.
 * @throws CelRuntimeError `other` when the exponents lie too far apart
 */
export function subtractAmounts(left: Amount, right: Amount): Amount {
  if (!left.isWide && !right.isWide) {
    // In two's complement, as in Kubernetes: the least int64 stays itself.
    const narrow = addNarrow(left, { ...right, value: BigInt.asIntN(64, -right.value) });
    if (narrow !== undefined) return narrow;
  }
  return addAmounts({ ...left, isWide: true }, { ...right, value: -right.value });
}

function addNarrow(left: Amount, right: Amount): Amount | undefined {
  if (right.value === 0n) return left;
  if (left.value === 0n) return right;
  const exponent = Math.min(left.exponent, right.exponent);
  const a = scaledUp(left.value, left.exponent - exponent);
  const b = scaledUp(right.value, right.exponent - exponent);
  if (a === undefined || b === undefined || !isInt64(a + b)) return undefined;
  return { value: a + b, exponent, isWide: false };
}

function aligned(left: Amount, right: Amount): [bigint, bigint] {
  const distance = left.exponent - right.exponent;
  if (Math.abs(distance) > MAX_EXPONENT_DISTANCE) {
    throw new CelRuntimeError('other', 'quantities are too far apart');
  }
  return distance > 0
    ? [left.value * 10n ** BigInt(distance), right.value]
    : [left.value, right.value * 10n ** BigInt(-distance)];
}

/** The amount at an exponent of `exponent` or more, rounded away from zero, and whether nothing was lost. */
export function roundedUp(amount: Amount, exponent: number): { amount: Amount; isExact: boolean } {
  if (amount.exponent >= exponent) return { amount, isExact: true };
  const divisor = 10n ** BigInt(exponent - amount.exponent);
  const rest = amount.value % divisor;
  const value = amount.value / divisor + (rest === 0n ? 0n : BigInt(sign(amount.value)));
  return { amount: { value, exponent, isWide: amount.isWide }, isExact: rest === 0n };
}
