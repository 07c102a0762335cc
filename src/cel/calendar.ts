const DAY = 86_400n;
const CYCLE_DAYS = 146_097n;
const CYCLE_YEARS = 400;
/** From where Go counts days to the epoch of Unix, in seconds; 64 bits of seconds from there begin anew. */
const GO_EPOCH = (730_692_556n * CYCLE_DAYS + 719_468n) * DAY;

/** Any second of int64 on the calendar: a date of the same day and time some times 400 years off, and its year. */
export interface CalendarDate {
  /** For day, month and time; its year is not that of the instant. */
  readonly date: Date;
  readonly year: number;
}

/**
 * @param seconds since the epoch of Unix; `Date` alone reaches to the year 275760 only
 */
export function calendarDate(seconds: bigint): CalendarDate {
  const known = BigInt.asUintN(64, seconds + GO_EPOCH) - GO_EPOCH;
  const span = CYCLE_DAYS * DAY;
  const inCycle = ((known % span) + span) % span;
  const cycles = Number((known - inCycle) / span);
  const date = new Date(Number(inCycle) * 1000);
  return { date, year: date.getUTCFullYear() + cycles * CYCLE_YEARS };
}
