/**
 * The model's clock stands still: everything happens now, and time passes by making everything that was recorded now
 * older. So an instant is one of three, and states that differ only in when they were reached are the same.
 */
export const NOW = Date.UTC(2026, 0, 1, 12);
/** Longer than any interval of a scenario. Milliseconds. */
const AGE_MS = 600_000;
const PAST = NOW - AGE_MS;
const FUTURE = NOW + AGE_MS;

/** An instant in the past, RFC 3339. */
export const LONG_AGO = new Date(PAST).toISOString();
/** An instant in the future that the next passing of time makes the present one. */
export const SOON = new Date(FUTURE).toISOString();
/** Of everything that exists. */
export const CREATED_AT = '2026-01-01T00:00:00Z';

const NOW_TEXT = new Date(NOW).toISOString();
/** As Kubernetes writes it. */
const NOW_SECONDS = NOW_TEXT.replace('.000', '');

/** The JSON text an interval later. */
export function aged(text: string): string {
  return text
    .replaceAll(NOW_TEXT, LONG_AGO)
    .replaceAll(NOW_SECONDS, LONG_AGO.replace('.000', ''))
    .replaceAll(SOON, NOW_TEXT);
}

/** The id of a question an interval later: it names the round by the time at which the round began. */
export function agedId(id: string): string {
  return id.replace(`/${NOW.toString(36)}/`, `/${PAST.toString(36)}/`);
}
