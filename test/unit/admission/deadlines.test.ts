import { expect, it } from 'vitest';
import { Deadlines } from '../../../src/admission/deadlines.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';

function world() {
  const clock = new VirtualClock();
  const start = clock.now();
  const deadlines = new Deadlines(clock);
  const missed: [string, number][] = [];
  const set = (name: string, delayMs: number) =>
    deadlines.set(delayMs, () => missed.push([name, clock.now() - start]));
  return { clock, deadlines, missed, set };
}

it('tells of each that is missed, at its time', async () => {
  const { clock, deadlines, missed, set } = world();
  set('late', 2500);
  set('early', 100);
  const met = set('met', 200);
  set('between', 300);
  await clock.advance(150);
  deadlines.meet(met);
  set('after', 1000);
  await clock.advance(5000);
  expect(missed).toEqual([
    ['early', 100],
    ['between', 300],
    ['after', 1150],
    ['late', 2500],
  ]);
  expect(clock.pendingTimers).toBe(0);
});

it('uses one timer for any number, and none once cleared', async () => {
  const { clock, deadlines, missed, set } = world();
  for (let round = 0; round < 100; round++) deadlines.meet(set('met', 2500));
  set('open', 2500);
  expect(clock.pendingTimers).toBe(1);
  deadlines.clear();
  expect(clock.pendingTimers).toBe(0);
  await clock.advance(5000);
  expect(missed).toEqual([]);
  set('again', 10);
  await clock.advance(10);
  expect(missed).toHaveLength(1);
});

it('takes further ones while it tells of those that are missed', async () => {
  const { clock, deadlines, missed, set } = world();
  deadlines.set(10, () => set('further', 5));
  set('long', 100);
  await clock.advance(200);
  expect(missed).toEqual([
    ['further', 15],
    ['long', 100],
  ]);
});
