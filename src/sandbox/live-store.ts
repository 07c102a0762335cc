import type { Clock } from '../domain/clock.ts';
import { sleep } from '../domain/clock.ts';
import type {
  ObjectClient,
  Patch,
  PatchOptions,
  WatchEvent,
  WatchOptions,
} from '../domain/client.ts';
import { isClusterError } from '../domain/errors.ts';
import {
  keyOf,
  keyText,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../domain/object.ts';

const WATCH_SECONDS = 300;
const RETRY_MS = 500;

export interface LiveStoreOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called after each change with the object as it is now, or as it last was when it is gone. */
  readonly onChange: (object: KubeObject, gone: boolean) => void;
}

/**
 * All objects of one type, fed by a watch and by the answers to our own writes, whichever is newer: a controller that
 * reads from it always sees what it has just written, which a plain cache does not promise.
 */
export class LiveStore<T extends KubeObject> {
  readonly #type: ResourceType;
  readonly #options: LiveStoreOptions;
  readonly #objects = new Map<string, T>();
  readonly #deletedUids = new Set<string>();

  constructor(type: ResourceType, options: LiveStoreOptions) {
    this.#type = type;
    this.#options = options;
  }

  /** Loads the objects; later changes follow until the signal aborts. */
  async start(): Promise<void> {
    const resourceVersion = await this.#load();
    void this.#follow(resourceVersion);
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(keyText(key));
  }

  list(namespace?: string): T[] {
    const all = [...this.#objects.values()];
    return namespace === undefined
      ? all
      : all.filter((object) => object.metadata.namespace === namespace);
  }

  async create(object: T): Promise<T> {
    const { client, signal } = this.#options;
    return this.#written(await client.create(this.#type, object, { signal }));
  }

  async replace(object: T): Promise<T> {
    const { client, signal } = this.#options;
    return this.#written(await client.replace(this.#type, object, { signal }));
  }

  async replaceStatus(object: T): Promise<T> {
    const { client, signal } = this.#options;
    return this.#written(await client.replaceStatus(this.#type, object, { signal }));
  }

  async patch(key: ObjectKey, patch: Patch, options?: Omit<PatchOptions, 'signal'>): Promise<T> {
    const { client, signal } = this.#options;
    return this.#written(await client.patch<T>(this.#type, key, patch, { ...options, signal }));
  }

  async delete(object: T): Promise<void> {
    const { client, signal } = this.#options;
    const { uid } = object.metadata;
    const options = { signal, propagation: 'Background' as const };
    await client.delete(
      this.#type,
      keyOf(object),
      uid === undefined ? options : { ...options, uid },
    );
    if (uid !== undefined) this.#deletedUids.add(uid);
    this.#remove(object);
  }

  async #load(): Promise<string> {
    const { client, signal } = this.#options;
    const page = await client.list<T>(this.#type, { signal });
    const listed = new Set<string>();
    for (const object of page.items) {
      listed.add(keyText(keyOf(object)));
      this.#put(object);
    }
    for (const [key, object] of this.#objects) {
      if (!listed.has(key) && !isNewer(object, page.resourceVersion)) this.#remove(object);
    }
    return page.resourceVersion;
  }

  async #follow(from: string): Promise<void> {
    const { client, clock, signal } = this.#options;
    let resourceVersion: string | undefined = from;
    while (!signal.aborted) {
      try {
        resourceVersion ??= await this.#load();
        const options: WatchOptions = { resourceVersion, timeoutSeconds: WATCH_SECONDS, signal };
        for await (const event of client.watch<T>(this.#type, options)) {
          resourceVersion = this.#take(event) ?? resourceVersion;
        }
      } catch (error) {
        if (isClusterError(error, 'Gone')) resourceVersion = undefined;
        await sleep(clock, RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  /** @returns the resource version from which to go on */
  #take(event: WatchEvent<T>): string | undefined {
    if (event.type === 'BOOKMARK') return event.resourceVersion;
    if (event.type === 'DELETED') this.#gone(event.object);
    else this.#put(event.object);
    return event.object.metadata.resourceVersion;
  }

  #written(object: T): T {
    this.#put(object);
    return object;
  }

  #put(object: T): void {
    const key = keyText(keyOf(object));
    const known = this.#objects.get(key);
    if (known !== undefined && !isNewer(object, known.metadata.resourceVersion)) return;
    if (this.#deletedUids.has(object.metadata.uid ?? '')) return;
    this.#objects.set(key, object);
    this.#options.onChange(object, false);
  }

  #gone(object: T): void {
    this.#deletedUids.delete(object.metadata.uid ?? '');
    this.#remove(object);
  }

  #remove(object: T): void {
    const key = keyText(keyOf(object));
    if (this.#objects.get(key)?.metadata.uid !== object.metadata.uid) return;
    this.#objects.delete(key);
    this.#options.onChange(object, true);
  }
}

// Resource versions of one resource compare as integers (Kubernetes 1.35 promises it; our own server counts).
function isNewer(object: KubeObject, than: string | undefined): boolean {
  return Number(object.metadata.resourceVersion ?? 0) > Number(than ?? 0);
}
