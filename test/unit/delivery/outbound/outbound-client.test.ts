import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/domain/clock.ts';
import { VirtualClock } from '../../../../src/domain/virtual-clock.ts';
import type { OutboundRequest, OutboundResponse } from '../../../../src/domain/transport.ts';
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

async function serve(handler: http.RequestListener): Promise<number> {
  return listen(http.createServer(handler));
}

const echo: http.RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, headers } = request;
    response.setHeader('X-Test', 'yes');
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
  });
};

type Names = Readonly<Record<string, readonly string[]>>;

/** A client that may call this machine, and for which names are what the table says. */
function clientOf(names: Names = {}, more: Partial<OutboundClientOptions> = {}) {
  const asked: string[] = [];
  const client = createOutboundClient({
    clock: systemClock,
    allow: ['127.0.0.0/8'],
    resolve: (host) => {
      asked.push(host);
      const addresses = names[host];
      if (addresses === undefined)
        return Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
      return Promise.resolve(
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
    ...more,
  });
  const call = (url: string, request: Partial<OutboundRequest> = {}): Promise<OutboundResponse> =>
    client({
      method: 'GET',
      url,
      timeoutMs: 5000,
      maxBytes: 10_000,
      signal: new AbortController().signal,
      ...request,
    });
  return { call, asked };
}

describe('an outbound call', () => {
  it('sends method, headers and body, and gives the answer', async () => {
    const port = await serve(echo);
    const { call } = clientOf({ hook: ['127.0.0.1'] }, { userAgent: 'sluice-test' });
    const answer = await call(`http://hook:${port}/x?y=1`, {
      method: 'POST',
      headers: { 'x-id': '7' },
      body: '{"ä":1}',
    });
    expect(answer).toMatchObject({ status: 200, headers: { 'x-test': 'yes' }, truncated: false });
    expect(JSON.parse(answer.body)).toMatchObject({
      method: 'POST',
      url: '/x?y=1',
      headers: {
        host: `hook:${port}`,
        'x-id': '7',
        'content-length': '8',
        'user-agent': 'sluice-test',
      },
      body: '{"ä":1}',
    });
  });

  it('gives every status as an answer', async () => {
    const port = await serve((_request, response) => response.writeHead(503).end('no'));
    const { call } = clientOf();
    await expect(call(`http://127.0.0.1:${port}`)).resolves.toMatchObject({
      status: 503,
      body: 'no',
    });
  });

  it('carries the user of the URL', async () => {
    const port = await serve(echo);
    const { body } = await clientOf().call(`http://me:secret@127.0.0.1:${port}/`);
    expect(JSON.parse(body)).toMatchObject({
      headers: { authorization: `Basic ${btoa('me:secret')}` },
    });
  });

  it('reads no more than it may', async () => {
    const port = await serve((_request, response) => {
      response.write('x'.repeat(100_000));
    });
    const answer = await clientOf().call(`http://127.0.0.1:${port}`, { maxBytes: 10 });
    expect(answer).toMatchObject({ body: 'x'.repeat(10), truncated: true });
    const exact = await serve((_request, response) => response.end('12345'));
    await expect(
      clientOf().call(`http://127.0.0.1:${exact}`, { maxBytes: 5 }),
    ).resolves.toMatchObject({
      body: '12345',
      truncated: false,
    });
  });

  it('uses a connection again', async () => {
    let connections = 0;
    const server = http.createServer(echo).on('connection', () => connections++);
    const port = await listen(server);
    const { call } = clientOf();
    for (let count = 0; count < 5; count++) await call(`http://127.0.0.1:${port}`);
    expect(connections).toBe(1);
  });

  it('is sent again when the kept connection was just closed', async () => {
    let requests = 0;
    const port = await serve((request, response) => {
      if (++requests === 2) request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const { call } = clientOf();
    await call(`http://127.0.0.1:${port}`);
    await expect(
      call(`http://127.0.0.1:${port}`, { method: 'POST', body: 'x' }),
    ).resolves.toMatchObject({ body: 'ok' });
  });

  it('verifies certificates unless told not to', async () => {
    const key = await createKey();
    const times = { now: Date.now(), lifetimeMs: 3_600_000 };
    const { cert } = createAuthority(key, times);
    const serving = issueServing({ key, cert }, key, {
      ...times,
      dnsNames: ['hook'],
      ipAddresses: [],
    });
    const port = await listen(https.createServer(serving, echo));
    const { call } = clientOf({ hook: ['127.0.0.1'] });
    await expect(call(`https://hook:${port}`)).rejects.toMatchObject({ code: 'SLUICE_PROVIDER' });
    await expect(call(`https://hook:${port}`, { insecureSkipVerify: true })).resolves.toMatchObject(
      { status: 200 },
    );
    await expect(call(`https://hook:${port}`)).rejects.toMatchObject({ code: 'SLUICE_PROVIDER' });
  });
});

describe('an address', () => {
  it.each([
    'http://127.0.0.1:1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://0/',
    'https://[fe80::1]/',
  ])('%s is not called', async (url) => {
    const { call, asked } = clientOf({}, { allow: [] });
    await expect(call(url)).rejects.toMatchObject({
      code: 'SLUICE_PROVIDER',
      retryable: false,
      message: expect.stringMatching(/^calls to .* are not allowed: a [a-z-]+ address$/) as string,
    });
    expect(asked).toEqual([]);
  });

  it('behind a name is not called either', async () => {
    const port = await serve(echo);
    const names = {
      inside: ['127.0.0.1'],
      metadata: ['169.254.169.254'],
      mapped: ['::ffff:127.0.0.1'],
    };
    const { call } = clientOf(names, { allow: [] });
    for (const host of Object.keys(names)) {
      await expect(call(`http://${host}:${port}/`)).rejects.toThrow(
        `calls to ${host} are not allowed`,
      );
    }
  });

  it('that is allowed is called among those that are not', async () => {
    const port = await serve(echo);
    const { call } = clientOf({ mixed: ['169.254.169.254', '127.0.0.1'] });
    await expect(call(`http://mixed:${port}/`)).resolves.toMatchObject({ status: 200 });
  });

  it('is the one that was judged, though the name changes its mind', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254'], ['169.254.169.254']];
    const port = await serve((_request, response) =>
      response.setHeader('connection', 'close').end('ok'),
    );
    let asked = 0;
    const { call } = clientOf(
      {},
      {
        resolve: () =>
          Promise.resolve((answers[asked++] ?? []).map((address) => ({ address, family: 4 }))),
      },
    );
    await expect(call(`http://rebinding:${port}/`)).resolves.toMatchObject({ body: 'ok' });
    expect(asked).toBe(1);
    await expect(call(`http://rebinding:${port}/`)).rejects.toThrow(
      /not allowed: a link-local address/,
    );
    expect(asked).toBe(2);
  });

  it('of the API server is not called, under any name', async () => {
    const port = await serve(echo);
    const names = { api: ['127.0.0.1'], alias: ['127.0.0.1'], other: ['127.0.0.2'] };
    const { call } = clientOf(names, { apiServers: [`https://api:${port}`] });
    for (const host of ['api', 'alias', '127.0.0.1']) {
      await expect(call(`http://${host}:${port}/`)).rejects.toThrow(
        /the address of the API server/,
      );
    }
    const elsewhere = await serve(echo);
    await expect(call(`http://alias:${elsewhere}/`)).resolves.toMatchObject({ status: 200 });
    const opened = clientOf(names, { apiServers: [`https://api:${port}`], allow: ['127.0.0.1'] });
    await expect(opened.call(`http://alias:${port}/`)).resolves.toMatchObject({ status: 200 });
  });

  it('of the API server is compared by name while it does not resolve', async () => {
    const { call } = clientOf({}, { apiServers: ['https://api'] });
    await expect(call('https://api/')).rejects.toMatchObject({ code: 'SLUICE_PROVIDER' });
    expect(() => clientOf({}, { apiServers: ['nonsense'] })).toThrow(/not a URL/);
  });
});

describe('a redirect', () => {
  it('is followed on its host, as a GET without body after 302', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/first') response.writeHead(302, { location: '/second' }).end();
      else echo(request, response);
    });
    const answer = await clientOf().call(`http://127.0.0.1:${port}/first`, {
      method: 'POST',
      body: 'x',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ method: 'GET', url: '/second', body: '' });
  });

  it('keeps method and body after 307', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/first') response.writeHead(307, { location: '/second' }).end();
      else echo(request, response);
    });
    const answer = await clientOf().call(`http://127.0.0.1:${port}/first`, {
      method: 'POST',
      body: 'x',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ method: 'POST', url: '/second', body: 'x' });
  });

  it.each([
    ['to another host', 'http://169.254.169.254/', 'the server redirects to another host'],
    ['round and round', '/', 'the server redirects more than 3 times'],
  ])('is not followed %s', async (_title, location, message) => {
    let requests = 0;
    const port = await serve((_request, response) => {
      requests++;
      response.writeHead(302, { location }).end('secret');
    });
    await expect(clientOf().call(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'SLUICE_PROVIDER',
      message,
    });
    expect(requests).toBeLessThanOrEqual(4);
  });
});

