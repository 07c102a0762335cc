import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/domain/errors.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createClusterTime } from '../../../src/tls/cluster-time.ts';

const { signal } = new AbortController();
const HOUR = 3_600_000;

function world(answer: (now: number) => number | undefined) {
  const clock = new VirtualClock();
  let asked = 0;
  const time = createClusterTime({
    clock,
    logger: silentLogger,
    ask: () => {
      asked += 1;
      return Promise.resolve(answer(clock.now()));
    },
  });
  return { clock, time, asked: () => asked };
}

describe('the time of the cluster', () => {
  it('is the own one while the two are close', async () => {
    const { clock, time } = world((now) => now - 30_000);
    expect(await time.now(signal)).toBe(clock.now());
    expect(await time.exactly(signal)).toBe(clock.now());
  });

  it("is the API server's when they differ", async () => {
    for (const difference of [400 * 24 * HOUR, -400 * 24 * HOUR]) {
      const { clock, time } = world((now) => now + difference);
      expect(await time.exactly(signal)).toBe(clock.now() + difference);
      await clock.advance(60_000);
      expect(await time.now(signal)).toBe(clock.now() + difference);
    }
  });

  it('is asked for once an hour, and whenever it matters', async () => {
    const { clock, time, asked } = world((now) => now);
    for (let minute = 0; minute < 59; minute++) {
      await time.now(signal);
      await clock.advance(60_000);
    }
    expect(asked()).toBe(1);
    await clock.advance(60_000);
    await time.now(signal);
    await time.exactly(signal);
    expect(asked()).toBe(3);
  });

  it('is the own one when the API server does not say', async () => {
    const silent = world(() => undefined);
    expect(await silent.time.exactly(signal)).toBe(silent.clock.now());
    const refusing = world(() => {
      throw new ClusterError('Forbidden', 'no', { status: 403 });
    });
    expect(await refusing.time.exactly(signal)).toBe(refusing.clock.now());
  });

  it('passes on what is no answer at all', async () => {
    const { time } = world(() => {
      throw new TypeError('a defect');
    });
    await expect(time.exactly(signal)).rejects.toThrow('a defect');
  });
});
