import { expect, it } from 'vitest';
import { tolerant } from '../../../src/app/tolerant.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';

it('reports a problem at once before it was ever content, and afterwards only one that lasts', async () => {
  const clock = new VirtualClock();
  let problem: string | undefined = 'not yet';
  const check = tolerant(() => problem, clock, 1000);
  expect(check()).toBe('not yet');
  problem = undefined;
  expect(check()).toBeUndefined();
  problem = 'away';
  await clock.advance(1000);
  expect(check()).toBeUndefined();
  await clock.advance(1);
  expect(check()).toBe('away');
  problem = undefined;
  expect(check()).toBeUndefined();
});
