import pino from 'pino';
import { systemClock, type Clock } from '../domain/clock.ts';
import type { LogFields, Logger } from '../domain/logger.ts';
import { redact } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where lines go, one JSON object each; absent: standard error. */
  readonly destination?: { write(line: string): unknown };
  readonly clock?: Clock;
}

/**
 * A logger that writes one JSON object a line: `time` (RFC 3339 with milliseconds), `level`, the fields, `msg`.
 * Fields are redacted before they reach the writer.
 */
export function createLogger(options: LoggerOptions): Logger {
  const clock = options.clock ?? systemClock;
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  );
  return wrap(root);
}

function wrap(inner: pino.Logger): Logger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: LogFields, message: string): void => {
      if (inner.isLevelEnabled(level)) inner[level](redact(fields), message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(inner.child(redact(fields))),
  };
}
