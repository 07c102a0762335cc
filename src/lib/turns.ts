import type { MaybePromise } from './maybe-promise.ts';

/** What turns need of a clock; the Clock port has it. */
interface TurnsClock {
  /** Milliseconds of a clock that never goes back. */
  monotonic(): number;
  setTimer(callback: () => void, delayMs: number): { cancel(): void };
}

export interface TurnsOptions {
  readonly clock: TurnsClock;
  /** A job that takes this many milliseconds is slow; also what quick ones may take in a row. Default 20. */
  readonly slowMs?: number;
  /** Milliseconds that the event loop is left to others after a slow job, at least: a tenth of what it took. Default 3. */
  readonly restMs?: number;
  /** Milliseconds after which a slow job goes before quick ones. Default 500. */
  readonly patienceMs?: number;
  /** Milliseconds after which a job that waits is not done any more. Default 2500. */
  readonly maxWaitMs?: number;
}

/** Jobs that run to their end without a pause, and must not keep each other or anything else waiting. */
export interface Turns {
  /**
   * Does a job: at once as long as none is slow. After a slow one the event loop is left to others for a moment, jobs
   * wait for their turn, and those of kinds that were slow wait for the quick ones.
   * @param kind what the job is like; only asked for when it matters
   * @param late what becomes of a job whose turn comes too late
   */
  run<T>(kind: () => string, job: () => MaybePromise<T>, late: () => T): MaybePromise<T>;
}

const DEFAULTS = { slowMs: 20, restMs: 3, patienceMs: 500, maxWaitMs: 2500 };
/** The part of what a slow job took that the event loop is left to others. */
const REST_SHARE = 0.1;
/** Kinds that are remembered as slow; beyond, all are forgotten. */
const MAX_KINDS = 1000;

interface Waiting {
  readonly since: number;
  /** Does the job, or says that it is too late. Never throws. */
  readonly go: (isLate: boolean) => void;
}

/** Makes turns for one kind of work in a process. */
export function createTurns(options: TurnsOptions): Turns {
  return new FairTurns({ ...DEFAULTS, ...options });
}

class FairTurns implements Turns {
  readonly #options: Required<TurnsOptions>;
  readonly #slowKinds = new Set<string>();
  readonly #quick: Waiting[] = [];
  readonly #slow: Waiting[] = [];
  #isResting = false;

  constructor(options: Required<TurnsOptions>) {
    this.#options = options;
  }

  run<T>(kind: () => string, job: () => MaybePromise<T>, late: () => T): MaybePromise<T> {
    if (!this.#isResting) return this.#timed(kind, job);
    const name = kind();
    return new Promise<T>((resolve, reject) => {
      const go = (isLate: boolean): void => {
        try {
          resolve(isLate ? late() : this.#timed(kind, job));
        } catch (error) {
          reject(error instanceof Error ? error : new Error('a job failed', { cause: error }));
        }
      };
      const lane = this.#slowKinds.has(name) ? this.#slow : this.#quick;
      lane.push({ since: this.#options.clock.monotonic(), go });
    });
  }

  #timed<T>(kind: () => string, job: () => T): T {
    const { clock, slowMs } = this.#options;
    const startedAt = clock.monotonic();
    try {
      return job();
    } finally {
      const took = clock.monotonic() - startedAt;
      if (took >= slowMs) {
        if (this.#slowKinds.size >= MAX_KINDS) this.#slowKinds.clear();
        this.#slowKinds.add(kind());
        this.#rest(took * REST_SHARE);
      } else if (this.#slowKinds.size > 0) {
        this.#slowKinds.delete(kind());
      }
    }
  }

  #rest(milliseconds = 0): void {
    if (this.#isResting) return;
    this.#isResting = true;
    const { clock, restMs } = this.#options;
    clock.setTimer(
      () => {
        this.#turn();
      },
      Math.max(restMs, milliseconds),
    );
  }

  /** Quick jobs for a while; then one slow one, when none is left or it has waited long. */
  #turn(): void {
    const { clock, slowMs, patienceMs } = this.#options;
    this.#isResting = false;
    this.#giveUp(this.#quick);
    this.#giveUp(this.#slow);
    const end = clock.monotonic() + slowMs;
    while (this.#quick.length > 0 && clock.monotonic() < end) {
      if (this.#go(this.#quick.shift()) === 'slow') break;
    }
    const [oldest] = this.#slow;
    const isDue = oldest !== undefined && clock.monotonic() - oldest.since >= patienceMs;
    if (isDue || this.#quick.length === 0) this.#go(this.#slow.shift());
    if (this.#quick.length + this.#slow.length > 0) this.#rest();
  }

  /** Answers those that have waited too long: the oldest stand first. */
  #giveUp(lane: Waiting[]): void {
    const { clock, maxWaitMs } = this.#options;
    const now = clock.monotonic();
    const kept = lane.findIndex(({ since }) => now - since <= maxWaitMs);
    for (const waiting of lane.splice(0, kept < 0 ? lane.length : kept)) waiting.go(true);
  }

  #go(waiting: Waiting | undefined): 'slow' | 'quick' {
    waiting?.go(false);
    return this.#isResting ? 'slow' : 'quick';
  }
}
