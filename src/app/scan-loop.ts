import { sleep, type Clock } from '../domain/clock.ts';

/** Examines keys one after the other, in slices, so that nothing else has to wait for long. */
export interface ScanLoop {
  /** Keys that wait. */
  readonly pending: number;
  /** Asks for a key; one that waits already is examined once. */
  add(key: string): void;
  /** Has `onDrained` called once nothing is left, also when nothing was asked for. */
  settle(): void;
  /** Examines what is asked for until the signal aborts. Never rejects. To be called once at a time. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ScanLoopOptions {
  readonly clock: Clock;
  /** Whether there is something to decide on; while not, keys wait. */
  readonly isReady: () => boolean;
  /** Examines one key; must not throw. */
  readonly examine: (key: string) => void;
  /** Called whenever no key is left. */
  readonly onDrained: () => void;
}

/** How long keys are examined before others get their turn, milliseconds: far less than probes and Leases wait. */
const SLICE_MS = 8;
const NOT_READY_MS = 1000;

/** A loop that has not started. */
export function createScanLoop(options: ScanLoopOptions): ScanLoop {
  const pending = new Set<string>();
  let wake = Promise.withResolvers<undefined>();
  let isDue = false;
  const { clock } = options;
  const ring = (): void => {
    isDue = true;
    wake.resolve(undefined);
    wake = Promise.withResolvers<undefined>();
  };
  const work = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      if (!isDue) await wake.promise;
      else if (!options.isReady()) await sleep(clock, NOT_READY_MS, signal);
      else {
        slice(pending, options);
        isDue = pending.size > 0;
        if (!isDue) options.onDrained();
        await sleep(clock, 0, signal);
      }
    }
  };
  return {
    get pending() {
      return pending.size;
    },
    add: (key) => {
      pending.add(key);
      ring();
    },
    settle: ring,
    run: async (signal) => {
      const onAbort = (): void => {
        wake.resolve(undefined);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      // The only thing that ends it is the signal, which a wait rejects with.
      await work(signal).catch(() => undefined);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function slice(pending: Set<string>, { clock, examine }: ScanLoopOptions): void {
  const end = clock.monotonic() + SLICE_MS;
  for (const key of pending) {
    pending.delete(key);
    examine(key);
    if (clock.monotonic() >= end) return;
  }
}
