import { backoffMs } from '../lib/backoff.ts';
import { untilAbort } from '../lib/abort.ts';
import type { ObjectCache, ObjectClient, WatchEvent } from '../domain/client.ts';
import { sleep, type Clock } from '../domain/clock.ts';
import { ClusterError, isClusterError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import {
  keyOf,
  keyText,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../domain/object.ts';
import { listAll } from './list-all.ts';
import { ObjectStore } from './object-store.ts';
import { startWatchdog } from './watchdog.ts';

/** What a {@link Reflector} copies, and with what. */
export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ObjectClient;
  readonly type: ResourceType;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Only this namespace; all when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** Limits the copy by fields, e.g. `metadata.name=x`; what RBAC by resource name needs. */
  readonly fieldSelector?: string;
  /** Objects a page of a list; 500 when absent. */
  readonly pageSize?: number;
  /** Makes what is kept of each object; without `metadata.managedFields` when absent. */
  readonly transform?: (object: T) => T;
  /** A watch that brings nothing (no bookmark either) for so long is opened anew; 3 minutes when absent. */
  readonly idleTimeoutMs?: number;
}

/** A local copy of all objects of one type, kept current by list and watch. */
export interface Reflector<T extends KubeObject> extends ObjectCache<T> {
  readonly type: ResourceType;
  /** What went wrong last, until something went well again; for status pages and readiness. */
  readonly problem: string | undefined;
  /** Lists and watches until the signal aborts, whatever fails in between; resolves then, and never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once the first list is in; rejects with `signal.reason` when the signal aborts before. */
  whenSynced(signal: AbortSignal): Promise<void>;
}

// The backoff of client-go's reflector, and for how long a watch must have lived for the next failure to start anew.
const BACKOFF = { baseMs: 800, maxMs: 30_000 };
const GOOD_AFTER_MS = 30_000;
// A watch that the server closes sooner is treated as failed, or a broken proxy would make us spin.
const SHORT_WATCH_MS = 1000;
// Watches end after 5 to 10 minutes, as client-go's do, each at another time; the server may be this much late.
const MIN_WATCH_SECONDS = 300;
const WATCH_GRACE_MS = 30_000;
const DEFAULT_IDLE_MS = 180_000;
const DEFAULT_PAGE_SIZE = 500;

/** A reflector that has not started; `run` starts it. */
export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T> {
  return new ListWatchReflector(options);
}

/** The object without `metadata.managedFields`, which is often half of it and which nothing here reads. */
function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (!('managedFields' in object.metadata)) return object;
  const metadata: T['metadata'] & { managedFields?: unknown } = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}

