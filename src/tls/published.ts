import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import { readBundle } from './ca-bundle.ts';

/** Since when this replica has published which authorities. */
export interface Published {
  /** Remembers the authorities of a bundle; those of the first one count as settled, as nothing was served before. */
  note(caBundle: string): void;
  /**
   * When an authority will have been published for the settle time; one that never was: the settle time from now.
   * @param now milliseconds since the Unix epoch, the scale of the answer
   */
  settledAt(authority: X509Certificate, now: number): number;
}

/** Counts in monotonic time, so that a clock that is set shortens nothing. */
export function createPublished(clock: Clock, settleMs: number): Published {
  let since: ReadonlyMap<string, number> | undefined;
  return {
    note: (caBundle) => {
      const start = since === undefined ? -Infinity : clock.monotonic();
      const known = since ?? new Map<string, number>();
      const prints = readBundle(caBundle).map(({ x509 }) => x509.fingerprint256);
      since = new Map(prints.map((print) => [print, known.get(print) ?? start]));
    },
    settledAt: ({ fingerprint256 }, now) => {
      const from = since?.get(fingerprint256) ?? clock.monotonic();
      return now + (from + settleMs - clock.monotonic());
    },
  };
}
