import { linkDeadline, untilAbort } from '../lib/abort.ts';
import { backoffMs } from '../lib/backoff.ts';
import { LruMap } from '../lib/lru.ts';
import type { EventRecorder, ObjectClient } from '../domain/client.ts';
import { rfc3339, sleep, type Clock } from '../domain/clock.ts';
import { ClusterError, isClusterError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import { keyOf, type ObjectKey } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import {
  eventOf,
  sameEventKey,
  subjectKey,
  type KubeEvent,
  type Occurrence,
} from './event-object.ts';

export interface EventRecorderOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Who reports, as `kubectl get events` shows it; `sluice` when absent. */
  readonly component?: string;
  /** Which of its processes. */
  readonly instance?: string;
  /** Different events that may wait to be written; 1,000 when absent. */
  readonly queueSize?: number;
  /** Events that one object may have at once; 100 when absent. One more is granted every `refillMs`. */
  readonly burst?: number;
  /** 10 s when absent. */
  readonly refillMs?: number;
  /** An event was given up: the queue was full, the object has had too many, or the API server refused it. */
  readonly onDrop?: (cause: 'queue' | 'spam' | 'refused') => void;
}

/** An {@link EventRecorder} whose writes can be waited for. */
export interface ClusterEventRecorder extends EventRecorder {
  /** Events given up so far. */
  readonly dropped: number;
  /** Resolves when everything recorded so far is written or dropped; rejects with `signal.reason`. */
  flush(signal: AbortSignal): Promise<void>;
  /** Drops what waits and takes no more; idempotent. */
  close(): void;
}

const SERIES_MS = 600_000;
const REMEMBERED = 4096;
const ATTEMPTS = 4;
const BACKOFF = { baseMs: 1000, maxMs: 10_000 };
const REQUEST_TIMEOUT_MS = 10_000;

/** Occurrences of one event that wait to be written. */
interface Pending {
  readonly occurrence: Occurrence;
  readonly firstMs: number;
  lastMs: number;
  count: number;
}

/** An event that exists in the cluster. */
interface Written {
  readonly key: ObjectKey;
  readonly count: number;
  readonly lastMs: number;
}

/**
 * A recorder that writes one event at a time, in order. The same event within ten minutes raises the count of the one
 * that is there. Needs `create` and `patch` on events of the core group.
 */
export function createEventRecorder(options: EventRecorderOptions): ClusterEventRecorder {
  return new QueueingRecorder(options);
}

