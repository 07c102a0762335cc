import { execFileSync, spawnSync } from 'node:child_process';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createReviewHandler } from '../../../src/admission/review-handler.ts';
import {
  createReviewServer,
  type CertificateSource,
  type ReviewServerOptions,
} from '../../../src/admission/review-server.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { createAuthority, createKey, issueServing } from '../../../src/tls/authority.ts';
import type { CertificatePair } from '../../../src/tls/pair.ts';
import { countingMetrics, engineOf, type FixtureEngine } from '../../unit/admission/fixture.ts';

const NAMES = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };

export interface TestAuthority extends CertificatePair {
  issue(): Promise<CertificatePair>;
}

export async function makeAuthority(): Promise<TestAuthority> {
  const key = await createKey();
  const at = { now: systemClock.now(), lifetimeMs: 86_400_000 };
  const authority = createAuthority(key, at);
  const issue = async (): Promise<CertificatePair> =>
    issueServing({ key, cert: authority.cert }, await createKey(), { ...NAMES, ...at });
  return { ...authority, issue };
}

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A client's own certificate, which is also the authority to trust for it. */
export function makeClient(): CertificatePair {
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=client',
    '-keyout',
    '-',
  ];
  const pem = execFileSync('openssl', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const at = pem.indexOf('-----BEGIN CERTIFICATE-----');
  return { key: pem.slice(0, at), cert: pem.slice(at) };
}

/** A certificate that a test can swap. */
function certificateOf(pair: CertificatePair, caBundle: string) {
  const listeners = new Set<() => void>();
  let current = { ...pair, caBundle };
  const source: CertificateSource = {
    current: () => current,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
  const swap = (next: CertificatePair): void => {
    current = { ...next, caBundle };
    for (const listener of listeners) listener();
  };
  return { source, swap };
}

/** A real review port on a free loopback port, with a hand-made engine behind it. */
export async function startPort(
  pair: CertificatePair,
  ca: string,
  options: Partial<ReviewServerOptions> & { engine?: FixtureEngine } = {},
) {
  const metrics = countingMetrics();
  const { source, swap } = certificateOf(pair, ca);
  const common = { clock: systemClock, logger: silentLogger, metrics };
  const engine = options.engine ?? engineOf();
  const handler = createReviewHandler({ ...common, engine, executorUsernames: [] });
  const server = createReviewServer({ ...common, handler, certificate: source, ...options });
  const port = await server.listen(0, '127.0.0.1');
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 64 });
  const send = (path: string, body: string | Buffer, init: Partial<Init> = {}): Promise<Reply> =>
    post({ agent, port, path, body, ...init });
  const open = (extra: ConnectionOptions = {}): Promise<TLSSocket> => dial(port, ca, extra);
  const stop = async (): Promise<void> => {
    agent.destroy();
    await server.close();
  };
  return { server, port, metrics, swap, send, open, stop, agent };
}

interface Init {
  readonly agent: Agent;
  readonly port: number;
  readonly path: string;
  readonly body: string | Buffer;
  readonly method: string;
  readonly type: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function post({
  agent,
  port,
  path,
  body,
  method = 'POST',
  type = 'application/json',
}: Omit<Init, 'method' | 'type'> & Partial<Init>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent,
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { 'content-type': type, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    outgoing.end(body);
  });
}

function dial(port: number, ca: string, extra: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost', ...extra });
    socket.once('secureConnect', () => {
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Everything that the server sends until it closes the connection. */
export function untilClosed(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    socket.on('close', () => {
      resolve(text);
    });
  });
}

/** The next bytes that the server sends. */
export function nextData(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (chunk: Buffer) => {
      resolve(chunk.toString('utf8'));
    });
  });
}

/** Waits until a condition holds; the test's own time-out is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
}
