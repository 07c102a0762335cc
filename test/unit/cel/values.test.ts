import { expect, it } from 'vitest';
import { celCompare, compareStrings } from '../../../src/cel/compare.ts';
import { celEquals } from '../../../src/cel/equality.ts';
import {
  formatDouble,
  formatFixed,
  formatShortestFixed,
  scientificDigits,
} from '../../../src/cel/go-number.ts';
import { CelRuntimeError } from '../../../src/cel/library.ts';
import {
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
} from '../../../src/cel/time-text.ts';
import { CelOptional, CelUint, type CelValue } from '../../../src/cel/values.ts';

const MAX_INT = 2n ** 63n - 1n;

it.each<[CelValue, CelValue, boolean]>([
  [1n, 1, true],
  [1n, new CelUint(1n), true],
  [-1n, new CelUint(2n ** 64n - 1n), false],
  [MAX_INT, 2 ** 63, true],
  [MAX_INT, 2 ** 64, false],
  [NaN, NaN, false],
  [0, -0, true],
  [1n, '1', false],
  [null, null, true],
  [null, false, false],
  [[1n, 2n], [1, 2], true],
  [[1n], [1n, 2n], false],
  [new Uint8Array([1]), new Uint8Array([1]), true],
  [CelOptional.none, CelOptional.none, true],
  [CelOptional.of(1n), CelOptional.of(1), true],
  [CelOptional.of(null), CelOptional.none, false],
])('%o == %o: %o', (left, right, expected) => {
  expect(celEquals(left, right)).toBe(expected);
});

it.each<[CelValue, CelValue, number]>([
  [1n, 1.5, -1],
  [MAX_INT, 2 ** 63, 0],
  [-1n, new CelUint(0n), -1],
  [2 ** 65, new CelUint(2n ** 64n - 1n), 1],
  [false, true, -1],
  ['a', 'b', -1],
  ['\uff5e', '\u{1f600}', -1],
  [new Uint8Array([1, 2]), new Uint8Array([1]), 1],
])('%o compared with %o: %o', (left, right, expected) => {
  expect(celCompare(left, right)).toBe(expected);
});

it.each<[CelValue, CelValue, string]>([
  [NaN, 1n, 'other'],
  ['a', 1n, 'no_such_overload'],
  [null, null, 'no_such_overload'],
  [[1n], [1n], 'no_such_overload'],
])('%o and %o have no order', (left, right, errorClass) => {
  expect(() => celCompare(left, right)).toThrow(expect.objectContaining({ errorClass }));
});

it('strings are ordered by code point, not by UTF-16 unit', () => {
  expect(compareStrings('\ue000', '\u{10000}')).toBe(-1);
});

it.each([
  [0, '0'],
  [-0, '-0'],
  [1.5, '1.5'],
  [999999, '999999'],
  [1e6, '1e+06'],
  [1234567.5, '1.2345675e+06'],
  [1e20, '1e+20'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [1e-320, '1e-320'],
  [Infinity, '+Inf'],
  [NaN, 'NaN'],
])('%g is printed %s', (value, text) => {
  expect(formatDouble(value)).toBe(text);
});

it.each([
  [1e21, '1000000000000000000000'],
  [1e-7, '0.0000001'],
  [-1.25, '-1.25'],
  [0, '0'],
])('%d without an exponent is %s', (value, text) => {
  expect(formatShortestFixed(value)).toBe(text);
});

it.each([
  [2.5, 0, '2'],
  [3.5, 0, '4'],
  [1.005, 2, '1.00'],
  [0.1, 20, '0.10000000000000000555'],
  [-0.001, 2, '-0.00'],
  [1e22, 1, '10000000000000000000000.0'],
])('%d with %d decimals is %s', (value, decimals, text) => {
  expect(formatFixed(value, decimals)).toBe(text);
});

it.each([
  [9999999.5, { digits: '1000000', exponent: 7 }],
  [1e-320, { digits: '9999889', exponent: -321 }],
  [0, { digits: '0000000', exponent: 0 }],
])('%d in scientific digits', (value, expected) => {
  expect(scientificDigits(value, 6)).toEqual(expected);
});

it.each([
  ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00Z'],
  ['2024-02-29T1:02:03,5Z', '2024-02-29T01:02:03.5Z'],
  ['2024-01-01T00:00:00.123456789999Z', '2024-01-01T00:00:00.123456789Z'],
  ['2024-01-01T00:00:00+05:30', '2024-01-01T00:00:00+05:30'],
  ['2024-01-01T00:00:00-00:00', '2024-01-01T00:00:00Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59.999999999Z'],
  ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.5Z'],
])('timestamp %s reads back as %s', (text, printed) => {
  expect(formatTimestamp(parseTimestamp(text))).toBe(printed);
});

it.each([
  ['2023-02-29T00:00:00Z', 'conversion'],
  ['2024-01-01t00:00:00z', 'conversion'],
  ['2024-01-01T24:00:00Z', 'conversion'],
  ['2024-01-01T00:00:60Z', 'conversion'],
  ['2024-01-01', 'conversion'],
  ['2024-01-01T00:00:00+25:00', 'conversion'],
  ['0000-12-31T23:59:59Z', 'overflow'],
  ['9999-12-31T23:59:59-01:00', 'overflow'],
])('%s is no timestamp (%s)', (text, errorClass) => {
  expect(() => parseTimestamp(text)).toThrow(expect.objectContaining({ errorClass }));
});

it('the offset of a timestamp takes no part in equality', () => {
  const left = parseTimestamp('2024-01-01T01:00:00+01:00');
  expect(celEquals(left, parseTimestamp('2024-01-01T00:00:00Z'))).toBe(true);
});

it.each([
  ['0', '0s'],
  ['1h15m30.918273645s', '4530.918273645s'],
  ['-1.5h', '-5400s'],
  ['+.5m', '30s'],
  ['1us1µs1μs', '0.000003s'],
  ['-2562047h47m16.854775808s', '-9223372036.854776s'],
])('duration %s reads back as %s', (text, printed) => {
  expect(formatDuration(parseDuration(text))).toBe(printed);
});

it.each([
  '',
  '-',
  '1',
  '1d',
  '.s',
  '1.2.3s',
  '1 s',
  '2562047h47m16.854775808s',
  '1s-1s',
  '1constructor',
])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow(CelRuntimeError);
});
