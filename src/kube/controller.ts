import { linkAbort, linkDeadline, whenAborted } from '../lib/abort.ts';
import type { Clock } from '../domain/clock.ts';
import { ClusterError, SluiceError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import { parseKeyText } from '../domain/object.ts';
import type { Reconciler } from '../domain/reconciler.ts';
import { createWorkQueue, type WorkQueue, type WorkQueueHooks } from './work-queue.ts';

/**
 * How one reconcile ended: `requeue` is a success that wants to look again, `retry` an error that is tried again,
 * `terminal` one that is not, `cancelled` one that was cut off by the end of the process.
 */
type ReconcileOutcome = 'success' | 'requeue' | 'retry' | 'terminal' | 'cancelled';

/** What a controller tells about itself; every method is optional and must not throw. */
export interface ControllerMetrics extends WorkQueueHooks {
  /** One reconcile ended after so many milliseconds. */
  reconciled?(outcome: ReconcileOutcome, durationMs: number): void;
  /** Reconciles in hand, after each change. */
  active?(workers: number): void;
}

export interface ControllerOptions {
  /** Stands in logs. */
  readonly name: string;
  readonly reconciler: Reconciler;
  /** Reconciles at a time, at least 1. */
  readonly workers: number;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics?: ControllerMetrics;
  /** The longest delay after failures; 5 minutes when absent. */
  readonly maxRetryDelayMs?: number;
  /** After this long the signal of a reconcile aborts; 2 minutes when absent. */
  readonly reconcileTimeoutMs?: number;
  /** How long work in hand may take after `run` was told to stop; 20 seconds when absent. */
  readonly drainMs?: number;
}

/** Calls a reconciler for keys, by the contract of {@link Reconciler}. */
export interface Controller {
  /** Asks for a reconcile of this key (`namespace/name` or `name`); before `run` it waits for it, after it nothing happens. */
  enqueue(key: string): void;
  /**
   * Works until the signal aborts; then takes no new work, gives work in hand `drainMs` to finish, aborts what is left
   * and resolves. Never rejects. To be called once.
   */
  run(signal: AbortSignal): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_DRAIN_MS = 20_000;
/** What a reconcile that has been told to end gets to do so. */
const LAST_GRACE_MS = 1000;

/** A controller that has not started; `run` starts it. */
export function createController(options: ControllerOptions): Controller {
  return new ReconcilingController(options);
}

class ReconcilingController implements Controller {
  readonly #options: ControllerOptions;
  readonly #logger: Logger;
  readonly #queue: WorkQueue;

  constructor(options: ControllerOptions) {
    const { clock, random, metrics, maxRetryDelayMs } = options;
    this.#options = options;
    this.#logger = options.logger.child({ controller: options.name });
    this.#queue = createWorkQueue({
      clock,
      random,
      ...(metrics === undefined ? {} : { hooks: metrics }),
      ...(maxRetryDelayMs === undefined ? {} : { maxDelayMs: maxRetryDelayMs }),
    });
  }

  enqueue(key: string): void {
    this.#queue.add(key);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { workers, clock, drainMs = DEFAULT_DRAIN_MS } = this.#options;
    const hand = linkAbort();
    for (let count = 0; count < workers; count++) void this.#worker(hand.signal);
    await whenAborted(signal);
    this.#queue.shutdown();
    const isDrained = await within(clock, drainMs, this.#queue.whenIdle());
    hand.abort(signal.reason);
    if (isDrained) return;
    this.#logger.warn({ active: this.#queue.active }, 'work in hand was cut off');
    await within(clock, LAST_GRACE_MS, this.#queue.whenIdle());
  }

  async #worker(signal: AbortSignal): Promise<void> {
    const queue = this.#queue;
    for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
      await this.#work(key, signal);
    }
  }

  /** Reconciles one key and decides when it comes back; never rejects. */
  async #work(key: string, signal: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#options;
    metrics?.active?.(this.#queue.active);
    const startedAt = clock.monotonic();
    const outcome = await this.#reconcile(key, signal);
    this.#queue.done(key);
    metrics?.active?.(this.#queue.active);
    metrics?.reconciled?.(outcome, clock.monotonic() - startedAt);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileOutcome> {
    const { reconciler, clock, reconcileTimeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const timedOut = (): Error =>
      new SluiceError('SLUICE_DEADLINE', 'the reconcile took too long', { retryable: true });
    const link = linkDeadline(clock, reconcileTimeoutMs, timedOut, signal);
    try {
      const { requeueAfterMs } = await reconciler.reconcile(parseKeyText(key), link.signal);
      this.#queue.forget(key);
      if (requeueAfterMs === undefined) return 'success';
      this.#queue.addAfter(key, requeueAfterMs);
      return 'requeue';
    } catch (error) {
      return this.#failed(key, error, signal);
    } finally {
      link.release();
    }
  }

  #failed(key: string, error: unknown, signal: AbortSignal): ReconcileOutcome {
    if (signal.aborted) return 'cancelled';
    if (error instanceof SluiceError && !error.retryable) {
      this.#queue.forget(key);
      const fields = { key, ...errorFields(error) };
      this.#logger.warn(fields, 'reconcile failed; only a change brings it back');
      return 'terminal';
    }
    const wish = error instanceof ClusterError ? error.retryAfterMs : undefined;
    const delayMs = Math.round(this.#queue.addRateLimited(key, wish));
    const fields = { key, delayMs, ...errorFields(error) };
    if (error instanceof SluiceError) {
      this.#logger.info(fields, 'reconcile failed; it is tried again');
    } else {
      this.#logger.error(fields, 'reconcile failed unexpectedly; it is tried again');
    }
    return 'retry';
  }
}

/** Waits for the promise, but no longer than `ms`; whether it came. */
async function within(clock: Clock, ms: number, promise: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = clock.setTimer(() => {
    late.resolve(false);
  }, ms);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    timer.cancel();
  }
}

function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  if (error instanceof SluiceError) return { code: error.code, err: error.message };
  return { err: error instanceof Error ? (error.stack ?? error.message) : 'not an Error' };
}
