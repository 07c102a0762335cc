import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { SluiceError } from '../../domain/errors.ts';
import { hostOf } from './api-server-addresses.ts';

/** A request that goes by way of a proxy. */
export interface ProxiedRequest {
  readonly url: URL;
  /** `http://` or `https://`, with name and password where the proxy wants them. */
  readonly proxy: URL;
  readonly method: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body: string | undefined;
  readonly insecure: boolean;
  /** Resolves the proxy's host. */
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

/**
 * Sends a request by way of an HTTP proxy: as it is for `http`, through a tunnel to the server for `https`, so that the
 * proxy sees nothing of it.
 * @throws SluiceError SLUICE_PROVIDER when the proxy makes no tunnel; errors of the connection as they come
 */
export async function sendByProxy(request: ProxiedRequest): Promise<http.IncomingMessage> {
  const { url, proxy, method, headers, signal, lookup } = request;
  if (url.protocol === 'http:') {
    const path = `${url.origin}${url.pathname}${url.search}`;
    const all = {
      ...credentialsOf('authorization', url),
      ...headers,
      ...credentialsOf('proxy-authorization', proxy),
      host: url.host,
    };
    return answered(
      requestTo(proxy, { path, method, headers: all, signal, lookup, agent: false }),
      request.body,
    );
  }
  const socket = await tunnel(request);
  const host = hostOf(url);
  const createConnection = (): Socket =>
    connect({
      socket,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: !request.insecure,
    });
  const outgoing = https.request(url, { method, headers, signal, createConnection });
  return answered(outgoing, request.body);
}

function requestTo(url: URL, options: http.RequestOptions): http.ClientRequest {
  const { request } = url.protocol === 'https:' ? https : http;
  // Name and password of the URL are for the proxy, not for what is behind it.
  const plain = new URL(url.origin);
  return request(plain, options);
}

function answered(
  outgoing: http.ClientRequest,
  body: string | undefined,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function tunnel({ url, proxy, signal, lookup }: ProxiedRequest): Promise<Socket> {
  const path = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
  const headers = { host: path, ...credentialsOf('proxy-authorization', proxy) };
  const outgoing = requestTo(proxy, {
    method: 'CONNECT',
    path,
    headers,
    signal,
    lookup,
    agent: false,
  });
  return new Promise((resolve, reject) => {
    outgoing.once('connect', ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode === 200) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(refused(statusCode));
    });
    outgoing.once('response', (answer) => {
      answer.destroy();
      reject(refused(answer.statusCode ?? 0));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function refused(status: number): SluiceError {
  const retryable = status >= 500;
  return new SluiceError('SLUICE_PROVIDER', `the proxy answered HTTP ${status}`, { retryable });
}

function credentialsOf(header: string, { username, password }: URL): http.OutgoingHttpHeaders {
  if (username === '' && password === '') return {};
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { [header]: `Basic ${Buffer.from(both).toString('base64')}` };
}