class QueueingRecorder implements ClusterEventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #written = new LruMap<string, Written>(REMEMBERED);
  /** Per object: how many events it may still have, and as of when. */
  readonly #tokens = new LruMap<string, { tokens: number; at: number }>(REMEMBERED);
  readonly #closing = new AbortController();
  #pump: Promise<void> | undefined;
  #sequence = 0;
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  get dropped(): number {
    return this.#dropped;
  }

  record(...[subject, type, reason, message]: Parameters<EventRecorder['record']>): void {
    if (this.#closing.signal.aborted) return;
    const occurrence: Occurrence = { subject, type, reason, message };
    if (!this.#mayHaveMore(subjectKey(subject))) {
      this.#drop('spam');
      return;
    }
    const key = sameEventKey(occurrence);
    const now = this.#options.clock.now();
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      pending.count++;
      pending.lastMs = now;
    } else if (this.#pending.size >= (this.#options.queueSize ?? 1000)) {
      this.#drop('queue');
    } else {
      this.#pending.set(key, { occurrence, firstMs: now, lastMs: now, count: 1 });
      this.#pump ??= this.#run();
    }
  }

  async flush(signal: AbortSignal): Promise<void> {
    while (this.#pump !== undefined) await untilAbort(this.#pump, signal);
  }

  close(): void {
    this.#pending.clear();
    this.#closing.abort(new ClusterError('Timeout', 'the event recorder was closed'));
  }

  async #run(): Promise<void> {
    // Not in the call of `record`, whose caller is in the middle of something.
    await Promise.resolve();
    for (const [key, pending] of this.#pending) {
      this.#pending.delete(key);
      await this.#write(key, pending);
    }
    this.#pump = undefined;
  }

  /** Writes, again after failures that may pass; never rejects. */
  async #write(key: string, pending: Pending): Promise<void> {
    const { clock, random, logger } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        this.#written.set(key, await this.#writeOnce(key, pending));
        return;
      } catch (error) {
        const isHopeless = !(error instanceof ClusterError && error.retryable);
        if (isHopeless || attempt + 1 >= ATTEMPTS || this.#closing.signal.aborted) {
          const { reason } = pending.occurrence;
          const err = error instanceof Error ? error.message : 'not an Error';
          logger.warn({ reason, err }, 'event not written');
          this.#drop('refused');
          return;
        }
        const wish = error.retryAfterMs ?? 0;
        const delayMs = Math.max(backoffMs(attempt, BACKOFF, random), wish);
        // Closing cuts the wait short; the next attempt then fails at once.
        await sleep(clock, delayMs, this.#closing.signal).catch(() => undefined);
      }
    }
  }

  async #writeOnce(key: string, pending: Pending): Promise<Written> {
    const timedOut = (): Error => new ClusterError('Timeout', 'the API server is slow');
    const link = linkDeadline(
      this.#options.clock,
      REQUEST_TIMEOUT_MS,
      timedOut,
      this.#closing.signal,
    );
    try {
      const written = this.#written.get(key);
      const isSeries = written !== undefined && pending.firstMs - written.lastMs <= SERIES_MS;
      return isSeries
        ? await this.#raise(written, pending, link.signal)
        : await this.#create(pending, link.signal);
    } catch (error) {
      // Events expire in the cluster (after an hour, usually): then the series starts anew.
      if (!isClusterError(error, 'NotFound') || this.#written.get(key) === undefined) throw error;
      this.#written.delete(key);
      return await this.#create(pending, link.signal);
    } finally {
      link.release();
    }
  }

  async #raise(written: Written, pending: Pending, signal: AbortSignal): Promise<Written> {
    const count = written.count + pending.count;
    const body = { count, lastTimestamp: rfc3339(pending.lastMs) };
    const { client } = this.#options;
    await client.patch(RESOURCES.events, written.key, { type: 'merge', body }, { signal });
    return { ...written, count, lastMs: pending.lastMs };
  }

  async #create(pending: Pending, signal: AbortSignal): Promise<Written> {
    const { client, component = 'sluice', instance = '' } = this.#options;
    const from = { component, instance, suffix: this.#suffix() };
    const event = eventOf(pending.occurrence, from, pending);
    await client.create<KubeEvent>(RESOURCES.events, event, { signal });
    return { key: keyOf(event), count: pending.count, lastMs: pending.lastMs };
  }

  // Time orders the names, as client-go's do; the rest keeps processes and calls of one millisecond apart.
  #suffix(): string {
    const { clock, random } = this.#options;
    const noise = Math.floor(random() * 0x1_0000);
    const sequence = this.#sequence++ % 0x1_0000;
    return [clock.now().toString(16), hex4(noise), hex4(sequence)].join('');
  }

  #mayHaveMore(subject: string): boolean {
    const { clock, burst = 100, refillMs = 10_000 } = this.#options;
    const now = clock.monotonic();
    const last = this.#tokens.get(subject) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, last.tokens + (now - last.at) / refillMs);
    const isAllowed = tokens >= 1;
    this.#tokens.set(subject, { tokens: isAllowed ? tokens - 1 : tokens, at: now });
    return isAllowed;
  }

  #drop(cause: 'queue' | 'spam' | 'refused'): void {
    this.#dropped++;
    this.#options.onDrop?.(cause);
  }
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0');
}
