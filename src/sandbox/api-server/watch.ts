import type { Timer } from '../../domain/clock.ts';
import { ApiError, expired } from './api-error.ts';
import { EventQueue } from './event-queue.ts';
import type { Fields } from './json.ts';
import { listOptionsOf, startRevision, tooLargeRevision } from './list-options.ts';
import { asServed, groupVersionOf, type ApiObject } from './resource.ts';
import type { Selection } from './selection.ts';
import type { ServerContext } from './server-context.ts';
import type { StoreEvent } from './store.ts';

/** What a watch sends; `object` as it is served. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: ApiObject | Fields;
}

const QUEUE_LIMIT = 10_000;
const LEAST_SECONDS = 1800;
// Node's timers fire at once when they are to take longer.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Watches the selected objects from the resourceVersion of the query on; without one, the
 * present objects come first, and a bookmark after them for who takes bookmarks.
 * Ends after `timeoutSeconds`, when the signal aborts or the server closes, and with an ERROR event of 410 when the
 * revision is no longer in the history or the reader fell too far behind.
 * @throws ApiError 400, 422 or, for a bad resourceVersion, 500
 */
export function watchObjects(
  context: ServerContext,
  selection: Selection,
  { query, signal }: { query: URLSearchParams; signal: AbortSignal },
): AsyncGenerator<WatchEvent[], void, undefined> {
  const options = listOptionsOf(query);
  const { resourceVersion, allowWatchBookmarks, timeoutSeconds } = options;
  const plan: WatchPlan = {
    from: startRevision(resourceVersion),
    // As kube-apiserver: a client that does not say is cut off after half an hour to an hour.
    durationMs: 1000 * (timeoutSeconds || Math.floor(LEAST_SECONDS * (1 + context.random()))),
    bookmarks: allowWatchBookmarks,
    initial: options.sendInitialEvents,
  };
  return new Watch(context, selection, { plan, signal }).events();
}

interface WatchPlan {
  readonly from: number;
  readonly durationMs: number;
  readonly bookmarks: boolean;
  readonly initial: boolean;
}

class Watch {
  readonly #context: ServerContext;
  readonly #selection: Selection;
  readonly #plan: WatchPlan;
  readonly #signal: AbortSignal;
  readonly #queue = new EventQueue<WatchEvent>(QUEUE_LIMIT);
  readonly #timers: Timer[] = [];
  readonly #stop: () => void;

  // Subscribes at once: what is written between the request and the first read must not be missed. What ends the watch
  // also takes its parts away, for a reader that never reads.
  constructor(
    context: ServerContext,
    selection: Selection,
    { plan, signal }: { plan: WatchPlan; signal: AbortSignal },
  ) {
    this.#context = context;
    this.#selection = selection;
    this.#plan = plan;
    this.#signal = signal;
    this.#begin();
    const { store, closed } = context;
    const unsubscribe = store.subscribe(selection.resource.storageKey, (event) => {
      const seen = this.#seen(event);
      if (seen !== undefined) this.#queue.push(seen);
      if (this.#queue.overflowed) this.#stop();
    });
    this.#stop = () => {
      unsubscribe();
      for (const timer of this.#timers) timer.cancel();
      for (const end of [signal, closed]) end.removeEventListener('abort', this.#stop);
      this.#queue.close();
    };
    for (const end of [signal, closed]) end.addEventListener('abort', this.#stop);
    if (signal.aborted || closed.aborted) this.#stop();
    else this.#startTimers();
  }

  async *events(): AsyncGenerator<WatchEvent[], void, undefined> {
    try {
      yield* this.#queue.batches();
      if (this.#queue.overflowed) yield [errorEvent(expired('the watch fell too far behind'))];
      if (this.#signal.aborted) throw this.#signal.reason as Error;
    } finally {
      this.#stop();
    }
  }

  /** Queues what the reader has missed: all present objects, or the writes since its revision. */
  #begin(): void {
    const { store } = this.#context;
    const { resource, namespace } = this.#selection;
    const { from, initial, bookmarks } = this.#plan;
    if (this.#plan.durationMs < 0) {
      this.#fail(new ApiError(500, 'InternalError', 'context deadline exceeded'));
      return;
    }
    if (initial && from > store.revision) {
      this.#fail(tooLargeRevision(String(from), store.revision));
      return;
    }
    if (initial) {
      for (const object of store.list(resource.storageKey, namespace)) {
        if (!this.#selection.takes(object)) continue;
        this.#queue.push({ type: 'ADDED', object: asServed(resource, object) });
      }
      if (bookmarks) this.#queue.push(this.#bookmark(true));
      return;
    }
    // Nowhere in particular, and without what there is: from now on.
    if (from === 0) return;
    const missed = store.eventsSince(resource.storageKey, from);
    if (missed === undefined) {
      const oldest = store.oldestRevision;
      this.#fail(expired(`too old resource version: ${from} (${oldest})`));
      return;
    }
    for (const event of missed) {
      const seen = this.#seen(event);
      if (seen !== undefined) this.#queue.push(seen);
    }
  }

  #fail(error: ApiError): void {
    this.#queue.push(errorEvent(error));
    this.#queue.close();
  }

  /** The event as the selection sees it: an object that comes into it is added, one that leaves it deleted. */
  #seen({ type, object, previous, revision }: StoreEvent): WatchEvent | undefined {
    const { resource, namespace, takes } = this.#selection;
    // A watch may start at a revision that is yet to come.
    if (revision <= this.#plan.from) return undefined;
    if (namespace !== undefined && object.metadata.namespace !== namespace) return undefined;
    const was = previous !== undefined && takes(previous);
    const is = type !== 'DELETED' && takes(object);
    if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: asServed(resource, object) };
    if (!was) return undefined;
    if (type === 'DELETED') return { type, object: asServed(resource, object) };
    const metadata = { ...previous.metadata, resourceVersion: String(revision) };
    return { type: 'DELETED', object: asServed(resource, { ...previous, metadata }) };
  }

  #bookmark(endsInitial = false): WatchEvent {
    const { resource } = this.#selection;
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    return {
      type: 'BOOKMARK',
      object: {
        kind: resource.kind,
        apiVersion: groupVersionOf(resource),
        metadata: {
          resourceVersion: String(this.#context.store.revision),
          ...(endsInitial ? { annotations } : {}),
        },
      },
    };
  }

  #startTimers(): void {
    const { clock, bookmarkIntervalMs } = this.#context;
    const push = (): void => {
      // No mark before where the watch starts.
      if (this.#context.store.revision >= this.#plan.from) this.#queue.push(this.#bookmark());
    };
    const mark = (): void => {
      push();
      this.#timers[1] = clock.setTimer(mark, bookmarkIntervalMs);
    };
    this.#timers[0] = clock.setTimer(
      () => {
        if (this.#plan.bookmarks) push();
        this.#stop();
      },
      Math.min(Math.max(0, this.#plan.durationMs), LONGEST_TIMER_MS),
    );
    if (this.#plan.bookmarks) this.#timers[1] = clock.setTimer(mark, bookmarkIntervalMs);
  }
}

function errorEvent(error: ApiError): WatchEvent {
  return { type: 'ERROR', object: error.toStatus() };
}
