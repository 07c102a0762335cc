import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../../src/domain/clock.ts';
import type { OutboundResponse } from '../../../../src/domain/transport.ts';
import {
  createOutboundClient,
  type OutboundClientOptions,
} from '../../../../src/delivery/outbound/outbound-client.ts';
import { createAuthority, createKey, issueServing } from '../../../../src/tls/authority.ts';

const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const undo of cleanup.splice(0)) undo();
});

async function listen(server: http.Server | https.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Seen {
  readonly line: string;
  readonly host: string | undefined;
  readonly credentials: string | undefined;
}

/** A proxy that notes what it sees, and sends everybody to one port of this machine. */
async function proxyTo(port: number, status = 200): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const note = ({ method, url, headers }: http.IncomingMessage): void => {
    seen.push({
      line: `${method ?? ''} ${url ?? ''}`,
      host: headers.host,
      credentials: headers['proxy-authorization'],
    });
  };
  const server = http.createServer((request, response) => {
    note(request);
    const { pathname } = new URL(request.url ?? '');
    const { method, headers } = request;
    const onward = http.request({ port, host: '127.0.0.1', path: pathname, method, headers });
    onward.on('response', (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 0)));
    request.pipe(onward);
  });
  server.on('connect', (request: http.IncomingMessage, socket: Socket) => {
    note(request);
    socket.on('error', () => undefined);
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => undefined);
    cleanup.push(() => onward.destroy());
  });
  return { url: `http://me:p%40ss@proxy.example:${await listen(server)}`, seen };
}

const NAMES: Readonly<Record<string, string>> = {
  'proxy.example': '127.0.0.1',
  'local.example': '127.0.0.1',
  'link.example': '169.254.1.1',
};

function call(
  url: string,
  proxy: string,
  more: Partial<OutboundClientOptions> = {},
  insecureSkipVerify = true,
): Promise<OutboundResponse> {
  const client = createOutboundClient({
    clock: systemClock,
    allow: ['127.0.0.1'],
    resolve: (host) => {
      const address = NAMES[host];
      return address === undefined
        ? Promise.reject(new Error('ENOTFOUND'))
        : Promise.resolve([{ address, family: 4 }]);
    },
    ...more,
  });
  return client({
    method: 'POST',
    url,
    proxy,
    body: '{"a":1}',
    timeoutMs: 5000,
    maxBytes: 1000,
    insecureSkipVerify,
    signal: new AbortController().signal,
  });
}

const echo: http.RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(201).end(`${request.url ?? ''} ${Buffer.concat(chunks).toString()}`);
  });
};

const BASIC = `Basic ${btoa('me:p@ss')}`;

test('http goes to the proxy as it is, for a host that only the proxy can resolve', async () => {
  const proxy = await proxyTo(await listen(http.createServer(echo)));
  const answer = await call('http://chat.example/hook?x=1', proxy.url);
  expect(answer).toMatchObject({ status: 201, body: '/hook {"a":1}' });
  expect(proxy.seen).toEqual([
    { line: 'POST http://chat.example/hook?x=1', host: 'chat.example', credentials: BASIC },
  ]);
});

test('https goes through a tunnel: the proxy sees neither path nor body', async () => {
  const times = { now: Date.now(), lifetimeMs: 60_000 };
  const key = await createKey();
  const names = { dnsNames: ['chat.example'], ipAddresses: [] };
  const { cert } = createAuthority(key, times);
  const serving = issueServing({ key, cert }, key, { ...times, ...names });
  const server = https.createServer(serving, echo);
  const proxy = await proxyTo(await listen(server));
  const answer = await call('https://chat.example/hook', proxy.url);
  expect(answer).toMatchObject({ status: 201, body: '/hook {"a":1}' });
  expect(proxy.seen).toEqual([
    { line: 'CONNECT chat.example:443', host: 'chat.example:443', credentials: BASIC },
  ]);
});

test('the certificate of the server is verified in the tunnel', async () => {
  const times = { now: Date.now(), lifetimeMs: 60_000 };
  const key = await createKey();
  const names = { dnsNames: ['chat.example'], ipAddresses: [] };
  const { cert } = createAuthority(key, times);
  const serving = issueServing({ key, cert }, key, { ...times, ...names });
  const proxy = await proxyTo(await listen(https.createServer(serving, echo)));
  await expect(call('https://chat.example/', proxy.url, {}, false)).rejects.toMatchObject({
    code: 'SLUICE_PROVIDER',
  });
});

test.each([
  [407, false],
  [502, true],
])('a proxy that answers %d', async (status, retryable) => {
  const proxy = await proxyTo(1, status);
  await expect(call('https://chat.example/', proxy.url)).rejects.toMatchObject({
    message: `the proxy answered HTTP ${status}`,
    retryable,
  });
});

test.each([
  ['a target that is known here', 'https://link.example/', {}],
  ['an address', 'https://169.254.169.254/', {}],
  ['a target that is denied by its name', 'https://chat.example/', { deny: ['chat.example'] }],
  ['a target that is not among the allowed', 'https://chat.example/', { restrict: true }],
])('%s may be refused, proxy or not', async (_name, url, rules) => {
  const proxy = await proxyTo(1);
  await expect(call(url, proxy.url, rules)).rejects.toMatchObject({ retryable: false });
  expect(proxy.seen).toEqual([]);
});

test('the proxy itself is under the rules', async () => {
  const proxy = await proxyTo(1);
  await expect(call('https://chat.example/', proxy.url, { allow: [] })).rejects.toMatchObject({
    message: expect.stringContaining('proxy.example') as string,
  });
});

test.each(['socks5://proxy.example', 'no url'])('%s is no proxy', async (proxy) => {
  await expect(call('https://chat.example/', proxy)).rejects.toMatchObject({
    message: 'the proxy is not an http or https URL',
    retryable: false,
  });
});
