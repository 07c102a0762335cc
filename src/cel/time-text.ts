import { calendarDate } from './calendar.ts';
import { formatShortestFixed } from './go-number.ts';
import { CelRuntimeError } from './library.ts';
import { CelDuration, CelTimestamp } from './values.ts';

const SECOND = 1_000_000_000n;
const INT64_MAX = 2n ** 63n - 1n;

/** Seconds since the epoch of `0001-01-01T00:00:00Z` and of the last second of year 9999. */
export const MIN_UNIX_SECONDS = -62_135_596_800n;
export const MAX_UNIX_SECONDS = 253_402_300_799n;

// What Go's time.Parse(RFC3339) takes: one-digit hours, a comma before the fraction and any number of fraction digits
// are legal; lower-case `t` and `z` are not.
const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/**
 * Reads an RFC 3339 timestamp as Go's `time.Parse` does, its offset kept.
 * @throws CelRuntimeError `conversion` when it is none, `overflow` outside the years 1 to 9999
 */
export function parseTimestamp(text: string): CelTimestamp {
  const match = TIMESTAMP.exec(text);
  if (match === null) throw notATimestamp();
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six;
  const offsetMinutes = zoneOffset(match[8], Number(match[9]), Number(match[10]));
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) throw notATimestamp();
  if (hour > 23 || minute > 59 || second > 59) throw notATimestamp();
  const seconds =
    BigInt(daysSinceEpoch(year, month, day)) * 86_400n +
    BigInt(hour * 3600 + minute * 60 + second - offsetMinutes * 60);
  if (seconds < MIN_UNIX_SECONDS || seconds > MAX_UNIX_SECONDS) {
    throw new CelRuntimeError('overflow', 'timestamp overflow');
  }
  const fraction = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return new CelTimestamp(seconds * SECOND + fraction, offsetMinutes * 60);
}

type Six = [number, number, number, number, number, number];

function zoneOffset(sign: string | undefined, hours: number, minutes: number): number {
  if (sign === undefined) return 0;
  // Go's own bounds: it takes +24:60.
  if (hours > 24 || minutes > 60) throw notATimestamp();
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function notATimestamp(): CelRuntimeError {
  return new CelRuntimeError(
    'conversion',
    "type conversion error from 'string' to 'google.protobuf.Timestamp'",
  );
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; 400 years are a whole number of days.
  return Date.UTC(year + 400, month - 1, day) / 86_400_000 - DAYS_IN_400_YEARS;
}
const DAYS_IN_400_YEARS = 146_097;

/**
 * RFC 3339 with as many fraction digits as needed (up to nine), in the timestamp's own offset.
 * @param timestamp years 1 to 9999
 */
export function formatTimestamp(timestamp: CelTimestamp): string {
  const local = timestamp.nanos + BigInt(timestamp.offsetSeconds) * SECOND;
  const seconds = floorDivide(local, SECOND);
  const nanos = local - seconds * SECOND;
  const { date, year } = calendarDate(seconds);
  const fraction = nanos === 0n ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
  const rest = date.toISOString().slice(-20, -5);
  return yearText(year) + rest + fraction + formatOffset(timestamp.offsetSeconds);
}

function yearText(year: number): string {
  const digits = String(Math.abs(year)).padStart(4, '0');
  return year < 0 ? `-${digits}` : digits;
}

function formatOffset(offsetSeconds: number): string {
  if (offsetSeconds === 0) return 'Z';
  const minutes = Math.floor(Math.abs(offsetSeconds) / 60);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${offsetSeconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1000n],
  ['\u00b5s', 1000n], // micro sign
  ['\u03bcs', 1000n], // Greek letter mu
  ['ms', 1_000_000n],
  ['s', SECOND],
  ['m', 60n * SECOND],
  ['h', 3600n * SECOND],
]);
const DURATION_PART = /(\d*)(?:\.(\d*))?([^\d.]+)/y;

/**
 * Reads a duration as Go's `time.ParseDuration` does: `1h15m30.5s`, `-1.5h`, `0`.
 * @throws CelRuntimeError `conversion` when it is none or outside int64 nanoseconds
 */
export function parseDuration(text: string): CelDuration {
  const negative = text.startsWith('-');
  const body = negative || text.startsWith('+') ? text.slice(1) : text;
  const total = body === '0' ? 0n : sumOfParts(body);
  if (total > INT64_MAX && !(negative && total === INT64_MAX + 1n)) throw notADuration();
  return new CelDuration(negative ? -total : total);
}

function sumOfParts(body: string): bigint {
  if (body === '') throw notADuration();
  let total = 0n;
  for (let at = 0; at < body.length; at = DURATION_PART.lastIndex) {
    DURATION_PART.lastIndex = at;
    const match = DURATION_PART.exec(body);
    if (match === null) throw notADuration();
    total += durationPart(match[1] ?? '', match[2] ?? '', UNITS.get(match[3] ?? ''));
  }
  return total;
}

function durationPart(whole: string, fraction: string, unit: bigint | undefined): bigint {
  if (unit === undefined || (whole === '' && fraction === '')) throw notADuration();
  const units = whole === '' ? 0n : BigInt(whole);
  if (units > (INT64_MAX + 1n) / unit) throw notADuration();
  // In floating point, as Go computes it, so that the last nanosecond agrees.
  const { value, scale } = leadingFraction(fraction);
  return units * unit + BigInt(Math.trunc(value * (Number(unit) / scale)));
}

/** As many fraction digits as an int64 holds; the rest is dropped. */
function leadingFraction(digits: string): { value: number; scale: number } {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > INT64_MAX / 10n) break;
    value = value * 10n + BigInt(digit);
    scale *= 10;
  }
  return { value: Number(value), scale };
}

function notADuration(): CelRuntimeError {
  return new CelRuntimeError(
    'conversion',
    "type conversion error from 'string' to 'google.protobuf.Duration'",
  );
}

/** Seconds with as many fraction digits as the double of them has: `90s`, `1.5s`, `-0.000000001s`. */
export function formatDuration(duration: CelDuration): string {
  return `${formatShortestFixed(durationSeconds(duration))}s`;
}

/** A duration as a double of seconds, rounded as Go's `Duration.Seconds` rounds. */
export function durationSeconds(duration: CelDuration): number {
  return Number(duration.nanos / SECOND) + Number(duration.nanos % SECOND) / 1e9;
}
