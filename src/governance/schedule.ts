import { RRuleTemporal } from 'rrule-temporal';
import type { ChangeWindowSpec } from '../domain/window.ts';

/** A stretch of time: `from` is inside, `to` is not. Nanoseconds since the Unix epoch. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** When a window applies. */
export interface Schedule {
  /** Every span that holds the instant. */
  at(instant: bigint): readonly Span[];
  /** Start of the first span that begins after the instant; undefined when there is none. */
  nextStart(instant: bigint): bigint | undefined;
}

export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  /** Field below `spec.schedule`. */
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

const MINUTE = 60_000_000_000n;
const DAY_MS = 86_400_000;
/** Recurrences are counted from here when the rule names no DTSTART: a Monday, at midnight. */
const ANCHOR = '2024-01-01T00:00:00';
const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];

/**
 * Reads a schedule. A recurrence is expanded in wall-clock time and each start then placed in the zone: a start that
 * does not exist there (clocks go forward) moves forward by the length of the gap, one that exists twice (clocks go
 * back) is the first. The length is elapsed time, whatever clocks do in between.
 * @throws ScheduleError
 */
export function parseSchedule(schedule: ChangeWindowSpec['schedule']): Schedule {
  // What is stored may lack what the schema demands; that closes the window and breaks nothing else.
  const given: unknown = schedule;
  if (typeof given === 'object' && given !== null) {
    if ('from' in schedule) return interval(schedule);
    if (typeof (given as { rrule?: unknown }).rrule === 'string') return recurrence(schedule);
  }
  throw new ScheduleError('rrule', 'a schedule needs rrule, or from and to');
}

/** Reads an RFC 3339 time with offset into nanoseconds. @throws RangeError */
export function instantOf(text: string): bigint {
  return Temporal.Instant.from(text).epochNanoseconds;
}

function interval(schedule: { from: string; to: string }): Schedule {
  const from = boundary('from', schedule.from);
  const to = boundary('to', schedule.to);
  if (from >= to) throw new ScheduleError('to', 'to must be after from');
  return {
    at: (instant) => (from <= instant && instant < to ? [{ from, to }] : []),
    nextStart: (instant) => (instant < from ? from : undefined),
  };
}

function boundary(field: string, text: string): bigint {
  try {
    return instantOf(text);
  } catch {
    throw new ScheduleError(field, `${field} is not an RFC 3339 time with offset`);
  }
}

function recurrence(schedule: {
  rrule: string;
  durationMinutes: number;
  timeZone: string;
}): Schedule {
  const { durationMinutes, timeZone } = schedule;
  if (!Number.isInteger(durationMinutes) || durationMinutes < 1) {
    throw new ScheduleError('durationMinutes', 'durationMinutes must be a whole number above 0');
  }
  checkZone(timeZone);
  const rule = floatingRule(schedule.rrule, timeZone);
  const length = BigInt(durationMinutes) * MINUTE;
  const wallMs = (instant: bigint): number =>
    Date.parse(
      `${zoned(instant, timeZone).toPlainDateTime().toString({ smallestUnit: 'millisecond' })}Z`,
    );
  const place = (wall: Temporal.ZonedDateTime): bigint =>
    wall.toPlainDateTime().toZonedDateTime(timeZone).epochNanoseconds;
  return {
    at: (instant) => {
      const wall = wallMs(instant);
      const earliest = new Date(wall - durationMinutes * 60_000 - DAY_MS);
      return rule
        .between(earliest, new Date(wall + DAY_MS), true)
        .map(place)
        .map((from) => ({ from, to: from + length }))
        .filter(({ from, to }) => from <= instant && instant < to);
    },
    nextStart: (instant) => {
      // Near a change of clocks wall-clock order is not the order of instants: begin a day early.
      let next = following(rule, new Date(wallMs(instant) - DAY_MS), true);
      while (next !== null) {
        const start = place(next);
        if (start > instant) return start;
        next = following(rule, new Date(next.epochMilliseconds), false);
      }
      return undefined;
    },
  };
}

function checkZone(timeZone: string): void {
  // An offset such as +02:00 is a zone to Temporal, but it does not follow daylight saving time.
  const named = /^[A-Za-z]/.test(timeZone);
  try {
    if (named) new Temporal.ZonedDateTime(0n, timeZone);
  } catch {
    throw new ScheduleError('timeZone', `time zone '${timeZone}' is not known`);
  }
  if (!named)
    throw new ScheduleError('timeZone', 'timeZone must be an IANA name, e.g. Europe/Oslo');
}

