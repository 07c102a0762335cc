import { expect, it } from 'vitest';
import { createStopList } from '../../../src/app/stop-list.ts';
import { silentLogger, type Logger } from '../../../src/domain/logger.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';

function recording(): { logger: Logger; warnings: unknown[] } {
  const warnings: unknown[] = [];
  return {
    logger: {
      ...silentLogger,
      warn: (fields, message) => warnings.push([fields['part'], message]),
    },
    warnings,
  };
}

it('ends what was started last first, one after the other', async () => {
  const stops = createStopList(new VirtualClock(), silentLogger);
  const order: string[] = [];
  stops.add('a', () => void order.push('a'));
  stops.add('b', async () => {
    await Promise.resolve();
    order.push('b');
  });
  await stops.run();
  expect(order).toEqual(['b', 'a']);
});

it('goes on after a failure, and says which part failed', async () => {
  const { logger, warnings } = recording();
  const stops = createStopList(new VirtualClock(), logger);
  let isDone = false;
  stops.add('a', () => {
    isDone = true;
  });
  stops.add('b', () => Promise.reject(new Error('no')));
  stops.add('c', () => {
    throw new Error('no');
  });
  await stops.run();
  expect(isDone).toBe(true);
  expect(warnings).toEqual([
    ['c', 'stopping failed'],
    ['b', 'stopping failed'],
  ]);
});

it('leaves what takes too long', async () => {
  const clock = new VirtualClock();
  const { logger, warnings } = recording();
  const stops = createStopList(clock, logger, 5000);
  let isDone = false;
  stops.add('first', () => {
    isDone = true;
  });
  stops.add('stuck', () => new Promise(() => undefined));
  const running = stops.run();
  await clock.advance(4999);
  expect(isDone).toBe(false);
  await clock.advance(1);
  await running;
  expect([isDone, warnings]).toEqual([true, [['stuck', 'stopping took too long']]]);
  expect(clock.pendingTimers).toBe(0);
});

it('runs once, however often it is asked', async () => {
  const stops = createStopList(new VirtualClock(), silentLogger);
  let count = 0;
  stops.add('a', () => {
    count += 1;
  });
  await Promise.all([stops.run(), stops.run()]);
  await stops.run();
  expect(count).toBe(1);
});
