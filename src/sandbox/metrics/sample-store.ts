import type { Clock } from '../../domain/clock.ts';

/** Upper bounds of the duration histogram in seconds, podinfo's own (Prometheus client defaults); +Inf is implied. */
export const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export type SeriesLabels = Readonly<Record<string, string>>;

/** One request that a pod answered. */
export interface Sample {
  readonly labels: SeriesLabels;
  readonly durationSeconds: number;
}

/** What a series counted during an interval. `buckets` are cumulative by {@link DURATION_BOUNDS}, then +Inf. */
export interface SeriesCount {
  readonly labels: SeriesLabels;
  readonly count: number;
  readonly sumSeconds: number;
  readonly buckets: readonly number[];
}

interface Slot {
  /** Start of the slot, milliseconds of the monotonic clock. */
  at: number;
  count: number;
  sumSeconds: number;
  /** Not cumulative; the last is +Inf. */
  buckets: number[];
}

interface Series {
  labels: SeriesLabels;
  slots: Slot[];
}

const SLOT_MS = 100;
const RETENTION_MS = 15 * 60_000;
const MAX_SERIES = 10_000;

/** Counts of answered requests by label set and time, kept for 15 minutes in slots of 100 ms. */
export class SampleStore {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record({ labels, durationSeconds }: Sample): void {
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) this.#forget();
      series = { labels, slots: [] };
      this.#series.set(key, series);
    }
    const slot = this.#slotOf(series);
    slot.count += 1;
    slot.sumSeconds += durationSeconds;
    const index = DURATION_BOUNDS.findIndex((bound) => durationSeconds <= bound);
    const bucket = index < 0 ? DURATION_BOUNDS.length : index;
    slot.buckets[bucket] = (slot.buckets[bucket] ?? 0) + 1;
  }

  /** What each matching series counted in the last `intervalMs`; a series without a request in it is absent. */
  counts(intervalMs: number, matches: (labels: SeriesLabels) => boolean): SeriesCount[] {
    const from = this.#clock.monotonic() - intervalMs;
    const found: SeriesCount[] = [];
    for (const { labels, slots } of this.#series.values()) {
      if (!matches(labels)) continue;
      const recent = slots.filter((slot) => slot.at > from - SLOT_MS);
      if (recent.length > 0) found.push({ labels, ...total(recent) });
    }
    return found;
  }

  #slotOf(series: Series): Slot {
    const at = Math.floor(this.#clock.monotonic() / SLOT_MS) * SLOT_MS;
    const last = series.slots.at(-1);
    if (last?.at === at) return last;
    const slot = { at, count: 0, sumSeconds: 0, buckets: emptyBuckets() };
    series.slots.push(slot);
    const oldest = at - RETENTION_MS;
    while ((series.slots[0]?.at ?? at) < oldest) series.slots.shift();
    return slot;
  }

  #forget(): void {
    const oldest = this.#clock.monotonic() - RETENTION_MS;
    for (const [key, series] of this.#series) {
      if ((series.slots.at(-1)?.at ?? 0) < oldest) this.#series.delete(key);
    }
    const first = this.#series.keys().next();
    if (this.#series.size >= MAX_SERIES && first.done !== true) this.#series.delete(first.value);
  }
}

function emptyBuckets(): number[] {
  return new Array<number>(DURATION_BOUNDS.length + 1).fill(0);
}

function total(slots: readonly Slot[]): Omit<SeriesCount, 'labels'> {
  const buckets = emptyBuckets();
  let count = 0;
  let sumSeconds = 0;
  for (const slot of slots) {
    count += slot.count;
    sumSeconds += slot.sumSeconds;
    slot.buckets.forEach((value, index) => {
      buckets[index] = (buckets[index] ?? 0) + value;
    });
  }
  let running = 0;
  return { count, sumSeconds, buckets: buckets.map((value) => (running += value)) };
}
