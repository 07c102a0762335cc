import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import type { TransportRequest } from '../../../src/domain/transport.ts';
import { readText } from '../../../src/kube/body.ts';
import type { Credentials, RequestCredentials } from '../../../src/kube/credentials.ts';
import { createHttpTransport, type HttpTransportOptions } from '../../../src/kube/transport.ts';
import { createAuthority, createKey, issueServing } from '../../../src/tls/authority.ts';
import { never } from './scripted-transport.ts';

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const undo of cleanup.splice(0).reverse()) await undo();
});

async function listen(server: http.Server | https.Server | Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(() => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const noTls = { ca: undefined, cert: undefined, key: undefined };

function credentialsOf(
  current: () => RequestCredentials = () => ({ headers: {}, tls: noTls }),
): Credentials & { invalidated: number } {
  return {
    invalidated: 0,
    current: () => Promise.resolve(current()),
    invalidate() {
      this.invalidated++;
    },
  };
}

function connect(server: string, more: Partial<HttpTransportOptions> = {}) {
  const { transport, close } = createHttpTransport({
    server: new URL(server),
    credentials: credentialsOf(),
    clock: systemClock,
    userAgent: 'sluice-test',
    skipTlsVerify: false,
    ...more,
  });
  cleanup.push(close);
  const ask = async (request: Partial<TransportRequest> = {}) => {
    const response = await transport({
      method: 'GET',
      path: '/',
      headers: {},
      signal: never,
      ...request,
    });
    return { ...response, text: await readText(response.body, 1e6) };
  };
  return { transport, close, ask };
}

/** Answers with what was asked, and counts connections. */
async function echo(handler?: http.RequestListener) {
  let connections = 0;
  const server = http.createServer((request, response) => {
    if (handler !== undefined) {
      handler(request, response);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.setHeader('Warning', ['299 - "a"', '299 - "b"']);
      response.end(
        JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }),
      );
    });
  });
  server.on('connection', () => connections++);
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, server, connections: () => connections };
}

