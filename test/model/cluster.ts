import { applyPatch } from 'rfc6902';
import type {
  DeleteOptions,
  ListOptions,
  ListPage,
  ObjectClient,
  Patch,
  PatchOptions,
} from '../../src/domain/client.ts';
import { ClusterError } from '../../src/domain/errors.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../src/domain/object.ts';
import { CREATED_AT } from './time.ts';

export const NAMESPACE = 'shop';

/** Objects by `<plural>/<name>`; they are frozen and shared between states. */
export type Cluster = ReadonlyMap<string, Stored>;

export type Stored = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

/** One request that changes something, as it arrived. */
export interface Write {
  readonly verb: 'create' | 'replace' | 'replaceStatus' | 'patch' | 'delete';
  /** `<plural>/<name>` */
  readonly key: string;
  readonly before: Stored | undefined;
  readonly after: Stored | undefined;
  /** Whether it says which version, uid or value it rests on, so that somebody else's write is not lost. */
  readonly guarded: boolean;
}

/** What may be done about a write: before it is looked at, and once it is done. Both may throw what the client answers. */
export interface WriteHooks {
  before(index: number, key: string): void;
  after(index: number, write: Write): void;
}

const NO_HOOKS: WriteHooks = { before: () => undefined, after: () => undefined };

/** The cluster that the process under test sees: synchronous apart from the promises of its interface. */
export class ModelClient implements ObjectClient {
  objects = new Map<string, Stored>();
  hooks: WriteHooks = NO_HOOKS;
  /** Number of write requests so far. */
  count = 0;
  /** Called with the key of each object that is read. */
  onRead: (key: string) => void = () => undefined;

  /** Begins anew with these objects. */
  load(cluster: Cluster, hooks: WriteHooks): void {
    this.objects = new Map(cluster);
    this.hooks = hooks;
    this.count = 0;
  }

  get<T extends KubeObject>(type: ResourceType, key: ObjectKey): Promise<T | undefined> {
    const name = `${type.plural}/${key.name}`;
    this.onRead(name);
    return Promise.resolve(this.objects.get(name) as T | undefined);
  }

  list<T extends KubeObject>(type: ResourceType, options: ListOptions): Promise<ListPage<T>> {
    const items = [...this.objects]
      .filter(([key]) => key.startsWith(`${type.plural}/`))
      .map(([, object]) => object)
      .filter((object) => selected(object, options.labelSelector));
    return Promise.resolve({ items: items as unknown as T[], resourceVersion: '1' });
  }

  async *watch(): AsyncIterable<never> {
    await Promise.resolve();
    throw new TypeError('the model has no watches');
  }

