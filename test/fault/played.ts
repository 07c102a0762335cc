import type { RolloutRecord } from './record.ts';

/** A time without any leader, milliseconds of performance.now(). */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** A rollout that has ended. */
export interface Played {
  readonly record: RolloutRecord;
  readonly image: string;
  readonly gaps: readonly Gap[];
}
