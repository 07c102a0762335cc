import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeightedChoice } from '../../../../src/sandbox/gateway/weighted-choice.ts';

function counts(weights: readonly number[], picks: number): number[] {
  const choice = new WeightedChoice(weights);
  const counted = weights.map(() => 0);
  for (let n = 0; n < picks; n += 1) {
    const index = choice.next();
    if (index !== undefined) counted[index] = (counted[index] ?? 0) + 1;
  }
  return counted;
}

describe('WeightedChoice', () => {
  it.each([
    [[90, 10], 100, [90, 10]],
    [[80, 20], 10, [8, 2]],
    [[100, 0], 50, [50, 0]],
    [[0, 100], 50, [0, 50]],
    [[1, 1, 2], 8, [2, 2, 4]],
    [[0, 0], 5, [0, 0]],
    [[], 5, []],
  ])('%j after %i picks', (weights, picks, expected) => {
    expect(counts(weights, picks)).toEqual(expected);
  });

  it('is exact over each whole cycle and never chooses weight 0', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(weights, (given) => {
        const total = given.reduce((sum, weight) => sum + weight, 0);
        expect(counts(given, total)).toEqual(given);
      }),
    );
  });

  it('is never further than one request from the share', () => {
    const choice = new WeightedChoice([87, 13]);
    let canary = 0;
    for (let n = 1; n <= 1000; n += 1) {
      if (choice.next() === 1) canary += 1;
      expect(Math.abs(canary - n * 0.13)).toBeLessThanOrEqual(1);
    }
  });
});
