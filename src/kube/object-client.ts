import type {
  DeleteOptions,
  ListOptions,
  ListPage,
  ObjectClient,
  Patch,
  PatchOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../domain/client.ts';
import { ClusterError } from '../domain/errors.ts';
import { silentLogger, type Logger } from '../domain/logger.ts';
import {
  apiVersionOf,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../domain/object.ts';
import type { Transport, TransportRequest, TransportResponse } from '../domain/transport.ts';
import { readText } from './body.ts';
import { resourcePath, type Query } from './resource-path.ts';
import { errorFromAnswer, isAbsentObject } from './status-error.ts';
import { readWatch } from './watch-stream.ts';

/** What an {@link ObjectClient} is made of. */
export interface ObjectClientOptions {
  readonly transport: Transport;
  /** Under which name our writes appear in `metadata.managedFields`; at most 128 characters. */
  readonly fieldManager: string;
  readonly logger?: Logger;
}

const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const satisfies Record<Patch['type'], string>;

interface Call {
  readonly verb: string;
  readonly method: TransportRequest['method'];
  readonly type: ResourceType;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly body?: unknown;
  readonly contentType?: string;
}

/**
 * The cluster over a transport. One request a call and no retry inside: callers know what may be repeated. A call
 * whose signal aborts rejects with `signal.reason`; everything else that fails is a `ClusterError`.
 */
export function createObjectClient(options: ObjectClientOptions): ObjectClient {
  return new TransportClient(options);
}

class TransportClient implements ObjectClient {
  readonly #transport: Transport;
  readonly #fieldManager: string;
  readonly #logger: Logger;

  constructor({ transport, fieldManager, logger = silentLogger }: ObjectClientOptions) {
    this.#transport = transport;
    this.#fieldManager = fieldManager;
    this.#logger = logger;
  }

  async get<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    { signal }: { signal: AbortSignal },
  ): Promise<T | undefined> {
    const path = resourcePath(type, key);
    const answer = await this.#send({ verb: 'get', method: 'GET', type, path, signal });
    return answer === undefined ? undefined : (toObject(answer, type, 'get') as T);
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions): Promise<ListPage<T>> {
    const { namespace, labelSelector, fieldSelector, limit, continueToken, signal } = options;
    const query = { labelSelector, fieldSelector, limit, continue: continueToken };
    const path = resourcePath(type, { namespace }, query);
    const answer = await this.#require({ verb: 'list', method: 'GET', type, path, signal });
    return toPage<T>(parseJson(answer, `list ${type.plural}`), type);
  }

  async *watch<T extends KubeObject>(
    type: ResourceType,
    options: WatchOptions,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = options;
    const query = {
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds,
      labelSelector,
      fieldSelector,
    };
    const path = resourcePath(type, { namespace }, query);
    const call: Call = { verb: 'watch', method: 'GET', type, path, signal: options.signal };
    const response = await this.#open(call);
    if (response.status !== 200) throw await this.#failure(call, response);
    yield* readWatch<T>(response.body, operationOf(call));
  }

  async create<T extends KubeObject>(
    type: ResourceType,
    object: T,
    options: WriteOptions,
  ): Promise<T> {
    const { namespace } = object.metadata;
    if (type.namespaced && namespace === undefined) {
      throw new ClusterError('BadRequest', `create ${type.plural}: a namespace is required`);
    }
    const path = resourcePath(type, { namespace }, this.#writeQuery(options));
    return this.#write<T>({ ...callOf('create', 'POST', type, options), path, body: object });
  }

  replace<T extends KubeObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T> {
    return this.#replace(type, object, undefined, options);
  }

  replaceStatus<T extends KubeObject>(
    type: ResourceType,
    object: T,
    options: WriteOptions,
  ): Promise<T> {
    return this.#replace(type, object, 'status', options);
  }

  async patch<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: Patch,
    options: PatchOptions,
  ): Promise<T> {
    const force = patch.type === 'apply' && patch.force === true ? true : undefined;
    const query = { ...this.#writeQuery(options), force };
    const path = resourcePath(type, { ...key, subresource: options.subresource }, query);
    const contentType = PATCH_TYPES[patch.type];
    const call = callOf('patch', 'PATCH', type, options);
    return this.#write<T>({ ...call, path, body: patch.body, contentType });
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): Promise<boolean> {
    const path = resourcePath(type, key);
    const call = callOf('delete', 'DELETE', type, options);
    const answer = await this.#send({ ...call, path, body: deleteBody(options) });
    return answer !== undefined;
  }

  async #replace<T extends KubeObject>(
    type: ResourceType,
    object: T,
    subresource: 'status' | undefined,
    options: WriteOptions,
  ): Promise<T> {
    const { name, namespace, resourceVersion } = object.metadata;
    if (subresource !== undefined && resourceVersion === undefined) {
      throw new ClusterError('BadRequest', `update ${type.plural}: a resourceVersion is required`);
    }
    const path = resourcePath(type, { namespace, name, subresource }, this.#writeQuery(options));
    return this.#write<T>({ ...callOf('update', 'PUT', type, options), path, body: object });
  }

  #writeQuery({ dryRun }: WriteOptions): Query {
    return { fieldManager: this.#fieldManager, dryRun: dryRun === true ? 'All' : undefined };
  }

  async #write<T extends KubeObject>(call: Call): Promise<T> {
    return toObject(await this.#require(call), call.type, call.verb) as T;
  }

  /** The body of the answer; a 404 of any kind is an error. */
  async #require(call: Call): Promise<string> {
    const response = await this.#open(call);
    if (!isSuccess(response.status)) throw await this.#failure(call, response);
    return readText(response.body, MAX_ANSWER_BYTES);
  }

  /** The body of the answer; undefined when the object does not exist. */
  async #send(call: Call): Promise<string | undefined> {
    const response = await this.#open(call);
    if (isSuccess(response.status)) return readText(response.body, MAX_ANSWER_BYTES);
    if (response.status !== 404) throw await this.#failure(call, response);
    const text = await readText(response.body, MAX_ERROR_BYTES);
    if (isAbsentObject(text)) return undefined;
    throw errorFromAnswer({ ...response, operation: operationOf(call), text });
  }

  #open(call: Call): Promise<TransportResponse> {
    call.signal.throwIfAborted();
    const { method, path, signal } = call;
    if (call.body === undefined) {
      return this.#transport({ method, path, headers: { accept: 'application/json' }, signal });
    }
    const headers = {
      accept: 'application/json',
      'content-type': call.contentType ?? 'application/json',
    };
    return this.#transport({ method, path, headers, body: JSON.stringify(call.body), signal });
  }

  async #failure(call: Call, response: TransportResponse): Promise<ClusterError> {
    const text = await readText(response.body, MAX_ERROR_BYTES);
    const error = errorFromAnswer({ ...response, operation: operationOf(call), text });
    const { reason, status } = error;
    this.#logger.debug(
      { verb: call.verb, resource: call.type.plural, reason, status },
      'request refused',
    );
    return error;
  }
}

