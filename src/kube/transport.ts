import * as http from 'node:http';
import * as https from 'node:https';
import { createSecureContext } from 'node:tls';
import { linkDeadline, untilAbort, type LinkedAbort } from '../lib/abort.ts';
import type { Clock } from '../domain/clock.ts';
import { ClusterError } from '../domain/errors.ts';
import type { Transport, TransportRequest, TransportResponse } from '../domain/transport.ts';
import type { Credentials, TlsMaterial } from './credentials.ts';

export interface HttpTransportOptions {
  /** Base URL of the API server; may have a path. */
  readonly server: URL;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly skipTlsVerify: boolean;
  /** The name that the server's certificate is checked for, when it is not the URL's host. */
  readonly tlsServerName?: string;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, under these names. */
  readonly proxyEnv?: Readonly<Record<string, string>>;
  /** Time-out of a request that is no watch, from start to the last byte; 35 s when absent. */
  readonly requestTimeoutMs?: number;
  /** Connections at a time, each watch holding one; 128 when absent. */
  readonly maxSockets?: number;
}

const DEFAULT_TIMEOUT_MS = 35_000;
const DEFAULT_SOCKETS = 128;
// The API server closes connections that are idle for 90 s: closing ours first avoids requests that meet the close.
const FREE_SOCKET_MS = 60_000;
const FREE_SOCKETS = 16;
const TCP_KEEPALIVE_MS = 30_000;

/**
 * A transport over keep-alive connections, with client-node's credentials. Rejects with `signal.reason` when the
 * request's signal aborts, with ClusterError Timeout or Unreachable when no answer came.
 */
export function createHttpTransport(options: HttpTransportOptions): {
  readonly transport: Transport;
  /** Ends all connections. */
  readonly close: () => void;
} {
  const agents = new AgentPool(options);
  const transport: Transport = async (request) => {
    const { requestTimeoutMs = DEFAULT_TIMEOUT_MS, clock, credentials } = options;
    const timedOut = (): Error =>
      new ClusterError('Timeout', `no answer within ${requestTimeoutMs} ms`);
    const link = linkDeadline(clock, requestTimeoutMs, timedOut, request.signal);
    try {
      const { headers, tls } = await untilAbort(credentials.current(), link.signal);
      const exchange: Exchange = { ...options, request, agent: agents.for(tls), headers };
      const answer = await sendTwiceIfStale(exchange, link.signal);
      if (answer.statusCode === 401) credentials.invalidate();
      return toResponse(answer, request, link);
    } catch (error) {
      link.release();
      throw translate(error, link.signal);
    }
  };
  return {
    transport,
    close: () => {
      agents.close();
    },
  };
}

interface Exchange {
  readonly server: URL;
  readonly userAgent: string;
  readonly request: TransportRequest;
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** A read on a kept connection that the server was just closing is sent again on a new one. */
async function sendTwiceIfStale(
  exchange: Exchange,
  signal: AbortSignal,
): Promise<http.IncomingMessage> {
  try {
    return await send(exchange, signal);
  } catch (error) {
    const isStale = error instanceof StaleConnectionError && !signal.aborted;
    if (isStale && exchange.request.method === 'GET') return send(exchange, signal);
    throw error;
  }
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

function send(exchange: Exchange, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { server, request, agent, userAgent } = exchange;
  const { body } = request;
  const headers: Record<string, string | number> = {
    'user-agent': userAgent,
    ...request.headers,
    ...exchange.headers,
  };
  // node:http sends the body of a DELETE without any framing unless told its length.
  if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
  const options = {
    protocol: server.protocol,
    hostname: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port,
    path: server.pathname.replace(/\/$/, '') + request.path,
    method: request.method,
    headers,
    agent,
    signal,
  };
  return new Promise((resolve, reject) => {
    const outgoing = (server.protocol === 'https:' ? https : http).request(options);
    outgoing.once('response', resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      reject(isStale ? new StaleConnectionError('stale', { cause: error }) : error);
    });
    outgoing.end(body);
  });
}

function toResponse(
  answer: http.IncomingMessage,
  request: TransportRequest,
  link: LinkedAbort,
): TransportResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const isWatch = /[?&]watch=(1|true)(&|$)/.test(request.path) && answer.statusCode === 200;
  // A watch lives as long as the server says; its own signal still ends it, through the request.
  if (isWatch) link.disarm();
  return { status: answer.statusCode ?? 0, headers, body: readBody(answer, link) };
}

async function* readBody(
  answer: http.IncomingMessage,
  link: LinkedAbort,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of answer) yield chunk as Uint8Array;
  } catch (error) {
    throw translate(error, link.signal);
  } finally {
    link.release();
    // Leaving early must not leave the rest in the connection.
    if (!answer.complete) answer.destroy();
  }
}

function translate(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ClusterError) return error;
  const cause = error instanceof StaleConnectionError ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException).code ?? 'no code';
  return new ClusterError('Unreachable', `the API server did not answer: ${code}`, { cause });
}

/** The agent for the certificates in use; when they change, a new one takes over and the old one's idle connections end. */
class AgentPool {
  readonly #options: HttpTransportOptions;
  #current: { agent: http.Agent; tls: TlsMaterial } | undefined;
  readonly #retired = new Set<http.Agent>();

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  for(tls: TlsMaterial): http.Agent {
    const known = this.#current;
    if (known !== undefined && isSame(known.tls, tls)) return known.agent;
    if (known !== undefined) this.#retire(known.agent);
    const agent = this.#make(tls);
    this.#current = { agent, tls };
    return agent;
  }

  close(): void {
    this.#current?.agent.destroy();
    for (const agent of this.#retired) agent.destroy();
  }

  #retire(agent: http.Agent): void {
    agent.maxFreeSockets = 0;
    for (const sockets of Object.values(agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
    for (const old of this.#retired) {
      if (Object.keys(old.sockets).length === 0) this.#retired.delete(old);
    }
    this.#retired.add(agent);
  }

  #make(tls: TlsMaterial): http.Agent {
    const { server, skipTlsVerify, tlsServerName, proxyEnv, maxSockets } = this.#options;
    const shared = {
      keepAlive: true,
      keepAliveMsecs: TCP_KEEPALIVE_MS,
      timeout: FREE_SOCKET_MS,
      maxSockets: maxSockets ?? DEFAULT_SOCKETS,
      maxFreeSockets: FREE_SOCKETS,
      ...(proxyEnv === undefined ? {} : { proxyEnv }),
    };
    if (server.protocol === 'http:') return new http.Agent(shared);
    // One context for all connections: reading certificates anew for each would cost a millisecond every time.
    const { ca, cert, key } = tls;
    const secureContext = createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    return new https.Agent({
      ...shared,
      secureContext,
      rejectUnauthorized: !skipTlsVerify,
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    });
  }
}

function isSame(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}
