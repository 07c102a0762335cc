import { SluiceError } from '../domain/errors.ts';
import type { VirtualClock } from '../domain/virtual-clock.ts';

/**
 * Moves a virtual clock from timer to timer until the promise settles.
 * @param limitMs virtual time after which it gives up, milliseconds
 * @returns what the promise resolves to
 * @throws SluiceError SLUICE_DEADLINE when the limit is reached or nothing is left that could settle it; whatever the
 *   promise rejects with
 */
export async function driveClock<T>(
  clock: VirtualClock,
  promise: Promise<T>,
  limitMs: number,
): Promise<T> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  if (!(await clock.runUntil(() => isSettled, limitMs))) {
    const left = clock.pendingTimers === 0 ? 'nothing is left to happen' : 'the limit is reached';
    throw new SluiceError('SLUICE_DEADLINE', `the rehearsed time ended early: ${left}`);
  }
  return promise;
}
