import { systemClock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';

/**
 * What `--now` says as RFC 3339 time; the current time when it is absent.
 * @throws SluiceError SLUICE_INPUT for what is no time
 */
export function instantOf(value: unknown): string {
  if (typeof value !== 'string') return new Date(systemClock.now()).toISOString();
  try {
    return Temporal.Instant.from(value).toString();
  } catch {
    const message = '--now must be an RFC 3339 time, e.g. 2026-12-24T12:00:00Z';
    throw new SluiceError('SLUICE_INPUT', message);
  }
}
