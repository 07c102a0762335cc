import { sleep, type Clock } from '../domain/clock.ts';

/** Examines keys one after the other, in slices, so that nothing else has to wait for long. */
export interface ScanLoop {
  /** Keys that wait. */
  readonly pending: number;
  /** Asks for a key; one that waits already is examined once. */
  add(key: string): void;
  /**
   * Asks for every key of a collection, in a circle from where the last one was left: however often it is asked for, each
   * key has its turn. Nothing is made of a key before that. An empty collection is drained, too.
   */
  all(collection: KeyCollection): void;
  /** Examines what is asked for until the signal aborts. Never rejects. To be called once at a time. */
  run(signal: AbortSignal): Promise<void>;
}

/** Keys by their index. */
export interface KeyCollection {
  readonly size: number;
  keyAt(index: number): string;
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
  const pending = new Pending();
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
    all: (collection) => {
      pending.circle(collection);
      ring();
    },
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

function slice(pending: Pending, { clock, examine }: ScanLoopOptions): void {
  const end = clock.monotonic() + SLICE_MS;
  for (let key = pending.take(); key !== undefined; key = pending.take()) {
    examine(key);
    if (clock.monotonic() >= end) return;
  }
}

const NOTHING: KeyCollection = { size: 0, keyAt: () => '' };

/** Keys that were asked for by name, before what is left of the circle. */
class Pending {
  readonly #keys = new Set<string>();
  #collection = NOTHING;
  #position = 0;
  #left = 0;

  get size(): number {
    return this.#keys.size + this.#left;
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  circle(collection: KeyCollection): void {
    this.#collection = collection;
    this.#left = collection.size;
  }

  take(): string | undefined {
    for (const key of this.#keys) {
      this.#keys.delete(key);
      return key;
    }
    if (this.#left === 0) {
      this.#collection = NOTHING;
      return undefined;
    }
    this.#left--;
    this.#position = (this.#position + 1) % this.#collection.size;
    return this.#collection.keyAt(this.#position);
  }
}