/** The rule in wall-clock time, for which UTC stands. */
function floatingRule(text: string, timeZone: string): RRuleTemporal<Temporal.ZonedDateTime> {
  const { start, rule, exclusions } = linesOf(text, timeZone);
  const parts = new Map(
    rule.split(';').map((part) => {
      const [key = '', value = ''] = part.split('=');
      return [key, value] as const;
    }),
  );
  const frequency = parts.get('FREQ') ?? '';
  if (!FREQUENCIES.includes(frequency)) {
    throw new ScheduleError('rrule', `FREQ must be one of ${FREQUENCIES.join(', ')}`);
  }
  if (start === undefined && (parts.has('COUNT') || (parts.get('INTERVAL') ?? '1') !== '1')) {
    throw new ScheduleError('rrule', 'COUNT and INTERVAL need a DTSTART line');
  }
  const until = parts.get('UNTIL');
  if (until !== undefined) parts.set('UNTIL', wallUntil(until, timeZone));
  const rruleString = `RRULE:${[...parts].map(([key, value]) => `${key}=${value}`).join(';')}`;
  try {
    return new RRuleTemporal({
      rruleString,
      dtstart: floating(start ?? ANCHOR),
      exDate: exclusions.map(floating),
      cache: false,
      strict: true,
      temporal: Temporal,
    });
  } catch {
    throw new ScheduleError('rrule', 'rrule is not an RFC 5545 recurrence rule');
  }
}

function floating(wall: string): Temporal.ZonedDateTime {
  return Temporal.PlainDateTime.from(wall).toZonedDateTime('UTC');
}

/** What stands in the text: one rule, perhaps its start, and starts that are left out, in wall-clock time. */
function linesOf(
  text: string,
  timeZone: string,
): { start: string | undefined; rule: string; exclusions: string[] } {
  const starts: string[] = [];
  const rules: string[] = [];
  const exclusions: string[] = [];
  for (const line of text.split(/\r?\n/).map((each) => each.trim())) {
    const name = /^(DTSTART|EXDATE|RRULE|RDATE|EXRULE)\b/.exec(line)?.[1];
    if (name === 'DTSTART') starts.push(...wallTimes(line, timeZone));
    else if (name === 'EXDATE') exclusions.push(...wallTimes(line, timeZone));
    else if (name === 'RRULE' || (name === undefined && line !== '')) rules.push(line);
    else if (name !== undefined) {
      throw new ScheduleError(
        'rrule',
        `${name} is not read; known lines are DTSTART, RRULE and EXDATE`,
      );
    }
  }
  if (rules.length > 1 || starts.length > 1) {
    throw new ScheduleError('rrule', 'give one rule and at most one DTSTART');
  }
  return { start: starts[0], rule: (rules[0] ?? '').replace(/^RRULE:/, ''), exclusions };
}

const BASIC_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/;

/** The local times of a DTSTART or EXDATE line; a zone that it names must be the schedule's. */
function wallTimes(line: string, timeZone: string): string[] {
  const [, name = '', parameters = '', values = ''] = /^(\w+)((?:;[^:]*)?):(.*)$/.exec(line) ?? [];
  const isLocal = parameters === '' || parameters === `;TZID=${timeZone}`;
  const times = values.split(',').map((value) => value.trim());
  if (!isLocal || !times.every((time) => BASIC_TIME.test(time))) {
    throw new ScheduleError(
      'rrule',
      `${name === '' ? 'DTSTART' : name} must be local time, e.g. DTSTART:20260105T090000`,
    );
  }
  return times.map(extended);
}

function extended(basic: string): string {
  return basic.replace(BASIC_TIME, '$1-$2-$3T$4:$5:$6');
}

/** UNTIL as wall-clock time of the zone: an instant in UTC, a local time, or a local day to its end. */
function wallUntil(until: string, timeZone: string): string {
  if (/^\d{8}$/.test(until)) return `${until}T235959Z`;
  if (BASIC_TIME.test(until)) return `${until}Z`;
  const utc = until.slice(0, -1);
  if (!until.endsWith('Z') || !BASIC_TIME.test(utc)) return until;
  const wall = Temporal.Instant.from(`${extended(utc)}Z`).toZonedDateTimeISO(timeZone);
  const text = wall.toPlainDateTime().toString({ smallestUnit: 'second' });
  return `${text.replace(/[-:]/g, '')}Z`;
}

/** The next occurrence. Of a day that never comes, such as 30 February, the library stops looking with an error. */
function following(
  rule: RRuleTemporal,
  after: Date,
  isInclusive: boolean,
): Temporal.ZonedDateTime | null {
  try {
    return rule.next(after, isInclusive);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Maximum iterations')) return null;
    throw error;
  }
}

function zoned(instant: bigint, timeZone: string): Temporal.ZonedDateTime {
  return new Temporal.ZonedDateTime(instant, timeZone);
}
