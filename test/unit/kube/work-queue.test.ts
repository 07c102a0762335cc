import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createWorkQueue, type WorkQueueHooks } from '../../../src/kube/work-queue.ts';

function queueOf(
  more: { hooks?: WorkQueueHooks; maxDelayMs?: number; random?: () => number } = {},
) {
  const clock = new VirtualClock();
  return { clock, queue: createWorkQueue({ clock, random: () => 0.999, ...more }) };
}

describe('a work queue', () => {
  it('hands out each key once, oldest first', async () => {
    const { queue } = queueOf();
    for (const key of ['a', 'b', 'a', 'c']) queue.add(key);
    expect(queue.depth).toBe(3);
    expect([await queue.next(), await queue.next(), await queue.next()]).toEqual(['a', 'b', 'c']);
    expect([queue.depth, queue.active]).toEqual([0, 3]);
  });

  it('gives a key to a worker that waits', async () => {
    const { queue } = queueOf();
    const first = queue.next();
    const second = queue.next();
    queue.add('a');
    queue.add('b');
    await expect(Promise.all([first, second])).resolves.toEqual(['a', 'b']);
  });

  it('brings back a key that was added while a worker had it, once and only after', async () => {
    const { queue } = queueOf();
    queue.add('a');
    await queue.next();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(queue.depth).toBe(1);
    await expect(queue.next()).resolves.toBe('a');
    queue.done('a');
    expect([queue.depth, queue.active]).toEqual([0, 0]);
  });

  it('adds later; the earliest of several delays counts', async () => {
    const { clock, queue } = queueOf();
    queue.addAfter('a', 1000);
    queue.addAfter('a', 500);
    queue.addAfter('a', 2000);
    await clock.advance(499);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
    await queue.next();
    queue.done('a');
    await clock.advance(5000);
    expect(queue.depth).toBe(0);
  });

  it('drops the delay of a key that is handed out before', async () => {
    const { clock, queue } = queueOf();
    queue.addAfter('a', 1000);
    queue.add('a');
    await queue.next();
    queue.done('a');
    await clock.advance(2000);
    expect(queue.depth).toBe(0);
  });

  it('delays a failing key by 5 ms · 2ⁿ up to the maximum, until it is forgotten', () => {
    const { queue } = queueOf({ maxDelayMs: 1000 });
    const delays = Array.from({ length: 10 }, () => Math.round(queue.addRateLimited('a')));
    expect(delays).toEqual(
      [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000].map((ms) => Math.round(ms * 0.9995)),
    );
    queue.forget('a');
    expect(Math.round(queue.addRateLimited('a'))).toBe(5);
    expect(queue.addRateLimited('b', 3000)).toBe(3000);
  });

  it('spreads delays between half and the whole', () => {
    const { queue } = queueOf({ random: () => 0 });
    expect(queue.addRateLimited('a')).toBe(2.5);
  });

  it('drops what waits when it is shut down, and lets work in hand finish', async () => {
    const { clock, queue } = queueOf();
    for (const key of ['a', 'b']) queue.add(key);
    await queue.next();
    const waiting = queueOf().queue;
    const idleWorker = waiting.next();
    waiting.shutdown();
    await expect(idleWorker).resolves.toBeUndefined();
    queue.addAfter('c', 10);
    queue.add('a');
    let isIdle = false;
    void queue.whenIdle().then(() => (isIdle = true));
    queue.shutdown();
    queue.shutdown();
    await expect(queue.next()).resolves.toBeUndefined();
    queue.add('d');
    queue.addAfter('d', 1);
    await clock.advance(100);
    expect([queue.depth, queue.active, isIdle, clock.pendingTimers]).toEqual([0, 1, false, 0]);
    queue.done('a');
    await clock.advance(0);
    expect([queue.depth, isIdle]).toEqual([0, true]);
    await queue.whenIdle();
  });

  it('tells its depth and how long keys waited', async () => {
    const depths: number[] = [];
    const waits: number[] = [];
    let retries = 0;
    const { clock, queue } = queueOf({
      hooks: {
        depth: (keys) => depths.push(keys),
        waited: (ms) => waits.push(ms),
        retried: () => retries++,
      },
    });
    queue.add('a');
    queue.add('b');
    await clock.advance(250);
    await queue.next();
    queue.addRateLimited('c');
    expect([depths, waits, retries]).toEqual([[1, 2, 1], [250], 1]);
  });

  it('never has a key in two hands and loses none', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('later' as const), key: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('work' as const), key: fc.constant('') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, queue } = queueOf();
        const inHand = new Set<string>();
        const owed = new Set<string>();
        const work = async (): Promise<void> => {
          const key = (await queue.next()) ?? '';
          expect(inHand.has(key)).toBe(false);
          inHand.add(key);
          owed.delete(key);
          await clock.advance(3);
          inHand.delete(key);
          queue.done(key);
        };
        for (const { do: what, key } of steps) {
          if (what !== 'work') owed.add(key);
          if (what === 'add') queue.add(key);
          if (what === 'later') queue.addAfter(key, 5);
          if (what === 'work' && queue.depth > 0) await work();
        }
        await clock.advance(10);
        while (queue.depth > 0) await work();
        expect(owed).toEqual(new Set());
      }),
      { numRuns: 50 },
    );
  });
});
