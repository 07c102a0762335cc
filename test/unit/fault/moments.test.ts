import { expect, it } from 'vitest';
import { drawMoments } from '../../fault/moments.ts';

it('draws the same moments from the same seed, others from another', () => {
  expect(drawMoments(30, 1)).toEqual(drawMoments(30, 1));
  expect(drawMoments(30, 1)).not.toEqual(drawMoments(30, 2));
  expect(drawMoments(5, 1)).toEqual(drawMoments(30, 1).slice(0, 5));
});

it.each(Array.from({ length: 20 }, (_, seed) => seed))(
  'strikes directly after each kind of write, seed %i',
  (seed) => {
    const direct = drawMoments(3, seed).filter(({ delayMs }) => delayMs === 0);
    expect(new Set(direct.map(({ kind }) => kind))).toEqual(new Set(['run', 'route', 'canary']));
  },
);
