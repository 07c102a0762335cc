import { linkAbort } from '../lib/abort.ts';
import type { Clock } from '../domain/clock.ts';
import { ClusterError } from '../domain/errors.ts';

/** Ends what has gone silent. */
export interface Watchdog {
  /** Aborts with ClusterError Timeout, or with its parent. */
  readonly signal: AbortSignal;
  /** Something was heard. */
  seen(): void;
  /** Lets go of timer and parent. */
  release(): void;
}

/**
 * Watches over a stream: a connection that breaks without a word (a firewall forgot it, a machine died) gives no error
 * by itself.
 * @param limits.lifeMs the stream ends after this in any case
 * @param limits.idleMs and after this without {@link Watchdog.seen}
 */
export function startWatchdog(
  clock: Clock,
  limits: { lifeMs: number; idleMs: number },
  parent: AbortSignal,
): Watchdog {
  const link = linkAbort(parent);
  const end = clock.monotonic() + limits.lifeMs;
  let seenAt = clock.monotonic();
  // One timer that is set again when it fires too early, rather than one for each event.
  const check = (): void => {
    const now = clock.monotonic();
    const dueAt = Math.min(end, seenAt + limits.idleMs);
    if (now >= dueAt) link.abort(new ClusterError('Timeout', 'the watch has gone silent'));
    else timer = clock.setTimer(check, dueAt - now);
  };
  let timer = clock.setTimer(check, Math.min(limits.lifeMs, limits.idleMs));
  return {
    signal: link.signal,
    seen: () => {
      seenAt = clock.monotonic();
    },
    release: () => {
      timer.cancel();
      link.release();
    },
  };
}
