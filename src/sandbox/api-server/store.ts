import type { ApiObject } from './resource.ts';

/** One write. `object` is what was written, or the last state of what was removed. */
export interface StoreEvent {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly storageKey: string;
  readonly object: ApiObject;
  readonly previous: ApiObject | undefined;
}

type Listener = (event: StoreEvent) => void;

/** Key of an object within its storage key: `namespace/name`, or `name`. */
export function storedName(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/**
 * All objects, by storage key and name, with one revision counter and a bounded history. Objects that went in are
 * never changed in place: a write stores another object. Listeners run synchronously, in the order of the writes.
 */
export class Store {
  readonly #historyLimit: number;
  readonly #objects = new Map<string, Map<string, ApiObject>>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #all = new Set<Listener>();
  #history: StoreEvent[] = [];
  #revision = 1;
  #forgotten = 1;

  /** @param historyLimit events that a watch may still ask for; older resource versions are gone */
  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision;
  }

  /** The last revision that the history no longer covers: a watch from here on is still complete. */
  get oldestRevision(): number {
    return this.#forgotten;
  }

  get(storageKey: string, namespace: string | undefined, name: string): ApiObject | undefined {
    return this.#objects.get(storageKey)?.get(storedName(namespace, name));
  }

  /** Objects in the order of their names, as etcd gives them; of one namespace when it is given. */
  list(storageKey: string, namespace?: string): ApiObject[] {
    const byName = this.#objects.get(storageKey);
    if (byName === undefined) return [];
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    return [...byName]
      .filter(([name]) => name.startsWith(prefix))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Number of objects under a storage key. */
  count(storageKey: string): number {
    return this.#objects.get(storageKey)?.size ?? 0;
  }

  storageKeys(): string[] {
    return [...this.#objects.keys()];
  }

  /** Writes an object, new or in place of the one with its name. @returns the object with its resourceVersion */
  put(storageKey: string, object: ApiObject): ApiObject {
    const { namespace, name } = object.metadata;
    const revision = ++this.#revision;
    const stored: ApiObject = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    };
    const byName = this.#byName(storageKey);
    const key = storedName(namespace, name);
    const previous = byName.get(key);
    byName.set(key, stored);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    this.#publish({ revision, type, storageKey, object: stored, previous });
    return stored;
  }

  /** Removes an object. @returns its last state, with the revision of the removal */
  remove(storageKey: string, object: ApiObject): ApiObject {
    const { namespace, name } = object.metadata;
    const previous = this.get(storageKey, namespace, name);
    if (previous === undefined) return object;
    this.#byName(storageKey).delete(storedName(namespace, name));
    const revision = ++this.#revision;
    const last: ApiObject = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    };
    this.#publish({ revision, type: 'DELETED', storageKey, object: last, previous });
    return last;
  }

  /** Events of a storage key after a revision; undefined when the history no longer covers them. */
  eventsSince(storageKey: string, revision: number): StoreEvent[] | undefined {
    if (revision < this.#forgotten) return undefined;
    return this.#history.filter(
      (event) => event.revision > revision && event.storageKey === storageKey,
    );
  }

  /** Calls `listener` with each later event of the storage key, or of all; returns the unsubscribe function. */
  subscribe(storageKey: string | undefined, listener: Listener): () => void {
    const listeners = storageKey === undefined ? this.#all : this.#listenersOf(storageKey);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  #byName(storageKey: string): Map<string, ApiObject> {
    const present = this.#objects.get(storageKey);
    if (present !== undefined) return present;
    const made = new Map<string, ApiObject>();
    this.#objects.set(storageKey, made);
    return made;
  }

  #listenersOf(storageKey: string): Set<Listener> {
    const present = this.#listeners.get(storageKey);
    if (present !== undefined) return present;
    const made = new Set<Listener>();
    this.#listeners.set(storageKey, made);
    return made;
  }

  #publish(event: StoreEvent): void {
    this.#history.push(event);
    // Cut in halves, so that a write costs the same on average however long the history is.
    if (this.#history.length >= this.#historyLimit * 2) {
      const cut = this.#history.length - this.#historyLimit;
      this.#forgotten = this.#history[cut - 1]?.revision ?? this.#forgotten;
      this.#history = this.#history.slice(cut);
    }
    for (const listener of [...(this.#listeners.get(event.storageKey) ?? [])]) listener(event);
    for (const listener of [...this.#all]) listener(event);
  }
}
