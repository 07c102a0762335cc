import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatGoDuration, parseGoDuration } from '../../../src/lib/duration.ts';

// What Go's time.ParseDuration accepts and gives.
it.each([
  ['0', 0],
  ['90s', 90_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['5.s', 5000],
  ['1us', 0.001],
  ['100µs', 0.1],
  ['-10s', -10_000],
  ['+10s', 10_000],
  ['1h1m1s1ms', 3_661_001],
])('%s is %d ms', (text, ms) => {
  expect(parseGoDuration(text)).toBeCloseTo(ms, 6);
});

it.each(['', '10', 's', '.s', '10 s', '1d', '1m-30s', 'x', '--1s', '1e3s'])(
  '%j is not a duration',
  (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  },
);

it('what is printed reads back to the same', () => {
  fc.assert(
    fc.property(fc.nat(400_000_000), (ms) => {
      expect(parseGoDuration(formatGoDuration(ms))).toBeCloseTo(ms, 3);
    }),
  );
});
