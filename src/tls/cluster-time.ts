import type { Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';

/** How long a comparison of the two clocks counts. Milliseconds. */
const COMPARED_FOR_MS = 3_600_000;
/** A difference that no slow answer explains; certificates begin earlier by more. Milliseconds. */
const TOLERATED_MS = 60_000;

/** The time of the API server, which is who verifies the certificates. Milliseconds since the Unix epoch. */
export interface ClusterTime {
  /** By a comparison that is at most an hour old. */
  now(signal: AbortSignal): Promise<number>;
  /** By a comparison made now; the own clock's time when the API server does not tell. */
  exactly(signal: AbortSignal): Promise<number>;
}

/**
 * Makes the time of the cluster from the own clock and what the API server says.
 * @param options `ask` gives the API server's time in whole seconds; undefined when it cannot be had
 */
export function createClusterTime(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ask: (signal: AbortSignal) => Promise<number | undefined>;
}): ClusterTime {
  const { clock, logger, ask } = options;
  let difference = 0;
  let comparedAt = -Infinity;
  const compare = async (signal: AbortSignal): Promise<void> => {
    const asked = await answered(ask, signal);
    comparedAt = clock.monotonic();
    const found = asked === undefined ? 0 : asked - clock.now();
    const next = Math.abs(found) > TOLERATED_MS ? found : 0;
    if (next !== 0 && Math.abs(next - difference) > TOLERATED_MS) {
      const seconds = Math.round(next / 1000);
      logger.warn({ seconds }, "the API server's clock differs; its time counts for certificates");
    }
    difference = next;
  };
  return {
    now: async (signal) => {
      if (clock.monotonic() - comparedAt >= COMPARED_FOR_MS) await compare(signal);
      return clock.now() + difference;
    },
    exactly: async (signal) => {
      await compare(signal);
      return clock.now() + difference;
    },
  };
}

async function answered(
  ask: (signal: AbortSignal) => Promise<number | undefined>,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return await ask(signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof SluiceError)) throw error;
    return undefined;
  }
}
