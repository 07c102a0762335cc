import { describe, expect, it } from 'vitest';
import { judge } from '../../../../src/sandbox/story/judge.ts';
import type { HeldExpectation, RolloutExpectation } from '../../../../src/sandbox/story/story.ts';
import {
  EMPTY_TIMELINE,
  saw,
  type CanaryTimeline,
} from '../../../../src/sandbox/story/timeline.ts';

const T0 = Date.UTC(2026, 0, 1);
const OLD = 'podinfo:1';
const NEW = 'podinfo:2';

type Seen = readonly [
  second: number,
  what: 'w' | 'p' | 'i' | 'r' | 'h',
  value: string | number | undefined,
];

function timelineOf(...seen: readonly Seen[]): CanaryTimeline {
  let timeline: CanaryTimeline = EMPTY_TIMELINE;
  const start: Seen[] = [
    [-10, 'w', 0],
    [-10, 'p', 'Initialized'],
    [-10, 'i', OLD],
    [-10, 'r', 0],
    [-10, 'h', undefined],
  ];
  for (const [second, what, value] of [...start, ...seen]) {
    const at = T0 + second * 1000;
    if (what === 'w') timeline = saw(timeline, 'weights', Number(value), at);
    if (what === 'r') timeline = saw(timeline, 'reportedWeights', Number(value), at);
    if (what === 'p') timeline = saw(timeline, 'phases', String(value), at);
    if (what === 'i') timeline = saw(timeline, 'primaryImages', String(value), at);
    if (what === 'h') {
      const hold =
        value === undefined ? undefined : { nextOpen: String(value), reasons: ['frozen'] };
      timeline = saw(timeline, 'holds', hold, at);
    }
  }
  return timeline;
}

function stateOf(
  expectation: RolloutExpectation | HeldExpectation,
  second: number,
  timeline: CanaryTimeline,
) {
  const verdict = judge(expectation, {
    timeline,
    changedAt: T0,
    now: T0 + second * 1000,
    intervalMs: 2000,
    windowEnd: T0 + 12_000,
  });
  return verdict.state;
}

const promoted: RolloutExpectation = {
  outcome: 'promoted',
  canary: 'c',
  namespace: 'n',
  weights: [20, 40],
  image: NEW,
};
const rolledBack: RolloutExpectation = { ...promoted, outcome: 'rolledBack', image: OLD };
const held: HeldExpectation = {
  outcome: 'held',
  canary: 'c',
  namespace: 'n',
  window: 'w',
  intervals: 3,
};

const run: Seen[] = [
  [1, 'p', 'Progressing'],
  [2, 'w', 20],
  [4, 'w', 40],
];
const end: Seen[] = [
  [6, 'i', NEW],
  [7, 'w', 0],
  [8, 'p', 'Succeeded'],
];

describe('judge promoted', () => {
  it.each([
    ['a whole run', [...run, ...end], 'holds'],
    ['a run under way', run, 'pending'],
    ['nothing yet', [], 'pending'],
    [
      'a skipped step',
      [
        [1, 'p', 'Progressing'],
        [2, 'w', 40],
      ],
      'broken',
    ],
    ['a step that nobody asked for', [...run, [5, 'w', 60]], 'broken'],
    [
      'a fall back',
      [
        [2, 'w', 20],
        [3, 'w', 0],
        [4, 'w', 20],
      ],
      'broken',
    ],
    ['a failed run', [...run, [6, 'p', 'Failed']], 'broken'],
    ['an old primary', [...run, [7, 'w', 0], [8, 'p', 'Succeeded']], 'pending'],
    [
      'a success without a run',
      [
        [6, 'i', NEW],
        [8, 'p', 'Succeeded'],
      ],
      'pending',
    ],
  ] as [string, Seen[], string][])('%s', (_title, seen, state) => {
    expect(stateOf(promoted, 20, timelineOf(...seen))).toBe(state);
  });
});

describe('judge rolledBack', () => {
  const back: Seen[] = [
    [6, 'w', 0],
    [7, 'p', 'Failed'],
  ];
  it.each([
    ['a rollback after one step', [[1, 'p', 'Progressing'], [2, 'w', 20], ...back], 'holds'],
    ['a rollback after all steps', [...run, ...back], 'holds'],
    ['a run under way', run, 'pending'],
    [
      'a failure before any traffic',
      [
        [1, 'p', 'Progressing'],
        [7, 'p', 'Failed'],
      ],
      'pending',
    ],
    ['a promotion', [...run, ...end], 'broken'],
    ['a primary that changed meanwhile', [...run, [5, 'i', NEW], [6, 'i', OLD], ...back], 'broken'],
    ['a second rise', [...run, [6, 'w', 0], [7, 'w', 20]], 'broken'],
    [
      'a status that still shows weight',
      [[1, 'p', 'Progressing'], [2, 'w', 20], [3, 'r', 20], ...back],
      'pending',
    ],
  ] as [string, Seen[], string][])('%s', (_title, seen, state) => {
    expect(stateOf(rolledBack, 20, timelineOf(...seen))).toBe(state);
  });
});

describe('judge held', () => {
  const open = '2026-01-01T00:00:12Z';
  const freeze: Seen[] = [
    [1, 'w', 20],
    [3, 'h', open],
  ];
  it.each([
    ['not held yet', [[1, 'w', 20]], 5, 'pending'],
    ['never held', [[1, 'w', 20]], 13, 'broken'],
    ['held', freeze, 10, 'pending'],
    ['held and released', [...freeze, [12, 'h', undefined], [13, 'w', 40]], 14, 'holds'],
    ['moved after the end, still marked', [...freeze, [13, 'w', 40]], 14, 'pending'],
    [
      'an equal instant in another zone',
      [
        [1, 'w', 20],
        [3, 'h', '2026-01-01T01:00:12+01:00'],
        [12, 'h', undefined],
        [13, 'w', 40],
      ],
      14,
      'holds',
    ],
    [
      'another end',
      [
        [1, 'w', 20],
        [3, 'h', '2026-01-01T00:00:13Z'],
      ],
      5,
      'broken',
    ],
    ['moved during the freeze', [...freeze, [11, 'w', 40]], 12, 'broken'],
    ['fell back at the end', [...freeze, [12, 'h', undefined], [13, 'w', 0]], 14, 'broken'],
    [
      'held too short',
      [
        [1, 'w', 20],
        [7, 'h', open],
      ],
      8,
      'broken',
    ],
    ['never resumed', freeze, 40, 'broken'],
  ] as [string, Seen[], number, string][])('%s', (_title, seen, second, state) => {
    expect(stateOf(held, second, timelineOf(...seen))).toBe(state);
  });
});