describe('without an answer', () => {
  it.each([
    ['a URL that is none', 'nonsense', /not an http or https URL/],
    ['a file', 'file:///etc/passwd', /not an http or https URL/],
    ['a name that does not resolve', 'http://nowhere/', /^no answer: ENOTFOUND$/],
    ['a name without addresses', 'http://empty/', /not allowed: without an address/],
    ['a port where nobody listens', 'http://127.0.0.1:1/', /^no answer: ECONNREFUSED$/],
  ])('%s is an error', async (_title, url, message) => {
    const { call } = clientOf({ empty: [] });
    await expect(call(url)).rejects.toMatchObject({
      code: 'SLUICE_PROVIDER',
      message: expect.stringMatching(message) as string,
    });
  });

  it('a broken answer is an error without its text', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('secret', () => response.destroy());
    });
    const result = clientOf().call(`http://127.0.0.1:${port}/`);
    await expect(result).rejects.toMatchObject({ code: 'SLUICE_PROVIDER', retryable: true });
    await expect(result).rejects.not.toThrow('secret');
  });

  it.each([
    ['before the answer', () => undefined],
    ['within it', (response: http.ServerResponse) => response.write('x')],
  ])('time runs out %s', async (_title, begin) => {
    const asked = Promise.withResolvers<undefined>();
    const port = await serve((_request, response) => {
      begin(response);
      asked.resolve(undefined);
    });
    const clock = new VirtualClock();
    const result = clientOf({}, { clock }).call(`http://127.0.0.1:${port}/`, { timeoutMs: 3000 });
    await asked.promise;
    void clock.advance(3000);
    await expect(result).rejects.toMatchObject({
      code: 'SLUICE_PROVIDER',
      message: 'no answer within 3000 ms',
      retryable: true,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('time runs out and aborts count while a name is looked up', async () => {
    const clock = new VirtualClock();
    const { call } = clientOf({}, { clock, resolve: () => new Promise(() => undefined) });
    const slow = call('http://slow/', { timeoutMs: 3000 });
    void clock.advance(3000);
    await expect(slow).rejects.toThrow('no answer within 3000 ms');
    const stop = new AbortController();
    const stopped = call('http://slow/', { signal: stop.signal });
    stop.abort(new Error('stop'));
    await expect(stopped).rejects.toThrow('stop');
  });

  it('an abort is its own reason', async () => {
    const asked = Promise.withResolvers<undefined>();
    const port = await serve(() => {
      asked.resolve(undefined);
    });
    const stop = new AbortController();
    const result = clientOf().call(`http://127.0.0.1:${port}/`, { signal: stop.signal });
    await asked.promise;
    stop.abort(new Error('stop'));
    await expect(result).rejects.toThrow('stop');
    await expect(clientOf().call('http://127.0.0.1:1/', { signal: stop.signal })).rejects.toThrow(
      'stop',
    );
  });
});
