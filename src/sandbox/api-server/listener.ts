import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { UserInfo } from '../../domain/decision.ts';
import type { Logger } from '../../domain/logger.ts';
import type { TransportRequest, TransportResponse } from '../../domain/transport.ts';
import { LOOPBACK, listenOnLoopback } from '../listen-on-loopback.ts';
import { ApiError, tooLarge, unauthorized } from './api-error.ts';
import { PROTOBUF } from './protobuf/decode.ts';

const BODY_LIMIT = 8 * 1024 * 1024;

/** What the listener needs of the server. */
export interface ListenerOptions {
  readonly answer: (request: TransportRequest, user: UserInfo) => Promise<TransportResponse>;
  /** The user of a bearer token; '' stands for a request without one. @returns undefined for an unknown token */
  readonly userOf: (token: string) => UserInfo | undefined;
  readonly logger: Logger;
}

export interface OpenListener {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Serves HTTP/1.1 on 127.0.0.1; when the port is taken, on one that the system chooses. */
export async function openListener(
  options: ListenerOptions,
  { port }: { port: number },
): Promise<OpenListener> {
  const server = http.createServer((request, response) => {
    void serve(options, request, response);
  });
  server.keepAliveTimeout = 60_000;
  await listenOnLoopback(server, port, ['EADDRINUSE']);
  const taken = (server.address() as AddressInfo).port;
  return {
    url: `http://${LOOPBACK}:${taken}`,
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        // Watches last for an hour: they are cut.
        server.closeAllConnections();
      }),
  };
}

async function serve(
  { answer, userOf, logger }: ListenerOptions,
  incoming: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort(new Error('the client went away'));
  });
  try {
    const request = await requestOf(incoming, gone.signal);
    const user = userOf(bearerToken(request.headers['authorization']));
    if (user === undefined) throw unauthorized();
    await send(response, await answer(request, user));
  } catch (error) {
    if (gone.signal.aborted) return;
    if (error instanceof ApiError && !response.headersSent) sendError(response, error);
    else {
      // A stream that breaks must not look finished.
      logger.debug({ err: error }, 'connection cut');
      response.destroy();
    }
  }
}

async function requestOf(
  incoming: http.IncomingMessage,
  signal: AbortSignal,
): Promise<TransportRequest> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: (incoming.method ?? 'GET') as TransportRequest['method'],
    path: incoming.url ?? '/',
    headers,
    body: await bodyOf(incoming, encodingOf(headers['content-type'])),
    signal,
  };
}

/** Protobuf is no text: its bytes become one character each. */
function encodingOf(contentType: string | undefined): 'latin1' | 'utf8' {
  return contentType?.startsWith(PROTOBUF) === true ? 'latin1' : 'utf8';
}

async function bodyOf(
  incoming: http.IncomingMessage,
  encoding: 'latin1' | 'utf8',
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw tooLarge(BODY_LIMIT);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString(encoding);
}

function bearerToken(authorization: string | undefined): string {
  const match = /^Bearer (.+)$/i.exec(authorization ?? '');
  return match?.[1] ?? '';
}

async function send(response: http.ServerResponse, answer: TransportResponse): Promise<void> {
  response.writeHead(answer.status, answer.headers);
  response.flushHeaders();
  for await (const chunk of answer.body) {
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

function drained(response: http.ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}

function sendError(response: http.ServerResponse, error: ApiError): void {
  response.writeHead(error.code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(error.toStatus()));
}
