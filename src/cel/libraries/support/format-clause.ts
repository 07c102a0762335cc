import type { FormatClause } from '../../format-string.ts';
import { formatFixed, scientificDigits } from '../../go-number.ts';
import { CelRuntimeError } from '../../library.ts';
import { runtimeType } from '../../standard/runtime-type.ts';
import { CelUint, type CelValue } from '../../values.ts';
import { formatText } from './format-text.ts';

/**
 * One value as one clause of `format` prints it. Doubles come out as Go's x/text prints them for en-US: grouped with
 * `%f`, `1.000000×10⁰⁰` with `%e` (whose precision is taken for a width), `∞`.
 * @throws CelRuntimeError `other` when the clause does not take the value's type
 */
export function formatClause(clause: FormatClause, value: CelValue): string {
  const { verb, precision = 6 } = clause;
  switch (verb) {
    case 's':
      return formatText(value);
    case 'd':
      return integerOf(value, 'decimal clause can only be used on integers').toString();
    case 'o':
      return integerOf(value, 'octal clause can only be used on integers').toString(8);
    case 'b':
      return binary(value);
    case 'x':
      return hexadecimal(value);
    case 'X':
      return hexadecimal(value).toUpperCase();
    case 'f':
      return fixedPoint(doubleOf(value, 'fixed-point'), precision);
    case 'e':
      return scientific(doubleOf(value, 'scientific'), precision);
  }
}

function integerOf(value: CelValue, problem: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof CelUint) return value.value;
  throw formattingError(`${problem}, was given ${runtimeType(value)}`);
}

function binary(value: CelValue): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return integerOf(value, 'only integers and bools can be formatted as binary').toString(2);
}

function hexadecimal(value: CelValue): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  const problem = 'only integers, byte buffers, and strings can be formatted as hex';
  return integerOf(value, problem).toString(16);
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

function doubleOf(value: CelValue, name: string): number {
  const special = typeof value === 'string' ? SPECIAL.get(value) : undefined;
  if (special !== undefined) return special;
  if (typeof value === 'number') return value;
  throw formattingError(
    `${name} clause can only be used on doubles, was given ${runtimeType(value)}`,
  );
}

function fixedPoint(value: number, precision: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  const exact = formatFixed(Object.is(value, -0) ? 0 : value, limited(precision));
  const [whole = '', decimals = ''] = exact.split('.');
  // The printer keeps the wanted number of decimals in a byte: beyond 255 it pads less.
  const padded = decimals.replace(/0+$/, '').padEnd(precision % 256, '0');
  const grouped = whole.replace(/\d(?=(?:\d{3})+$)/g, '$&,');
  return padded === '' ? grouped : `${grouped}.${padded}`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function scientific(value: number, width: number): string {
  const text = Number.isFinite(value) ? scientificText(value) : nonFinite(value);
  return ' '.repeat(Math.max(0, limited(width) - text.length)) + text;
}

function scientificText(value: number): string {
  const { digits, exponent } = scientificDigits(value, 6);
  const power = String(Math.abs(exponent))
    .padStart(2, '0')
    .replace(/\d/g, (digit) => SUPERSCRIPTS.charAt(Number(digit)));
  const sign = value < 0 ? '-' : '';
  return `${sign}${digits.slice(0, 1)}.${digits.slice(1)}×10${exponent < 0 ? '⁻' : ''}${power}`;
}

function nonFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '∞' : '-∞';
}

/** Go's formatter takes no larger width or precision. */
const LIMIT = 1_000_000;

function limited(size: number): number {
  if (size > LIMIT) throw formattingError('precision too large');
  return size;
}

function formattingError(problem: string): CelRuntimeError {
  return new CelRuntimeError('other', `error during formatting: ${problem}`);
}
