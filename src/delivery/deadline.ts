import type { Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';

/**
 * Runs `work` for at most `limitMs` on the clock, also when it does not heed its signal.
 * @param limitMs milliseconds, > 0
 * @throws SluiceError SLUICE_DEADLINE when the time is over; `signal.reason` when the signal aborts; what `work` throws
 */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  const stop = (reason: unknown): void => {
    controller.abort(reason);
    ended.reject(reason);
  };
  const onAbort = (): void => {
    stop(signal.reason);
  };
  const timer = clock.setTimer(() => {
    const seconds = Math.round(limitMs / 100) / 10;
    stop(new SluiceError('SLUICE_DEADLINE', `no answer within ${seconds} s`, { retryable: true }));
  }, limitMs);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(controller.signal), ended.promise]);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', onAbort);
  }
}
