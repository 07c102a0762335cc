import { calendarDate } from '../calendar.ts';
import { CelRuntimeError } from '../library.ts';

const SECOND = 1_000_000_000n;
const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;

/** Whole seconds since the epoch, rounded down. */
export const secondsOf = (nanos: bigint): bigint => floorDivide(nanos, SECOND);

/** Fields of an instant on the clock of a zone, months and days as CEL's accessors count them. */
export interface Fields {
  readonly getFullYear: number;
  readonly getMonth: number;
  readonly getDayOfYear: number;
  readonly getDayOfMonth: number;
  readonly getDate: number;
  readonly getDayOfWeek: number;
  readonly getHours: number;
  readonly getMinutes: number;
  readonly getSeconds: number;
  readonly getMilliseconds: number;
}

/**
 * @param zone an IANA name, or an offset such as `-08:00`; UTC when absent
 * @throws CelRuntimeError for a zone that does not exist
 */
export function fieldsOf(nanos: bigint, zone?: string): Fields {
  const seconds = secondsOf(nanos);
  const offset = zone === undefined ? 0 : offsetSeconds(zone, nanos);
  const { date: local, year } = calendarDate(seconds + BigInt(offset));
  const yearStart = new Date(0);
  yearStart.setUTCFullYear(local.getUTCFullYear(), 0, 1);
  return {
    getFullYear: year,
    getMonth: local.getUTCMonth(),
    getDayOfYear: Math.floor((local.getTime() - yearStart.getTime()) / 86_400_000),
    getDayOfMonth: local.getUTCDate() - 1,
    getDate: local.getUTCDate(),
    getDayOfWeek: local.getUTCDay(),
    getHours: local.getUTCHours(),
    getMinutes: local.getUTCMinutes(),
    getSeconds: local.getUTCSeconds(),
    getMilliseconds: Number((nanos - seconds * SECOND) / 1_000_000n),
  };
}

function offsetSeconds(zone: string, nanos: bigint): number {
  const colon = zone.indexOf(':');
  if (colon === -1) return namedOffset(zone, nanos);
  const hours = goInteger(zone.slice(0, colon));
  const minutes = goInteger(zone.slice(colon + 1));
  if (hours === undefined || minutes === undefined) {
    throw new CelRuntimeError('conversion', 'cannot parse time zone offset');
  }
  if (minutes < 0 || minutes > 59) {
    throw new CelRuntimeError('overflow', 'timezone offset minutes out of range [0, 59]');
  }
  return (hours * 60 + (zone.startsWith('-') ? -minutes : minutes)) * 60;
}

function goInteger(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

function namedOffset(zone: string, nanos: bigint): number {
  if (zone === '' || zone === 'UTC' || zone === 'Local') return 0;
  const zoned = /^[A-Za-z]/.test(zone) ? inZone(zone, nanos) : undefined;
  // Temporal takes names in any case, Go only as they are written in the database.
  if (zoned?.timeZoneId !== zone) throw new CelRuntimeError('other', 'unknown time zone');
  return zoned.offsetNanoseconds / 1e9;
}

function inZone(zone: string, nanos: bigint): Temporal.ZonedDateTime | undefined {
  try {
    return Temporal.Instant.fromEpochNanoseconds(inReach(nanos)).toZonedDateTimeISO(zone);
  } catch {
    return undefined;
  }
}

/** The rules of zones repeat every 400 years; `Temporal` ends with the year 275760. */
function inReach(nanos: bigint): bigint {
  const span = 146_097n * 86_400n * SECOND;
  if (nanos > 300n * span) return (nanos % span) + 300n * span;
  return nanos < -300n * span ? (nanos % span) - 300n * span : nanos;
}
