import { expect, it } from 'vitest';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createLogger, type LogLevel } from '../../../src/telemetry/logger.ts';

function capture(level: LogLevel): {
  logger: ReturnType<typeof createLogger>;
  lines: () => unknown[];
} {
  const written: string[] = [];
  const destination = { write: (line: string) => written.push(line) };
  const logger = createLogger({ level, destination, clock: new VirtualClock() });
  return { logger, lines: () => written.map((line) => JSON.parse(line) as unknown) };
}

it('writes a JSON object a line with time, level, fields and message', () => {
  const { logger, lines } = capture('info');
  logger.child({ component: 'controller' }).info({ canary: 'shop/checkout' }, 'promoted');
  expect(lines()).toEqual([
    {
      level: 'info',
      time: '2026-01-01T00:00:00.000Z',
      component: 'controller',
      canary: 'shop/checkout',
      msg: 'promoted',
    },
  ]);
});

it('drops lines below the level', () => {
  const { logger, lines } = capture('warn');
  logger.info({}, 'one');
  logger.warn({}, 'two');
  expect(lines()).toHaveLength(1);
  const silent = capture('silent');
  silent.logger.error({}, 'three');
  expect(silent.lines()).toEqual([]);
});

it('redacts fields, those of children too', () => {
  const { logger, lines } = capture('debug');
  logger.child({ token: 'a1' }).debug({ password: 'b2' }, 'x');
  expect(JSON.stringify(lines())).not.toMatch(/a1|b2/);
});
