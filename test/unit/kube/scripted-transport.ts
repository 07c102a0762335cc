import { whenAborted } from '../../../src/lib/abort.ts';
import type { Transport, TransportRequest } from '../../../src/domain/transport.ts';

/** What the far side answers. `body`: a value is sent as JSON, a text or bytes as they are, a stream as it comes. */
export interface ScriptedAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** A transport whose answers are a function of the request; it remembers what was asked. */
export function scriptedTransport(
  answer: (
    request: SeenRequest,
    signal: AbortSignal,
  ) => ScriptedAnswer | Error | Promise<ScriptedAnswer | Error>,
): { transport: Transport; seen: SeenRequest[] } {
  const seen: SeenRequest[] = [];
  const transport: Transport = async (request) => {
    const asked = toSeen(request);
    seen.push(asked);
    const given = await answer(asked, request.signal);
    request.signal.throwIfAborted();
    if (given instanceof Error) throw given;
    return {
      status: given.status ?? 200,
      headers: given.headers ?? {},
      body: toBytes(given.body ?? ''),
    };
  };
  return { transport, seen };
}

function toSeen(request: TransportRequest): SeenRequest {
  const url = new URL(request.path, 'http://api');
  return {
    method: request.method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    body: request.body === undefined ? undefined : JSON.parse(request.body),
  };
}

async function* toBytes(body: unknown): AsyncGenerator<Uint8Array> {
  if (isStream(body)) yield* body;
  else if (body instanceof Uint8Array) yield body;
  else yield Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** A watch body that a test writes to. It ends when the test says so, fails when told to, and when the signal aborts. */
export function watchBody(signal: AbortSignal) {
  const chunks: Uint8Array[] = [];
  let wake = Promise.withResolvers<undefined>();
  let end: true | Error | undefined;
  const stir = (): void => {
    wake.resolve(undefined);
    wake = Promise.withResolvers<undefined>();
  };
  void whenAborted(signal).then(() => {
    end ??= signal.reason as Error;
    stir();
  });
  async function* read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) yield chunk;
      if (end instanceof Error) throw end;
      if (end === true) return;
      await wake.promise;
    }
  }
  return {
    body: read(),
    send: (...events: unknown[]) => {
      for (const event of events) chunks.push(Buffer.from(`${JSON.stringify(event)}\n`));
      stir();
    },
    raw: (text: string) => {
      chunks.push(Buffer.from(text));
      stir();
    },
    end: (error?: Error) => {
      end ??= error ?? true;
      stir();
    },
  };
}

/** A Status answer of the API server. */
export function status(
  code: number,
  reason: string,
  message: string,
  more: object = {},
): ScriptedAnswer {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message,
    ...more,
  };
  return { status: code, body };
}

/** A ConfigMap. */
export function configMap(
  name: string,
  resourceVersion: string,
  more: { uid?: string; data?: object } = {},
) {
  const { uid = `uid-${name}`, data = {} } = more;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'test', uid, resourceVersion },
    data,
  };
}

export const never = new AbortController().signal;
