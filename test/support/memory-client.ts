import { applyPatch } from 'rfc6902';
import type {
  DeleteOptions,
  ListOptions,
  ListPage,
  ObjectClient,
  Patch,
  PatchOptions,
  WatchEvent,
  WatchOptions,
} from '../../src/domain/client.ts';
import { rfc3339, type Clock } from '../../src/domain/clock.ts';
import { ClusterError } from '../../src/domain/errors.ts';
import {
  keyOf,
  keyText,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../src/domain/object.ts';

type Stored = KubeObject & { spec?: unknown; status?: unknown };

/** One request that changed something: `create services shop/podinfo`. */
export interface Write {
  readonly verb: 'create' | 'replace' | 'replaceStatus' | 'patch' | 'delete';
  readonly resource: string;
  readonly key: string;
}

/**
 * An ObjectClient over a map, for tests that need no API server: versions, generations, uids, status apart from spec,
 * preconditions, finalizers, watches. No validation, no defaults, no garbage collection.
 */
export class MemoryClient implements ObjectClient {
  readonly writes: Write[] = [];
  reads = 0;
  /** Called before each request; what it throws is the answer. */
  intercept: (verb: string, type: ResourceType, key: string) => void = () => undefined;
  readonly #clock: Clock;
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #watchers = new Set<(type: ResourceType, event: WatchEvent<Stored>) => void>();
  #version = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get<T extends KubeObject>(type: ResourceType, key: ObjectKey): Promise<T | undefined> {
    return this.#answer('get', type, keyText(key), () => {
      this.reads += 1;
      return this.#of(type).get(keyText(key)) as unknown as T | undefined;
    });
  }

  list<T extends KubeObject>(type: ResourceType, options: ListOptions): Promise<ListPage<T>> {
    return this.#answer('list', type, options.namespace ?? '', () => {
      this.reads += 1;
      const items = [...this.#of(type).values()].filter(
        (object) =>
          (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
          matches(object, options.labelSelector),
      );
      return { items: items as unknown as T[], resourceVersion: String(this.#version) };
    });
  }

  async *watch<T extends KubeObject>(
    type: ResourceType,
    options: WatchOptions,
  ): AsyncIterable<WatchEvent<T>> {
    const queue: WatchEvent<T>[] = [];
    let wake: () => void = () => undefined;
    const listener = (changed: ResourceType, event: WatchEvent<Stored>): void => {
      if (changed.plural !== type.plural || changed.group !== type.group) return;
      queue.push(event as unknown as WatchEvent<T>);
      wake();
    };
    const onAbort = (): void => {
      wake();
    };
    this.#watchers.add(listener);
    options.signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!options.signal.aborted) {
        const next = queue.shift();
        if (next !== undefined) {
          yield next;
          continue;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#watchers.delete(listener);
      options.signal.removeEventListener('abort', onAbort);
    }
  }

  create<T extends KubeObject>(
    type: ResourceType,
    object: T,
    options: { readonly dryRun?: boolean } = {},
  ): Promise<T> {
    if (options.dryRun === true) return this.#dryRun(type, object);
    return this.#write('create', type, keyText(keyOf(object)), () => {
      const key = keyText(keyOf(object));
      if (this.#of(type).has(key))
        throw new ClusterError('AlreadyExists', `${key} exists`, { status: 409 });
      const created = structuredClone(object) as unknown as Stored;
      created.metadata.uid = `uid-${++this.#version}`;
      created.metadata.generation = 1;
      created.metadata.creationTimestamp = rfc3339(this.#clock.now());
      delete created.metadata.resourceVersion;
      return this.#store(type, created, 'ADDED') as unknown as T;
    });
  }

  /** What a creation would answer; nothing is stored. */
  #dryRun<T extends KubeObject>(type: ResourceType, object: T): Promise<T> {
    return this.#answer('create', type, keyText(keyOf(object)), () => {
      const creationTimestamp = rfc3339(this.#clock.now());
      return { ...object, metadata: { ...object.metadata, creationTimestamp } };
    });
  }

  replace<T extends KubeObject>(type: ResourceType, object: T): Promise<T> {
    return this.#write('replace', type, keyText(keyOf(object)), () => {
      const live = this.#live(type, object);
      return this.#change(type, live, {
        ...structuredClone(object),
        status: live.status,
      }) as unknown as T;
    });
  }

  replaceStatus<T extends KubeObject>(type: ResourceType, object: T): Promise<T> {
    return this.#write('replaceStatus', type, keyText(keyOf(object)), () => {
      if (object.metadata.resourceVersion === undefined) {
        throw new ClusterError('Invalid', 'resourceVersion is required', { status: 422 });
      }
      const live = this.#live(type, object);
      const { status } = structuredClone(object) as unknown as Stored;
      return this.#change(type, live, { ...structuredClone(live), status }) as unknown as T;
    });
  }

  patch<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: Patch,
    options: PatchOptions,
  ): Promise<T> {
    return this.#write('patch', type, keyText(key), () => {
      const live = this.#of(type).get(keyText(key));
      if (live === undefined)
        throw new ClusterError('NotFound', `${keyText(key)} not found`, { status: 404 });
      const patched = patchedObject(live, patch);
      this.#precondition(live, patched);
      const kept =
        options.subresource === 'status'
          ? { ...live, status: patched.status }
          : { ...patched, status: live.status };
      return this.#change(type, live, kept) as unknown as T;
    });
  }

  delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): Promise<boolean> {
    return this.#write('delete', type, keyText(key), () => {
      const live = this.#of(type).get(keyText(key));
      if (live === undefined) return false;
      if (options.uid !== undefined && options.uid !== live.metadata.uid) {
        throw new ClusterError('Conflict', 'another uid', { status: 409 });
      }
      const deletionTimestamp = rfc3339(this.#clock.now());
      this.#change(type, live, { ...live, metadata: { ...live.metadata, deletionTimestamp } });
      return true;
    });
  }

  /** The object as it is now, without a request. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the type, as with get
  peek<T extends KubeObject>(type: ResourceType, namespace: string, name: string): T | undefined {
    return this.#of(type).get(`${namespace}/${name}`) as unknown as T | undefined;
  }

  all(type: ResourceType): KubeObject[] {
    return [...this.#of(type).values()];
  }

  /** @returns ends it */
  onChange(listener: (type: ResourceType, object: KubeObject) => void): () => void {
    const watcher = (type: ResourceType, event: WatchEvent<Stored>): void => {
      if (event.type !== 'BOOKMARK') listener(type, event.object);
    };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #change(type: ResourceType, live: Stored, next: Stored): Stored {
    const specChanged = JSON.stringify(next.spec) !== JSON.stringify(live.spec);
    const unchanged =
      JSON.stringify({
        ...next,
        metadata: { ...next.metadata, resourceVersion: live.metadata.resourceVersion },
      }) === JSON.stringify(live);
    if (unchanged) return live;
    const generation = (live.metadata.generation ?? 1) + (specChanged ? 1 : 0);
    const stored = {
      ...next,
      metadata: { ...next.metadata, uid: live.metadata.uid, generation },
    } as Stored;
    if (
      stored.metadata.deletionTimestamp !== undefined &&
      (stored.metadata.finalizers ?? []).length === 0
    ) {
      this.#of(type).delete(keyText(keyOf(live)));
      this.#tell(type, { type: 'DELETED', object: stored });
      return stored;
    }
    return this.#store(type, stored, 'MODIFIED');
  }

  #store(type: ResourceType, object: Stored, event: 'ADDED' | 'MODIFIED'): Stored {
    object.metadata.resourceVersion = String(++this.#version);
    this.#of(type).set(keyText(keyOf(object)), deepFreeze(object));
    this.#tell(type, { type: event, object });
    return object;
  }

  #tell(type: ResourceType, event: WatchEvent<Stored>): void {
    for (const watcher of this.#watchers) watcher(type, event);
  }

  #of(type: ResourceType): Map<string, Stored> {
    const name = `${type.plural}.${type.group}`;
    const found = this.#objects.get(name) ?? new Map<string, Stored>();
    this.#objects.set(name, found);
    return found;
  }

  #live(type: ResourceType, object: KubeObject): Stored {
    const key = keyText(keyOf(object));
    const live = this.#of(type).get(key);
    if (live === undefined) throw new ClusterError('NotFound', `${key} not found`, { status: 404 });
    this.#precondition(live, object);
    return live;
  }

  #precondition(live: KubeObject, object: KubeObject): void {
    const { resourceVersion } = object.metadata;
    if (resourceVersion === undefined || resourceVersion === live.metadata.resourceVersion) return;
    throw new ClusterError('Conflict', 'the object has been modified', { status: 409 });
  }

  async #answer<T>(verb: string, type: ResourceType, key: string, work: () => T): Promise<T> {
    await Promise.resolve();
    this.intercept(verb, type, key);
    return work();
  }

  #write<T>(verb: Write['verb'], type: ResourceType, key: string, work: () => T): Promise<T> {
    return this.#answer(verb, type, key, () => {
      const result = work();
      this.writes.push({ verb, resource: type.plural, key });
      return result;
    });
  }
}

function patchedObject(live: Stored, patch: Patch): Stored {
  const copy = structuredClone(live);
  if (patch.type === 'merge') return merged(copy, patch.body) as Stored;
  if (patch.type === 'apply') return merged(copy, patch.body) as Stored;
  const failures = applyPatch(
    copy,
    structuredClone(patch.body) as Parameters<typeof applyPatch>[1],
  );
  if (failures.some((failure) => failure !== null)) {
    throw new ClusterError('Invalid', 'the patch does not apply', { status: 422 });
  }
  return copy;
}

function merged(target: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as Record<string, unknown>) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = merged(result[key], value);
  }
  return result;
}

function matches(object: KubeObject, selector: string | undefined): boolean {
  return (selector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [key = '', value] = term.split('=');
      return object.metadata.labels?.[key] === value;
    });
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
