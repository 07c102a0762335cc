import { sleep, type Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';

type Stop = () => Promise<void> | void;

/** What has to be ended, in the order in which it is ended: the reverse of its start. */
export interface StopList {
  /** @param name as the log shows it */
  add(name: string, stop: Stop): void;
  /**
   * Ends everything, last added first, each within the time given; what fails or takes longer is logged and left.
   * A second call waits for the first.
   */
  run(): Promise<void>;
}

/**
 * Makes an empty list.
 * @param limitMs time that one entry may take
 */
export function createStopList(clock: Clock, logger: Logger, limitMs = 10_000): StopList {
  const entries: { name: string; stop: Stop }[] = [];
  let running: Promise<void> | undefined;
  const runAll = async (): Promise<void> => {
    for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
      await stopOne(entry, { clock, logger, limitMs });
    }
  };
  return {
    add: (name, stop) => {
      entries.push({ name, stop });
    },
    run: () => (running ??= runAll()),
  };
}

async function stopOne(
  { name, stop }: { name: string; stop: Stop },
  { clock, logger, limitMs }: { clock: Clock; logger: Logger; limitMs: number },
): Promise<void> {
  const done = new AbortController();
  const late = sleep(clock, limitMs, done.signal).then(
    () => 'late' as const,
    () => 'done' as const,
  );
  const work = Promise.resolve()
    .then(stop)
    .then(
      () => 'done' as const,
      (error: unknown) => {
        logger.warn({ part: name, error }, 'stopping failed');
        return 'done' as const;
      },
    );
  if ((await Promise.race([work, late])) === 'late') {
    logger.warn({ part: name, limitMs }, 'stopping took too long');
  }
  done.abort();
}
