import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { SluiceError } from '../domain/errors.ts';
import { LOOPBACK, listenOnLoopback } from './listen-on-loopback.ts';
import type {
  NetworkAnswer,
  NetworkHandler,
  NetworkListener,
  NetworkRequest,
  SandboxNetwork,
} from './network.ts';

/** A port that is taken, or that this user may not have. */
const REPLACEABLE = ['EADDRINUSE', 'EACCES'];
const MAX_BODY_BYTES = 1_048_576;

/**
 * HTTP servers on 127.0.0.1. A port that is taken is replaced by one that the system chooses; port 0 asks for that.
 * Connections are kept alive on both sides.
 */
export function createSocketNetwork(): SandboxNetwork {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
  const open = new Set<NetworkListener>();
  return {
    listen: async (handler, { port }) => {
      const server = http.createServer((request, response) => {
        void serve(handler, request, response);
      });
      const sockets = trackSockets(server);
      await listenOnLoopback(server, port, REPLACEABLE);
      const listener: NetworkListener = {
        host: LOOPBACK,
        port: (server.address() as AddressInfo).port,
        close: async () => {
          open.delete(listener);
          await closeServer(server, sockets);
        },
      };
      open.add(listener);
      return listener;
    },
    request: (address, request) => send(agent, address, request),
    close: async () => {
      await Promise.all([...open].map((listener) => listener.close()));
      agent.destroy();
    },
  };
}

function trackSockets(server: http.Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function closeServer(server: http.Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
    for (const socket of sockets) socket.unref();
  });
}

async function serve(
  handler: NetworkHandler,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const abort = new AbortController();
  response.once('close', () => {
    abort.abort();
  });
  try {
    const body = await readBody(request);
    const answer = await handler({
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: singleValued(request.headers),
      body,
      signal: abort.signal,
    });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  } catch {
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}

async function readBody(message: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new SluiceError('SLUICE_INPUT', 'body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function singleValued(headers: http.IncomingHttpHeaders): Record<string, string> {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return single;
}

function send(agent: http.Agent, address: string, request: NetworkRequest): Promise<NetworkAnswer> {
  const colon = address.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(
        new SluiceError('SLUICE_PROVIDER', `no answer from ${address}`, {
          cause: error,
          retryable: true,
        }),
      );
    };
    const outgoing = http.request(
      {
        agent,
        host: address.slice(0, colon),
        port: Number(address.slice(colon + 1)),
        method: request.method,
        path: request.path,
        headers: framed(request),
        signal: request.signal,
      },
      (incoming) => {
        readBody(incoming).then((body) => {
          resolve({
            status: incoming.statusCode ?? 0,
            headers: singleValued(incoming.headers),
            body,
          });
        }, fail);
      },
    );
    outgoing.once('error', fail);
    outgoing.end(request.body);
  });
}

// node:http frames no body of a GET or DELETE by itself: without a length the next request would be misread.
function framed(request: NetworkRequest): Record<string, string> {
  const headers = { ...request.headers };
  delete headers['connection'];
  delete headers['content-length'];
  if (request.body === undefined || request.body === '') return headers;
  return { ...headers, 'content-length': String(Buffer.byteLength(request.body)) };
}
