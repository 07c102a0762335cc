import { compareAmounts, isInt64, roundedUp, type Amount } from './amount.ts';
import { Quantity, quantityError } from './quantity.ts';
import { parseSuffix, type Suffix } from './quantity-text.ts';

/** Digits that fit an int64 whatever they are. */
const SAFE_DIGITS = 18;
/** The finest exponent that a quantity keeps. */
const NANO = -9;
const MAX_BINARY: Amount = { value: 2n ** 63n - 1n, exponent: 0, isWide: true };
/** Larger exponents of wide amounts would take seconds to round; Kubernetes tries. */
const MAX_WIDE_EXPONENT = 5000;

interface Parts {
  readonly isNegative: boolean;
  /** Digits before the point without leading zeros, at least `0`. */
  readonly whole: string;
  readonly fraction: string;
  readonly suffix: Suffix;
}

const QUANTITY = /^([+-]?)0*([1-9]\d*)?(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;

/**
 * Reads a Kubernetes quantity.
 * @throws CelRuntimeError `conversion`
 */
export function parseQuantity(text: string): Quantity {
  if (text === '') throw quantityError('format');
  const parts = split(text);
  return narrow(text, parts) ?? wide(text, parts);
}

function split(text: string): Parts {
  const match = QUANTITY.exec(text);
  if (match === null) throw quantityError('format');
  const [, sign, whole = '', fraction = '', suffixText = ''] = match;
  const suffix = parseSuffix(suffixText);
  if (suffix === undefined) throw quantityError('suffix');
  return { isNegative: sign === '-', whole: whole === '' ? '0' : whole, fraction, suffix };
}

/** The amount as an int64 with a scale, where it surely fits. */
function narrow(text: string, parts: Parts): Quantity | undefined {
  const { whole, fraction, suffix } = parts;
  const digits = whole + fraction;
  const exponent = (suffix.base === 10 ? suffix.exponent : 0) - fraction.length;
  if (spareDigits(parts) < 0 || exponent < NANO) return undefined;
  const number = BigInt(digits);
  const factor = suffix.base === 2 ? 1n << BigInt(suffix.exponent) : 1n;
  if (!isInt64(number * factor)) return undefined;
  const value = (parts.isNegative ? -number : number) * factor;
  const isCanonical =
    suffix.base === 2
      ? suffix.exponent % 10 === 0 && (number & 7n) !== 0n
      : exponent % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
  return new Quantity({ value, exponent, isWide: false }, suffix.format, {
    text: isCanonical ? text : undefined,
  });
}

function spareDigits({ whole, fraction, suffix }: Parts): number {
  if (suffix.base === 10) return SAFE_DIGITS - whole.length - fraction.length;
  if (fraction !== '') return -1;
  return 15 - whole.length - Math.trunc((suffix.exponent * 3) / 10) - 1;
}

function wide(text: string, { isNegative, whole, fraction, suffix }: Parts): Quantity {
  // No digit at all (`Ei`) is only noticed here: `Ki` is zero.
  if (!/\d/.test(text)) throw quantityError('number');
  const exponent = (suffix.base === 10 ? suffix.exponent : 0) - fraction.length;
  if (Math.abs(exponent) > MAX_WIDE_EXPONENT) throw quantityError('number');
  const factor = suffix.base === 2 ? 1n << BigInt(suffix.exponent) : 1n;
  let amount = atNano({ value: BigInt(whole + fraction) * factor, exponent, isWide: true });
  let { format } = suffix;
  if (format === 'BinarySI') {
    if (compareAmounts(amount, MAX_BINARY) > 0) amount = MAX_BINARY;
    if (amount.value > 0n && compareAmounts(amount, ONE) < 0) format = 'DecimalSI';
  }
  return new Quantity(isNegative ? { ...amount, value: -amount.value } : amount, format);
}

const ONE: Amount = { value: 1n, exponent: 0, isWide: true };

/** With nine decimals, neither more nor fewer: the nearest double depends on it. */
function atNano(amount: Amount): Amount {
  if (amount.value === 0n || amount.exponent <= NANO) return roundedUp(amount, NANO).amount;
  const value = amount.value * 10n ** BigInt(amount.exponent - NANO);
  return { value, exponent: NANO, isWide: true };
}
