import type { KubeObject, ObjectKey, ResourceType } from './object.ts';

/** One page of a list. `continueToken` is set when more pages follow. */
export interface ListPage<T> {
  items: T[];
  resourceVersion: string;
  continueToken?: string;
}

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Objects a page; the server's own choice when absent. */
  limit?: number;
  continueToken?: string;
  signal: AbortSignal;
}

export interface WatchOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion: string;
  /** After how many seconds the server closes the watch. */
  timeoutSeconds: number;
  signal: AbortSignal;
}

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'BOOKMARK'; resourceVersion: string };

export interface WriteOptions {
  signal: AbortSignal;
  dryRun?: boolean;
}

/**
 * A patch body and how the server reads it: `merge` is RFC 7386, `json` is RFC 6902, `apply` is server-side apply
 * with our field manager.
 */
export type Patch =
  | { type: 'merge'; body: unknown }
  | { type: 'json'; body: readonly unknown[] }
  | { type: 'apply'; body: KubeObject; force?: boolean };

export interface PatchOptions extends WriteOptions {
  subresource?: 'status' | 'scale';
}

export interface DeleteOptions extends WriteOptions {
  uid?: string;
  resourceVersion?: string;
  propagation?: 'Foreground' | 'Background' | 'Orphan';
}

/**
 * The cluster as every component sees it. Objects are plain parsed JSON, unknown fields kept. Every method rejects
 * with `ClusterError`; an absent object is the value `undefined` for `get` and `delete`, not an error. Every method
 * ends soon after its signal aborts.
 */
export interface ObjectClient {
  get<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    options: { signal: AbortSignal },
  ): Promise<T | undefined>;
  list<T extends KubeObject>(type: ResourceType, options: ListOptions): Promise<ListPage<T>>;
  /** Events from `resourceVersion` on; ends when the server closes the stream; rejects with `Gone` on 410. */
  watch<T extends KubeObject>(
    type: ResourceType,
    options: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T>;
  /** Writes the whole object. With `metadata.resourceVersion` it is a precondition: `Conflict` when it has moved on. */
  replace<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T>;
  /** As `replace`, for the status subresource; the resourceVersion is required. */
  replaceStatus<T extends KubeObject>(
    type: ResourceType,
    object: T,
    options: WriteOptions,
  ): Promise<T>;
  patch<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: Patch,
    options: PatchOptions,
  ): Promise<T>;
  /** @returns whether the object existed */
  delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): Promise<boolean>;
}

/** A local copy of all objects of one type, kept up to date by a watch. Objects are shared: never change one. */
export interface ObjectCache<T extends KubeObject> {
  /** Whether the first list is in. */
  readonly synced: boolean;
  get(key: ObjectKey): T | undefined;
  list(): readonly T[];
  /** Milliseconds since the copy was last known to be current (a list, an event or a bookmark); Infinity before the first. */
  ageMs(): number;
  /** Calls `listener` with the key text of each object that changed or went; returns the unsubscribe function. */
  subscribe(listener: (key: string) => void): () => void;
}

/** Writes Kubernetes Events; never rejects and never blocks: what cannot be written is counted and dropped. */
export interface EventRecorder {
  record(subject: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}
