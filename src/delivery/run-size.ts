import type { RolloutRunStatus, RunStep } from '../domain/run.ts';

/** Kept of a step once it is over and the record has grown large. */
const OLD_STEP_ENTRIES = 3;
/** Leaves room for `spec` and metadata below the limit of 256 KiB. */
const MAX_STATUS_BYTES = 200 * 1024;

/** The record with another current step. */
export function mapLastStep(
  status: RolloutRunStatus,
  change: (step: RunStep) => RunStep,
): RolloutRunStatus {
  const last = status.steps.at(-1);
  if (last === undefined) return status;
  return bounded({ ...status, steps: [...status.steps.slice(0, -1), change(last)] });
}

/** Keeps the record below its size limit: first old steps lose their details, then the oldest go. */
export function bounded(status: RolloutRunStatus): RolloutRunStatus {
  if (bytesOf(status) <= MAX_STATUS_BYTES) return status;
  const steps = status.steps.map((step, i) =>
    i === status.steps.length - 1
      ? step
      : {
          ...step,
          measurements: step.measurements.slice(-OLD_STEP_ENTRIES),
          decisions: step.decisions.slice(-OLD_STEP_ENTRIES),
        },
  );
  let kept = { ...status, steps };
  while (kept.steps.length > 1 && bytesOf(kept) > MAX_STATUS_BYTES) {
    kept = { ...kept, steps: kept.steps.slice(1) };
  }
  return kept;
}

/** Steps are most of a record, and those that are over do not change. */
const BYTES = new WeakMap<RunStep, number>();

function bytesOf({ steps, ...others }: RolloutRunStatus): number {
  let bytes = jsonBytes(others);
  for (const step of steps) {
    const known = BYTES.get(step) ?? jsonBytes(step) + 1;
    BYTES.set(step, known);
    bytes += known;
  }
  return bytes;
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
