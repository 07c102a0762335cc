import { describe, expect, it } from 'vitest';
import { createScanLoop } from '../../../src/app/scan-loop.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';

/** Each examination takes so many milliseconds. */
function slowClock(clock: VirtualClock): Clock & { spend(ms: number): void } {
  let spent = 0;
  return {
    now: () => clock.now() + spent,
    monotonic: () => clock.monotonic() + spent,
    setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    spend: (ms) => {
      spent += ms;
    },
  };
}

describe('a scan loop', () => {
  it('examines each key once, in slices between which others get their turn', async () => {
    const virtual = new VirtualClock();
    const clock = slowClock(virtual);
    const examined: string[] = [];
    let drained = 0;
    const loop = createScanLoop({
      clock,
      isReady: () => true,
      examine: (key) => {
        examined.push(key);
        clock.spend(3);
      },
      onDrained: () => {
        drained++;
      },
    });
    for (let index = 0; index < 10; index++) loop.add(`k${index}`);
    loop.add('k0');
    const slices: number[] = [];
    const ended = new AbortController();
    const running = loop.run(ended.signal);
    for (let turn = 0; turn < 20; turn++) {
      const before = examined.length;
      await virtual.advance(0);
      if (examined.length > before) slices.push(examined.length - before);
    }
    expect(examined).toHaveLength(10);
    expect(loop.pending).toBe(0);
    expect(drained).toBe(1);
    ended.abort();
    await virtual.advance(1);
    await running;
  });

  it('waits while there is nothing to decide on', async () => {
    const clock = new VirtualClock();
    let isReady = false;
    const examined: string[] = [];
    const loop = createScanLoop({
      clock,
      isReady: () => isReady,
      examine: (key) => examined.push(key),
      onDrained: () => undefined,
    });
    const ended = new AbortController();
    const running = loop.run(ended.signal);
    loop.add('a');
    await clock.advance(5000);
    expect(examined).toEqual([]);
    isReady = true;
    await clock.advance(1000);
    expect(examined).toEqual(['a']);
    ended.abort();
    await running;
  });

  it('is drained also when nothing was asked for, and ends at once when told to', async () => {
    const clock = new VirtualClock();
    let drained = 0;
    const loop = createScanLoop({
      clock,
      isReady: () => true,
      examine: () => undefined,
      onDrained: () => {
        drained++;
      },
    });
    const ended = new AbortController();
    const running = loop.run(ended.signal);
    await clock.advance(1);
    expect(drained).toBe(0);
    loop.all({ size: 0, keyAt: () => '' });
    await clock.advance(1);
    expect(drained).toBe(1);
    ended.abort();
    await running;
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes round in a circle, so that each key has its turn however often all are asked for', async () => {
    const clock = new VirtualClock();
    const examined: string[] = [];
    const all = { size: 5, keyAt: (index: number) => `k${index}` };
    const loop = createScanLoop({
      clock,
      isReady: () => true,
      examine: (key) => {
        examined.push(key);
        if ([2, 4, 6].includes(examined.length)) loop.all(all);
        if (examined.length === 6) loop.add('now');
      },
      onDrained: () => undefined,
    });
    const ended = new AbortController();
    const running = loop.run(ended.signal);
    loop.all(all);
    await clock.advance(10);
    expect(new Set(examined.slice(0, 5)).size).toBe(5);
    expect(examined[6]).toBe('now');
    // Each of the five once after all were asked for the last time.
    expect(examined.slice(7).toSorted()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4']);
    ended.abort();
    await running;
  });

  it('examines again what is asked for while it is examined', async () => {
    const clock = new VirtualClock();
    const examined: string[] = [];
    const loop = createScanLoop({
      clock,
      isReady: () => true,
      examine: (key) => {
        examined.push(key);
        if (examined.length === 1) loop.add(key);
      },
      onDrained: () => undefined,
    });
    const ended = new AbortController();
    const running = loop.run(ended.signal);
    loop.add('a');
    await clock.advance(10);
    expect(examined).toEqual(['a', 'a']);
    ended.abort();
    await running;
  });
});
