import type { Clock } from '../domain/clock.ts';

/** Asked now and then during evaluation: true ends it with an error. A plain function does, too. */
export interface Deadline {
  (): boolean;
  /** A policy begins, and with it the share of the time that it may take. */
  readonly begin?: () => void;
}

/** How many slow policies one decision survives: each may take this part of its time. */
const SHARES = 4;

/**
 * The deadline of one decision. One policy may take a quarter of it, so that a slow one fails by itself, and those after
 * it are still decided.
 * @param milliseconds of the whole decision
 */
export function createDeadline(clock: Pick<Clock, 'monotonic'>, milliseconds: number): Deadline {
  const end = clock.monotonic() + milliseconds;
  let share = end;
  const isOver = (): boolean => clock.monotonic() >= share;
  return Object.assign(isOver, {
    begin: () => {
      share = Math.min(end, clock.monotonic() + milliseconds / SHARES);
    },
  });
}