function callOf(
  verb: string,
  method: Call['method'],
  type: ResourceType,
  { signal }: { signal: AbortSignal },
): Omit<Call, 'path'> {
  return { verb, method, type, signal };
}

function operationOf({ verb, type }: Call): string {
  return `${verb} ${type.plural}`;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function deleteBody({ uid, resourceVersion, propagation, dryRun }: DeleteOptions): unknown {
  const preconditions = { uid, resourceVersion };
  const isConditional = uid !== undefined || resourceVersion !== undefined;
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(isConditional ? { preconditions } : {}),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(dryRun === true ? { dryRun: ['All'] } : {}),
  };
}

function parseJson(text: string, operation: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ClusterError('ServerError', `${operation}: the answer is not JSON`, { cause: error });
  }
}

function toObject(text: string, type: ResourceType, verb: string): KubeObject {
  const value = parseJson(text, `${verb} ${type.plural}`);
  if (isObject(value)) return value;
  throw new ClusterError('ServerError', `${verb} ${type.plural}: the answer is not an object`);
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && 'metadata' in value;
}

interface RawList<T> {
  readonly items?: T[] | null;
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

function toPage<T extends KubeObject>(value: unknown, type: ResourceType): ListPage<T> {
  const { items, metadata } = (value ?? {}) as RawList<T>;
  if (metadata?.resourceVersion === undefined || (items !== null && !Array.isArray(items))) {
    throw new ClusterError('ServerError', `list ${type.plural}: the answer is not a list`);
  }
  const apiVersion = apiVersionOf(type);
  // Lists of built-in types leave out what is the same for every item.
  const full = (items ?? []).map((item) => ({ ...item, apiVersion, kind: type.kind }));
  const token = metadata.continue;
  return {
    items: full,
    resourceVersion: metadata.resourceVersion,
    ...(token === undefined || token === '' ? {} : { continueToken: token }),
  };
}