class ListWatchReflector<T extends KubeObject> implements Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #logger: Logger;
  readonly #listeners = new Set<(key: string) => void>();
  readonly #store = new ObjectStore<T>((key) => {
    this.#tell(key);
  });
  readonly #synced = Promise.withResolvers<undefined>();
  #isSynced = false;
  /** Where the next watch starts; undefined when a list must come first. */
  #version: string | undefined;
  #currentAt: number | undefined;
  #failures = 0;
  #problem: string | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#logger = options.logger.child({ resource: options.type.plural });
  }

  get type(): ResourceType {
    return this.#options.type;
  }

  get synced(): boolean {
    return this.#isSynced;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  get(key: ObjectKey): T | undefined {
    return this.#store.get(keyText(key));
  }

  list(): readonly T[] {
    return this.#store.list();
  }

  ageMs(): number {
    if (this.#currentAt === undefined) return Infinity;
    return this.#options.clock.monotonic() - this.#currentAt;
  }

  subscribe(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async whenSynced(signal: AbortSignal): Promise<void> {
    await untilAbort(this.#synced.promise, signal);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedAt = this.#options.clock.monotonic();
      try {
        this.#version ??= await this.#list(signal);
        const isGood = await this.#watch(this.#version, signal);
        if (isGood) this.#recovered();
        else await this.#pause(undefined, startedAt, signal);
      } catch (error) {
        // Aborting is the only end; `#pause` returns at once then.
        await this.#pause(error, startedAt, signal);
      }
    }
  }

  /** @returns the resourceVersion from which to watch */
  async #list(signal: AbortSignal): Promise<string> {
    const { client, type, namespace, labelSelector, pageSize = DEFAULT_PAGE_SIZE } = this.#options;
    const { fieldSelector, transform = withoutManagedFields } = this.#options;
    const scope = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
    const { items, resourceVersion } = await listAll<T>(client, type, {
      ...scope,
      limit: pageSize,
      signal,
    });
    this.#touch();
    this.#recovered();
    this.#isSynced = true;
    this.#store.replaceAll(items.map(transform));
    this.#synced.resolve(undefined);
    return resourceVersion;
  }

  /** @returns whether the watch lived for a while, so that the next one may follow at once */
  async #watch(resourceVersion: string, signal: AbortSignal): Promise<boolean> {
    const { client, type, clock, random, namespace, labelSelector, fieldSelector } = this.#options;
    const timeoutSeconds = Math.round(MIN_WATCH_SECONDS * (1 + random()));
    const { idleTimeoutMs: idleMs = DEFAULT_IDLE_MS } = this.#options;
    const lifeMs = timeoutSeconds * 1000 + WATCH_GRACE_MS;
    const watchdog = startWatchdog(clock, { lifeMs, idleMs }, signal);
    const startedAt = clock.monotonic();
    try {
      const watch = client.watch<T>(type, {
        resourceVersion,
        timeoutSeconds,
        signal: watchdog.signal,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labelSelector === undefined ? {} : { labelSelector }),
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
      });
      for await (const event of watch) {
        this.#apply(event);
        this.#recovered();
        watchdog.seen();
      }
    } finally {
      watchdog.release();
    }
    const livedMs = clock.monotonic() - startedAt;
    if (livedMs >= GOOD_AFTER_MS) this.#failures = 0;
    return livedMs >= SHORT_WATCH_MS;
  }

  #apply(event: WatchEvent<T>): void {
    this.#touch();
    if (event.type === 'BOOKMARK') {
      this.#version = event.resourceVersion;
      return;
    }
    const { transform = withoutManagedFields } = this.#options;
    this.#version = event.object.metadata.resourceVersion ?? this.#version;
    if (event.type === 'DELETED') this.#store.delete(keyText(keyOf(event.object)));
    else this.#store.set(transform(event.object));
  }

  #touch(): void {
    this.#currentAt = this.#options.clock.monotonic();
  }

  #recovered(): void {
    this.#problem = undefined;
  }

  /** Waits before the next attempt, the longer the more often attempts have failed in a row. */
  async #pause(error: unknown, startedAt: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { clock, random } = this.#options;
    if (isClusterError(error, 'Gone')) this.#version = undefined;
    if (clock.monotonic() - startedAt >= GOOD_AFTER_MS) this.#failures = 0;
    const wish = error instanceof ClusterError ? (error.retryAfterMs ?? 0) : 0;
    const delayMs = Math.max(backoffMs(this.#failures++, BACKOFF, random), wish);
    this.#report(error, delayMs);
    try {
      await sleep(clock, delayMs, signal);
    } catch {
      // The signal aborted: `run` sees it.
    }
  }

  #report(error: unknown, delayMs: number): void {
    const { reason, message } = describe(error);
    const fields = { reason, err: message, delayMs: Math.round(delayMs), failures: this.#failures };
    if (reason === 'Gone' || reason === 'Closed') this.#logger.info(fields, 'watch starts anew');
    else this.#logger.warn(fields, 'list or watch failed');
    this.#problem = `${reason}: ${message}`;
  }

  #tell(key: string): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(key);
      } catch (error) {
        this.#logger.error({ key, err: describe(error).message }, 'a listener failed');
      }
    }
  }
}

function describe(error: unknown): { reason: string; message: string } {
  if (error === undefined)
    return { reason: 'Closed', message: 'the server closed the watch at once' };
  if (error instanceof ClusterError) return { reason: error.reason, message: error.message };
  return { reason: 'Error', message: error instanceof Error ? error.message : 'not an Error' };
}
