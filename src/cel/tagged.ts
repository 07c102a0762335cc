import type { CelValue } from './values.ts';

/** A CEL value with its type, as `sluice eval` prints it. */
export interface Tagged {
  readonly t: string;
  readonly v: unknown;
}

/** Texts as of the recorded vectors: decimal text for numbers, nanoseconds for durations, hex for bytes. */
export function toTagged(_value: CelValue): Tagged {
  throw new Error('not yet');
}
