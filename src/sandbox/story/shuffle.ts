import type { StoryTemplate, Variables } from './story.ts';

const NAMES = [
  'billing',
  'catalog',
  'delivery',
  'inventory',
  'ledger',
  'login',
  'orders',
  'profile',
  'quotes',
  'reviews',
  'tickets',
  'wallet',
] as const;

/** A story told differently: other values for its variables, its tracks in another order. */
export interface ShuffledStory {
  readonly template: StoryTemplate;
  readonly variables: Variables;
}

/**
 * Draws another day: names, steps, thresholds, error rate (5 to 40 %), versions, the place of the freeze, the order of
 * the tracks. The thresholds stay above what a release with 5 % errors can reach and below a faultless one, so that
 * the outcomes remain what they are.
 * @param random uniform in [0, 1); the same sequence gives the same day
 */
export function shuffleStory(template: StoryTemplate, random: () => number): ShuffledStory {
  const between = (least: number, most: number): number =>
    least + Math.floor(random() * (most - least + 1));
  const [good, bad, frozen, denied] = shuffled(NAMES, random) as [string, string, string, string];
  const frozenSteps = stepsOf(between(3, 4), between);
  const minor = between(0, 9);
  return {
    template: { ...template, tracks: shuffled(template.tracks, random) },
    variables: {
      GOOD: good,
      BAD: bad,
      FROZEN: frozen,
      DENIED: denied,
      GOOD_STEPS: stepsOf(between(2, 4), between),
      BAD_STEPS: stepsOf(between(3, 4), between),
      FROZEN_STEPS: frozenSteps,
      FROZEN_AT: frozenSteps[between(0, frozenSteps.length - 2)] ?? 0,
      THRESHOLD: between(1, 2),
      MIN_SUCCESS_RATE: between(980, 995) / 10,
      MAX_DURATION: between(1000, 2000),
      IMAGE_OLD: `podinfo:6.${minor}.0`,
      IMAGE_GOOD: `podinfo:6.${minor}.${between(1, 9)}`,
      IMAGE_BAD: `podinfo:6.${minor + 1}.0-err${between(5, 40)}`,
    },
  };
}

/** `count` weights that rise strictly; the first is at least 15 and at most 30, the last at most 75. */
function stepsOf(count: number, between: (least: number, most: number) => number): number[] {
  const steps = [between(15, 30)];
  while (steps.length < count) steps.push((steps.at(-1) ?? 0) + between(5, 15));
  return steps;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}
