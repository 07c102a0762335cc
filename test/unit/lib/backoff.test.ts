import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../src/lib/backoff.ts';

describe('a backoff', () => {
  it('doubles up to its maximum', () => {
    const delays = [0, 1, 2, 3, 4, 1000].map((attempt) =>
      backoffMs(attempt, { baseMs: 100, maxMs: 1000 }, () => 1),
    );
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('lies between half and the whole', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, random) => {
          const range = { baseMs: 5, maxMs: 30_000 };
          const full = backoffMs(attempt, range, () => 1);
          const delay = backoffMs(attempt, range, () => random);
          expect(delay).toBeGreaterThanOrEqual(full / 2);
          expect(delay).toBeLessThanOrEqual(30_000);
        },
      ),
    );
  });
});
