import { compareAmounts, roundedUp, type Amount } from './amount.ts';

/** How a quantity is written: `12M`, `12Mi` or `12e6`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

const DECIMAL: readonly (readonly [string, number])[] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
];
const BINARY: readonly (readonly [string, number])[] = [
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
];
const BY_TEXT = new Map<string, Suffix>([
  ...DECIMAL.map(
    ([text, exponent]) => [text, { base: 10, exponent, format: 'DecimalSI' }] as const,
  ),
  ...BINARY.map(([text, exponent]) => [text, { base: 2, exponent, format: 'BinarySI' }] as const),
]);
const DECIMAL_TEXTS = new Map(DECIMAL.map(([text, exponent]) => [exponent, text]));
const BINARY_TEXTS = new Map(BINARY.map(([text, exponent]) => [exponent, text]));

/** @returns undefined for a suffix that Kubernetes does not know */
export function parseSuffix(text: string): Suffix | undefined {
  const known = BY_TEXT.get(text);
  if (known !== undefined) return known;
  const exponent = /^[eE]([+-]?\d+)$/.exec(text)?.[1];
  if (exponent === undefined) return undefined;
  const value = BigInt(exponent.replace('+', ''));
  if (BigInt.asIntN(64, value) !== value) return undefined;
  return { base: 10, exponent: Number(BigInt.asIntN(32, value)), format: 'DecimalExponent' };
}

const ONE_KIBI: Amount = { value: 1024n, exponent: 0, isWide: false };
const MINUS_ONE_KIBI: Amount = { value: -1024n, exponent: 0, isWide: false };

/** The canonical text of an amount: no fraction, the largest suffix that keeps it exact. */
export function canonicalQuantity(amount: Amount, format: QuantityFormat): string {
  if (amount.value === 0n) return '0';
  if (format !== 'BinarySI') return decimalText(amount, format);
  const isSmall =
    compareAmounts(amount, MINUS_ONE_KIBI) > 0 && compareAmounts(amount, ONE_KIBI) < 0;
  if (isSmall) return decimalText(amount, 'DecimalSI');
  const whole = roundedUp(amount, 0);
  return whole.isExact ? binaryText(whole.amount) : decimalText(amount, 'DecimalSI');
}

function decimalText(amount: Amount, format: 'DecimalSI' | 'DecimalExponent'): string {
  let { value, exponent } = amount;
  while (value % 10n === 0n) {
    value /= 10n;
    exponent += 1;
  }
  while (exponent % 3 !== 0) {
    value *= 10n;
    exponent -= 1;
  }
  if (format === 'DecimalExponent')
    return value.toString() + (exponent === 0 ? '' : `e${exponent}`);
  // Beyond the known suffixes Kubernetes prints none.
  return value.toString() + (DECIMAL_TEXTS.get(exponent) ?? '');
}

function binaryText(amount: Amount): string {
  let value = amount.value * 10n ** BigInt(amount.exponent);
  let exponent = 0;
  while (value % 1024n === 0n) {
    value /= 1024n;
    exponent += 10;
  }
  return value.toString() + (BINARY_TEXTS.get(exponent) ?? '');
}
