/** Files of a recorded scenario that are compared; `timing.txt` and `load.txt` hold times and are not. */
export const FILES = [
  'scenario.json',
  'status.txt',
  'changes.txt',
  'events.txt',
  'calls.txt',
  'objects.yaml',
] as const;
export type RecordedFile = (typeof FILES)[number];

/** One point at which two recordings of a scenario are not the same. */
export interface Difference {
  readonly file: RecordedFile;
  /** Where in the structure of the file, the same for every scenario: see docs/flagger-differences.yaml. */
  readonly path: string;
  /** What Flagger did; undefined: nothing. */
  readonly golden: string | undefined;
  readonly ours: string | undefined;
}
