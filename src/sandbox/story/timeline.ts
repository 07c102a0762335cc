/** Something that was first seen at a time (epoch milliseconds). */
export interface Sight<T> {
  readonly at: number;
  readonly value: T;
}

/** What was seen of one Canary, in the order of arrival; equal neighbours are kept once. */
export interface CanaryTimeline {
  /** Percent to the canary in the live route. */
  readonly weights: readonly Sight<number>[];
  readonly phases: readonly Sight<string>[];
  /** `status.canaryWeight`. */
  readonly reportedWeights: readonly Sight<number>[];
  /** Image of the primary's first container. */
  readonly primaryImages: readonly Sight<string>[];
  /** `status.held` of the newest RolloutRun: undefined while it is not held. */
  readonly holds: readonly Sight<Hold | undefined>[];
}

export interface Hold {
  readonly nextOpen?: string;
  readonly reasons: readonly string[];
}

export const EMPTY_TIMELINE: CanaryTimeline = {
  weights: [],
  phases: [],
  reportedWeights: [],
  primaryImages: [],
  holds: [],
};

/** The timeline with one more sight, or the same timeline when nothing new was seen. */
export function saw<K extends keyof CanaryTimeline>(
  timeline: CanaryTimeline,
  what: K,
  value: CanaryTimeline[K][number]['value'],
  at: number,
): CanaryTimeline {
  const last = timeline[what].at(-1);
  if (last !== undefined && JSON.stringify(last.value) === JSON.stringify(value)) return timeline;
  return { ...timeline, [what]: [...timeline[what], { at, value }] };
}

/** Values since a time, the one that held at that time first. */
export function valuesSince<T>(sights: readonly Sight<T>[], since: number): T[] {
  const before = sights.findLast(({ at }) => at < since);
  const after = sights.filter(({ at }) => at >= since);
  return [...(before === undefined ? [] : [before.value]), ...after.map(({ value }) => value)];
}
