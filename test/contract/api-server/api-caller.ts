import type { Transport } from '../../../src/domain/transport.ts';

// Answers are read loosely: a test asserts on what it finds.
export interface Loose {
  [field: string]: Loose;
}

export interface Answer {
  readonly status: number;
  readonly body: Loose;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface CallOptions {
  readonly type?: string;
  readonly accept?: string;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

/** A plain client of the API for tests; it interprets nothing. */
export class ApiCaller {
  readonly #transport: Transport;
  #count = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get(path: string, options?: CallOptions): Promise<Answer> {
    return this.call('GET', path, undefined, options);
  }

  post(path: string, body: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('POST', path, body, options);
  }

  put(path: string, body: unknown, options?: CallOptions): Promise<Answer> {
    return this.call('PUT', path, body, options);
  }

  patch(path: string, type: string, body: unknown): Promise<Answer> {
    return this.call('PATCH', path, body, { type });
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.call('DELETE', path, body);
  }

  call(method: Method, path: string, body?: unknown, options?: CallOptions): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return this.callText(method, path, text, options);
  }

  /** As `call`, with the body as it is. */
  async callText(
    method: Method,
    path: string,
    body?: string,
    { type = 'application/json', accept = 'application/json' }: CallOptions = {},
  ): Promise<Answer> {
    const response = await this.#transport({
      method,
      path,
      headers: { accept, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
      signal: new AbortController().signal,
    });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body) text += decoder.decode(chunk, { stream: true });
    const { status, headers } = response;
    return { status, headers, text, body: parsed(text) };
  }

  /** Starts a watch; `next` waits for the next event. */
  async watch(path: string): Promise<WatchReader> {
    const controller = new AbortController();
    const response = await this.#transport({
      method: 'GET',
      path,
      headers: { accept: 'application/json' },
      signal: controller.signal,
    });
    return new WatchReader(response.status, response.body, controller);
  }

  /** Makes a namespace of its own for a test. */
  async namespace(labels: Record<string, string> = {}): Promise<string> {
    this.#count += 1;
    const name = `contract-${Math.random().toString(36).slice(2, 8)}-${this.#count}`;
    const created = await this.post('/api/v1/namespaces', { metadata: { name, labels } });
    if (created.status !== 201) throw new Error(`namespace: ${created.text}`);
    return name;
  }
}

function parsed(text: string): Loose {
  try {
    return JSON.parse(text) as Loose;
  } catch {
    return {};
  }
}

/** Reads the events of one watch. */
export class WatchReader {
  readonly status: number;
  readonly #body: AsyncIterator<Uint8Array>;
  readonly #controller: AbortController;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #events: Loose[] = [];

  constructor(status: number, body: AsyncIterable<Uint8Array>, controller: AbortController) {
    this.status = status;
    this.#body = body[Symbol.asyncIterator]();
    this.#controller = controller;
  }

  /** @returns undefined when the server ended the watch */
  async next(): Promise<Loose | undefined> {
    while (this.#events.length === 0) {
      const read = await this.#body.next();
      if (read.done === true) return undefined;
      const lines = `${this.#rest}${this.#decoder.decode(read.value, { stream: true })}`.split(
        '\n',
      );
      this.#rest = lines.pop() ?? '';
      this.#events = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Loose);
    }
    return this.#events.shift();
  }

  /** The next event as `TYPE name`. */
  async nextName(): Promise<string> {
    const event = await this.next();
    return event === undefined
      ? 'end'
      : `${text(event, 'type')} ${text(event, 'object', 'metadata', 'name')}`;
  }

  async stop(): Promise<void> {
    this.#controller.abort(new Error('the test is over'));
    await this.#body.return?.().catch(() => undefined);
  }
}

/** A text member of a loosely read object; '' when it is none. */
export function text(value: Loose | undefined, ...path: readonly string[]): string {
  let current: unknown = value;
  for (const key of path) current = (current as Loose | undefined)?.[key];
  return typeof current === 'string' ? current : '';
}

/** Asks until it holds; for what a server does by itself after a write. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, attempt < 20 ? 1 : 50));
  }
  throw new Error('did not come about');
}
