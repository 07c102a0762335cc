import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';

/** Any object of the API, read loosely: a test asserts on what it finds. */
export interface ApiObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
    creationTimestamp?: string;
  };
  [field: string]: unknown;
}

export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ApiAccess {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export type WatchListener = (
  type: 'LIST' | 'ADDED' | 'MODIFIED' | 'DELETED',
  objects: ApiObject[],
) => void;

/**
 * The suite's own client of the API server, so that the tests do not judge Sluice's client by itself. Request bodies
 * are always framed: node:http sends a DELETE body without a length, which breaks the connection for the next request.
 */
export class Api {
  readonly access: ApiAccess;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.access = access;
    this.#agent = new Agent({ keepAlive: true, ca: access.ca, cert: access.cert, key: access.key });
  }

  static fromFiles(server: string, pki: string, user: string): Api {
    const read = (file: string): string => readFileSync(`${pki}/${file}`, 'utf8');
    return new Api({
      server,
      ca: read('ca.crt'),
      cert: read(`${user}.crt`),
      key: read(`${user}.key`),
    });
  }

  async get(path: string): Promise<ApiObject> {
    return (await this.#json('GET', path)) as ApiObject;
  }

  async list(path: string): Promise<{ items: ApiObject[]; resourceVersion: string }> {
    const answer = (await this.#json('GET', path)) as {
      items: ApiObject[];
      metadata: { resourceVersion: string };
    };
    return { items: answer.items, resourceVersion: answer.metadata.resourceVersion };
  }

  async find(path: string): Promise<ApiObject | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  async create(path: string, object: unknown): Promise<ApiObject> {
    return (await this.#json('POST', path, object)) as ApiObject;
  }

  async merge(path: string, patch: unknown): Promise<ApiObject> {
    return (await this.#json('PATCH', path, patch, 'application/merge-patch+json')) as ApiObject;
  }

  async jsonPatch(path: string, operations: unknown[]): Promise<ApiObject> {
    return (await this.#json(
      'PATCH',
      path,
      operations,
      'application/json-patch+json',
    )) as ApiObject;
  }

  async remove(path: string, options: unknown = {}): Promise<void> {
    await this.#json('DELETE', path, options);
  }

  async text(path: string): Promise<string> {
    return (await this.#send('GET', path)).toString('utf8');
  }

  /** Lists, then watches; lists again when the watch ends. Returns the function that stops it. */
  watch(path: string, listener: WatchListener): () => void {
    const stopped = new AbortController();
    void this.#watchLoop(path, listener, stopped.signal);
    return () => {
      stopped.abort();
    };
  }

  async #watchLoop(path: string, listener: WatchListener, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { items, resourceVersion } = await this.list(path);
        listener('LIST', items);
        await this.#watchOnce(
          `${path}?watch=1&resourceVersion=${resourceVersion}`,
          listener,
          signal,
        );
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  async #watchOnce(path: string, listener: WatchListener, signal: AbortSignal): Promise<void> {
    const response = await this.#open('GET', path, undefined, 'application/json', signal);
    let rest = '';
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = JSON.parse(line) as {
          type: 'ADDED' | 'MODIFIED' | 'DELETED';
          object: ApiObject;
        };
        if (!['ADDED', 'MODIFIED', 'DELETED'].includes(event.type)) return;
        listener(event.type, [event.object]);
      }
    }
  }

  async #json(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
  ): Promise<unknown> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return JSON.parse((await this.#send(method, path, text, type)).toString('utf8'));
  }

  async #send(method: string, path: string, body?: string, type?: string): Promise<Buffer> {
    const response = await this.#open(method, path, body, type);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const all = Buffer.concat(chunks);
    const status = response.statusCode ?? 0;
    if (status >= 400) throw new ApiError(status, messageOf(all) ?? `${method} ${path}: ${status}`);
    return all;
  }

  #open(
    method: string,
    path: string,
    body?: string,
    type = 'application/json',
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const headers = {
      accept: 'application/json',
      ...(body === undefined
        ? {}
        : { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.access.server}${path}`,
        { method, headers, agent: this.#agent, ...(signal === undefined ? {} : { signal }) },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function messageOf(body: Buffer): string | undefined {
  try {
    return (JSON.parse(body.toString('utf8')) as { message?: string }).message;
  } catch {
    return undefined;
  }
}
