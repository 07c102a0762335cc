import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseStory, tellStory } from '../../../../src/sandbox/story/parse-story.ts';
import { fillNow, fillPlaceholders } from '../../../../src/sandbox/story/placeholders.ts';
import { shuffleStory } from '../../../../src/sandbox/story/shuffle.ts';
import type { Story } from '../../../../src/sandbox/story/story.ts';

const file = new URL('../../../../manifests/examples/story/story.yaml', import.meta.url);
const yaml = readFileSync(file, 'utf8');
const given = {
  NAMESPACE: 'shop',
  GATEWAY_NAME: 'gateway',
  GATEWAY_NAMESPACE: 'infra',
  METRIC_SERVER: 'http://127.0.0.1:9090',
};

function expectations(story: Story) {
  return story.tracks.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.type === 'expect' ? [step.expectation] : [])),
  );
}

describe('the shipped story', () => {
  it('has every outcome of the contract', () => {
    const story = tellStory(parseStory(yaml), given);
    expect(story.intervalMs).toBe(2000);
    expect(
      expectations(story)
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['denied', 'held', 'promoted', 'promoted', 'rolledBack']);
    expect(JSON.stringify(story).replaceAll(/\$\{NOW[^}]*\}/g, '')).not.toContain('${');
  });

  it('keeps types of values that are one placeholder', () => {
    const story = tellStory(parseStory(yaml), { ...given, GOOD_STEPS: [10, 90], THRESHOLD: 4 });
    const canary = story.setup.find(
      ({ kind, metadata }) => kind === 'Canary' && metadata.name === 'checkout',
    );
    expect(canary).toMatchObject({ spec: { analysis: { stepWeights: [10, 90], threshold: 4 } } });
  });
});

describe('parseStory and tellStory', () => {
  const small = (more: string) =>
    `story: v1\ntitle: t\ninterval: 2s\nvariables: {A: null}\ntraffic: []\nsetup: []\n${more}`;
  it.each([
    ['not a mapping', '- a', 'file is not a mapping'],
    ['broken YAML', 'a: [', 'not a YAML document'],
    ['another version', 'story: v2', 'story is not v1'],
    ['an unknown field', 'stories: v1', 'no field stories'],
    ['an unlisted placeholder', small('tracks: [{name: "${B}", steps: []}]'), 'placeholder B'],
    ['a variable without a value', small('tracks: []'), 'variable A has no value'],
    [
      'two keys in a step',
      small('tracks: [{name: t, steps: [{apply: 1, patch: 2}]}]').replace('null', 'a'),
      'exactly one key',
    ],
    [
      'an unknown outcome',
      small('tracks: [{name: t, steps: [{expect: {outcome: lost}}]}]').replace('null', 'a'),
      'none of denied, promoted',
    ],
    [
      'weights that do not rise',
      small(
        'tracks: [{name: t, steps: [{expect: {outcome: promoted, canary: c, namespace: n, image: i, weights: [5, 5]}}]}]',
      ).replace('null', 'a'),
      'do not rise',
    ],
  ])('refuses %s', (_title, text, message) => {
    expect(() => tellStory(parseStory(text), {})).toThrow(message);
  });

  it('refuses a variable that the story does not have', () => {
    expect(() => tellStory(parseStory(yaml), { ...given, TYPO: 1 })).toThrow('no variable TYPO');
  });
});

describe('placeholders', () => {
  it('dates objects when they are played', () => {
    const tree = fillPlaceholders(
      { to: '${NOW+${LATER}}', from: ['${NOW-1m}', '${NOW}'] },
      { LATER: '12s' },
    );
    expect(fillNow(tree, Date.UTC(2026, 0, 1, 0, 0, 0, 900))).toEqual({
      to: '2026-01-01T00:00:12Z',
      from: ['2025-12-31T23:59:00Z', '2026-01-01T00:00:00Z'],
    });
  });
});

describe('shuffleStory', () => {
  const template = parseStory(yaml);
  const draws = fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), {
    minLength: 40,
    maxLength: 60,
  });
  const from = (values: readonly number[]) => {
    let next = 0;
    return () => values[next++ % values.length] ?? 0;
  };

  it('draws a day that is a story with the same outcomes', () => {
    fc.assert(
      fc.property(draws, (values) => {
        const { template: told, variables } = shuffleStory(template, from(values));
        const story = tellStory(told, { ...variables, ...given });
        const names = [
          variables['GOOD'],
          variables['BAD'],
          variables['FROZEN'],
          variables['DENIED'],
        ];
        expect(new Set(names).size).toBe(4);
        expect(expectations(story)).toHaveLength(5);
        const errors = Number(/-err(\d+)$/.exec(String(variables['IMAGE_BAD']))?.[1]);
        expect(errors).toBeGreaterThanOrEqual(5);
        expect(errors).toBeLessThanOrEqual(40);
        // A twentieth of any 20 to 39 requests is at least one: at best 97.4 % succeed.
        expect(Number(variables['MIN_SUCCESS_RATE'])).toBeGreaterThan(97.5);
        expect(Number(variables['MIN_SUCCESS_RATE'])).toBeLessThan(100);
        const steps = variables['FROZEN_STEPS'] as readonly number[];
        expect(steps.slice(0, -1)).toContain(variables['FROZEN_AT']);
        expect(steps[0]).toBeLessThanOrEqual(50);
      }),
    );
  });

  it('gives the same day for the same draws', () => {
    fc.assert(
      fc.property(draws, (values) => {
        expect(shuffleStory(template, from(values))).toEqual(shuffleStory(template, from(values)));
      }),
      { numRuns: 10 },
    );
  });
});
