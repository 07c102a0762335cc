import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/domain/clock.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { driveClock } from '../../../src/sandbox/drive-clock.ts';

describe('driveClock', () => {
  it('plays hours of timers at once', async () => {
    const clock = new VirtualClock();
    const start = clock.now();
    const work = (async () => {
      for (let hour = 0; hour < 24; hour++) await sleep(clock, 3_600_000);
      return 'done';
    })();
    expect(await driveClock(clock, work, 25 * 3_600_000)).toBe('done');
    expect(clock.now() - start).toBe(24 * 3_600_000);
  });

  it('says when nothing is left that could settle it', async () => {
    const clock = new VirtualClock();
    const never = new Promise<never>(() => undefined);
    await expect(driveClock(clock, never, 1000)).rejects.toThrow('nothing is left to happen');
  });

  it('says when the limit is reached', async () => {
    const clock = new VirtualClock();
    await expect(driveClock(clock, sleep(clock, 5000), 1000)).rejects.toThrow(
      'the limit is reached',
    );
  });

  it('passes a rejection on', async () => {
    const clock = new VirtualClock();
    const failing = sleep(clock, 10).then(() => {
      throw new Error('on purpose');
    });
    await expect(driveClock(clock, failing, 1000)).rejects.toThrow('on purpose');
  });
});