describe('a request', () => {
  it('carries credentials, user agent and a length, below the path of the server', async () => {
    const { url } = await echo();
    const credentials = credentialsOf(() => ({
      headers: { authorization: 'Bearer T' },
      tls: noTls,
    }));
    const { ask } = connect(`${url}/k8s/clusters/c-1/`, { credentials });
    const answer = await ask({
      method: 'DELETE',
      path: '/api/v1/x?y=1',
      headers: { accept: 'a/b' },
      body: '{"ä":1}',
    });
    expect(answer).toMatchObject({ status: 200, headers: { warning: '299 - "a", 299 - "b"' } });
    expect(JSON.parse(answer.text)).toMatchObject({
      method: 'DELETE',
      url: '/k8s/clusters/c-1/api/v1/x?y=1',
      headers: {
        authorization: 'Bearer T',
        accept: 'a/b',
        'user-agent': 'sluice-test',
        'content-length': '8',
      },
      body: '{"ä":1}',
    });
  });

  it('reuses its connection, after a DELETE with a body too', async () => {
    const { url, connections } = await echo();
    const { ask } = connect(url);
    for (let count = 0; count < 20; count++) {
      await ask({
        method: count % 2 === 0 ? 'DELETE' : 'GET',
        ...(count % 2 === 0 ? { body: '{}' } : {}),
      });
    }
    expect(connections()).toBe(1);
  });

  it('waits for a free connection when all are in use', async () => {
    const { url, connections } = await echo();
    const { ask } = connect(url, { maxSockets: 3 });
    await Promise.all(Array.from({ length: 30 }, () => ask()));
    expect(connections()).toBe(3);
  });

  it('is answered with any HTTP status; 401 makes the credentials be read again', async () => {
    const { url } = await echo((_request, response) => response.writeHead(401).end('no'));
    const credentials = credentialsOf();
    const { ask } = connect(url, { credentials });
    await expect(ask()).resolves.toMatchObject({ status: 401, text: 'no' });
    expect(credentials.invalidated).toBe(1);
  });

  it('that is a read is sent again when the kept connection was just closed', async () => {
    let requests = 0;
    const { url, connections } = await echo((request, response) => {
      requests++;
      if (requests === 2) request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const { ask } = connect(url);
    await ask();
    await expect(ask()).resolves.toMatchObject({ text: 'ok' });
    expect([requests, connections()]).toEqual([3, 2]);
  });

  it('that is a write is not', async () => {
    let requests = 0;
    const { url } = await echo((request, response) => {
      requests++;
      if (requests === 2) request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const { ask } = connect(url);
    await ask();
    await expect(ask({ method: 'POST', body: '{}' })).rejects.toMatchObject({
      reason: 'Unreachable',
    });
    expect(requests).toBe(2);
  });
});

describe('without an answer', () => {
  it('a refused connection is Unreachable', async () => {
    const { url, server } = await echo();
    await new Promise((resolve) => server.close(resolve));
    await expect(connect(url).ask()).rejects.toMatchObject({
      reason: 'Unreachable',
      retryable: true,
      status: 0,
      message: 'the API server did not answer: ECONNREFUSED',
    });
  });

  it('a body that breaks off is Unreachable', async () => {
    const { url } = await echo((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await expect(connect(url).ask()).rejects.toMatchObject({ reason: 'Unreachable' });
  });

  it.each([
    ['before the headers', '/', () => undefined],
    ['within the body', '/', (response: http.ServerResponse) => response.write('x')],
    ['of a watch before its headers', '/?watch=1', () => undefined],
  ])('time runs out %s', async (_title, path, begin) => {
    const asked = Promise.withResolvers<undefined>();
    const { url } = await echo((_request, response) => {
      begin(response);
      asked.resolve(undefined);
    });
    const clock = new VirtualClock();
    const { ask } = connect(url, { clock, requestTimeoutMs: 1000 });
    const answer = ask({ path });
    await asked.promise;
    await clock.advance(999);
    void clock.advance(1);
    await expect(answer).rejects.toMatchObject({
      reason: 'Timeout',
      message: 'no answer within 1000 ms',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('a watch has all the time that it wants', async () => {
    const { url } = await echo((_request, response) => response.write('{}\n'));
    const clock = new VirtualClock();
    const { transport } = connect(url, { clock, requestTimeoutMs: 1000 });
    const stop = new AbortController();
    const { body } = await transport({
      method: 'GET',
      path: '/x?a=b&watch=1',
      headers: {},
      signal: stop.signal,
    });
    const reader = body[Symbol.asyncIterator]();
    await expect(reader.next()).resolves.toMatchObject({ done: false });
    await clock.advance(3_600_000);
    const rest = reader.next();
    stop.abort(new Error('stop'));
    await expect(rest).rejects.toThrow('stop');
  });

  it('an abort ends it at once, at any time', async () => {
    const asked = Promise.withResolvers<undefined>();
    const closed = Promise.withResolvers<undefined>();
    const { url } = await echo((request) => {
      asked.resolve(undefined);
      request.on('close', () => {
        closed.resolve(undefined);
      });
    });
    const stop = new AbortController();
    const answer = connect(url).ask({ signal: stop.signal });
    await asked.promise;
    stop.abort(new Error('stop'));
    await expect(answer).rejects.toThrow('stop');
    await closed.promise;
    await expect(connect(url).ask({ signal: stop.signal })).rejects.toThrow('stop');
  });

  it('credentials that hang do not hold an abort', async () => {
    const credentials: Credentials = {
      current: () => new Promise(() => undefined),
      invalidate: () => undefined,
    };
    const stop = new AbortController();
    const answer = connect('http://127.0.0.1:9', { credentials }).ask({ signal: stop.signal });
    stop.abort(new Error('stop'));
    await expect(answer).rejects.toThrow('stop');
  });
});

describe('over TLS', () => {
  async function tlsServer() {
    const key = await createKey();
    const now = Date.now();
    const authority = createAuthority(key, { now, lifetimeMs: 3_600_000 });
    const issue = (): { key: string; cert: string } =>
      issueServing({ key, cert: authority.cert }, key, {
        now,
        lifetimeMs: 3_600_000,
        dnsNames: ['kubernetes'],
        ipAddresses: [],
      });
    const serving = issue();
    const serials: string[] = [];
    let connections = 0;
    const server = https.createServer(
      { ...serving, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const { socket } = request;
        const shown = socket instanceof TLSSocket ? socket.getPeerCertificate() : undefined;
        serials.push(shown?.serialNumber ?? 'none');
        response.end('ok');
      },
    );
    server.on('secureConnection', () => connections++);
    const port = await listen(server);
    return {
      url: `https://127.0.0.1:${port}`,
      ca: authority.cert,
      issue,
      serials,
      connections: () => connections,
    };
  }

  it('the server is verified by the authority and the name, unless told not to', async () => {
    const { url, ca } = await tlsServer();
    const withCa = credentialsOf(() => ({ headers: {}, tls: { ...noTls, ca } }));
    await expect(
      connect(url, { credentials: withCa, tlsServerName: 'kubernetes' }).ask(),
    ).resolves.toMatchObject({ text: 'ok' });
    await expect(connect(url, { credentials: withCa }).ask()).rejects.toThrow(
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    );
    await expect(connect(url, { tlsServerName: 'kubernetes' }).ask()).rejects.toMatchObject({
      reason: 'Unreachable',
    });
    await expect(connect(url, { skipTlsVerify: true }).ask()).resolves.toMatchObject({
      text: 'ok',
    });
  });

  it('one connection serves all requests, and another certificate gets another connection', async () => {
    const { url, ca, issue, serials, connections } = await tlsServer();
    let client = issue();
    const credentials = credentialsOf(() => ({ headers: {}, tls: { ca, ...client } }));
    const { ask } = connect(url, { credentials, tlsServerName: 'kubernetes' });
    for (let count = 0; count < 5; count++) await ask();
    expect(connections()).toBe(1);
    client = issue();
    for (let count = 0; count < 5; count++) await ask();
    expect(connections()).toBe(2);
    expect(new Set(serials).size).toBe(2);
    expect(serials).not.toContain('none');
  });

  it('a proxy is used', async () => {
    const { url, ca } = await tlsServer();
    const { connect: connectTo } = await import('node:net');
    const asked: string[] = [];
    const proxy = http.createServer();
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      const onward = connectTo(Number(new URL(url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    const proxyPort = await listen(proxy);
    const credentials = credentialsOf(() => ({ headers: {}, tls: { ...noTls, ca } }));
    const proxyUrl = `http://127.0.0.1:${proxyPort}`;
    const { ask } = connect(`https://kubernetes:${new URL(url).port}`, {
      credentials,
      proxyEnv: { HTTPS_PROXY: proxyUrl },
    });
    await expect(ask()).resolves.toMatchObject({ text: 'ok' });
    await expect(ask()).resolves.toMatchObject({ text: 'ok' });
    expect(asked).toEqual([`kubernetes:${new URL(url).port}`]);
  });
});