  create<T extends KubeObject>(
    type: ResourceType,
    object: T,
    options: { readonly dryRun?: boolean } = {},
  ): Promise<T> {
    if (options.dryRun === true) return Promise.resolve(object);
    const key = `${type.plural}/${object.metadata.name}`;
    return this.#write('create', key, true, (live) => {
      if (live !== undefined)
        throw new ClusterError('AlreadyExists', `${key} exists`, { status: 409 });
      return stored({
        ...object,
        metadata: {
          ...object.metadata,
          uid: `uid-${key}`,
          generation: 1,
          creationTimestamp: CREATED_AT,
          resourceVersion: '1',
        },
      });
    }) as Promise<T>;
  }

  replace<T extends KubeObject>(type: ResourceType, object: T): Promise<T> {
    const key = `${type.plural}/${object.metadata.name}`;
    const guarded = object.metadata.resourceVersion !== undefined;
    return this.#write('replace', key, guarded, (live) => {
      checkVersion(key, live, object);
      return changed(live, { ...object, status: live.status });
    }) as Promise<T>;
  }

  replaceStatus<T extends KubeObject>(type: ResourceType, object: T): Promise<T> {
    const key = `${type.plural}/${object.metadata.name}`;
    const guarded = object.metadata.resourceVersion !== undefined;
    return this.#write('replaceStatus', key, guarded, (live) => {
      checkVersion(key, live, object);
      return changed(live, { ...live, status: (object as Stored).status });
    }) as Promise<T>;
  }

  patch<T extends KubeObject>(
    type: ResourceType,
    { name }: ObjectKey,
    patch: Patch,
    options: PatchOptions,
  ): Promise<T> {
    const key = `${type.plural}/${name}`;
    return this.#write('patch', key, isGuarded(patch), (live) => {
      if (live === undefined) throw notFound(key);
      const patched = patchedObject(live, patch);
      checkVersion(key, live, patched);
      const kept =
        options.subresource === 'status'
          ? { ...live, status: patched.status }
          : { ...patched, status: live.status };
      return changed(live, kept);
    }) as Promise<T>;
  }

  async delete(type: ResourceType, { name }: ObjectKey, options: DeleteOptions): Promise<boolean> {
    const key = `${type.plural}/${name}`;
    if (!this.objects.has(key)) return false;
    const guarded = options.uid !== undefined || options.resourceVersion !== undefined;
    await this.#write('delete', key, guarded, () => undefined);
    return true;
  }

  async #write(
    verb: Write['verb'],
    key: string,
    guarded: boolean,
    work: (live: Stored | undefined) => Stored | undefined,
  ): Promise<Stored | undefined> {
    await Promise.resolve();
    const index = this.count++;
    this.hooks.before(index, key);
    const before = this.objects.get(key);
    const after = work(before);
    if (after === undefined || isGone(after)) this.objects.delete(key);
    else this.objects.set(key, after);
    this.hooks.after(index, { verb, key, before, after, guarded });
    return after;
  }
}

function selected(object: KubeObject, selector: string | undefined): boolean {
  if (selector === undefined) return true;
  const [name = '', value] = selector.split('=');
  return object.metadata.labels?.[name] === value;
}

function isGone({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
}

function notFound(key: string): ClusterError {
  return new ClusterError('NotFound', `${key} not found`, { status: 404 });
}

function checkVersion(
  key: string,
  live: Stored | undefined,
  object: KubeObject,
): asserts live is Stored {
  if (live === undefined) throw notFound(key);
  const { resourceVersion } = object.metadata;
  if (resourceVersion === undefined || resourceVersion === live.metadata.resourceVersion) return;
  throw new ClusterError('Conflict', `${key} was modified`, { status: 409 });
}

/** A merge patch is guarded by a version in it, a JSON patch by a `test`. */
function isGuarded(patch: Patch): boolean {
  if (patch.type === 'json') {
    return patch.body.some((each) => (each as { op?: string }).op === 'test');
  }
  const body = patch.body as { metadata?: { resourceVersion?: string } };
  return body.metadata?.resourceVersion !== undefined;
}

function patchedObject(live: Stored, patch: Patch): Stored {
  if (patch.type !== 'json') return merged(live, patch.body) as Stored;
  const copy = structuredClone(live);
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

/** The object as it is stored after a change of `live`: another version, and another generation with another spec. */
export function changed(live: Stored, next: Stored): Stored {
  const isSameSpec =
    next.spec === live.spec || JSON.stringify(next.spec) === JSON.stringify(live.spec);
  const isSame =
    isSameSpec &&
    JSON.stringify([next.status, comparable(next)]) ===
      JSON.stringify([live.status, comparable(live)]);
  if (isSame) return live;
  const generation = (live.metadata.generation ?? 1) + (isSameSpec ? 0 : 1);
  const resourceVersion = String(Number(live.metadata.resourceVersion ?? 0) + 1);
  const { uid } = live.metadata;
  const metadata = {
    ...next.metadata,
    ...(uid === undefined ? {} : { uid }),
    generation,
    resourceVersion,
  };
  return stored({ ...next, metadata });
}

function comparable({ metadata }: Stored): unknown {
  return { ...metadata, resourceVersion: '', generation: 0 };
}

/** The object, frozen. */
export function stored(object: KubeObject): Stored {
  return deepFreeze(object);
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
