import { createPrivateKey } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttpsWebhookCaller } from '../../../../src/sandbox/api-server/https-webhook-caller.ts';
import { createAuthority, createKey, issueServing } from '../../../../src/tls/authority.ts';

const DAY = 86_400_000;
const signal = new AbortController().signal;

describe('calls of webhooks over TLS', () => {
  let server: Server;
  let port = 0;
  let caBundle = '';
  let otherBundle = '';
  const sockets = new Set<unknown>();

  beforeAll(async () => {
    const lifetime = { now: Date.now(), lifetimeMs: DAY };
    const [authorityKey, key, otherKey] = await Promise.all([
      createKey(),
      createKey(),
      createKey(),
    ]);
    const authority = createAuthority(authorityKey, lifetime);
    caBundle = authority.cert;
    otherBundle = createAuthority(otherKey, lifetime).cert;
    const signer = { key: createPrivateKey(authority.key), cert: authority.cert };
    const names = { dnsNames: ['hook.system.svc'], ipAddresses: ['127.0.0.1'] };
    const pair = issueServing(signer, key, { ...lifetime, ...names });
    server = createServer(pair, (request, response) => {
      sockets.add(request.socket);
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      request.on('end', () => {
        response.writeHead(200).end(`${request.method ?? ''} ${request.url ?? ''} ${text}`);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  test('post the body to the path, on one connection', async () => {
    const call = createHttpsWebhookCaller();
    const target = {
      url: `https://127.0.0.1:${port}/validate`,
      caBundle,
      path: '/validate?timeout=3s',
    };
    for (let count = 0; count < 3; count++) {
      expect(await call(target, '{"a":1}', 3000, signal)).toEqual({
        status: 200,
        body: 'POST /validate?timeout=3s {"a":1}',
      });
    }
    expect(sockets.size).toBe(1);
  });

  test('reach a service where it listens, by its name', async () => {
    const service = { namespace: 'system', name: 'hook', path: '/x', port: 443 };
    const call = createHttpsWebhookCaller({ portOf: () => port });
    expect((await call({ service, caBundle, path: '/x' }, '', 3000, signal)).status).toBe(200);
    const nowhere = createHttpsWebhookCaller();
    await expect(nowhere({ service, caBundle, path: '/x' }, '', 3000, signal)).rejects.toThrow(
      'service "hook" not found',
    );
  });

  test('refuse a certificate of another authority', async () => {
    const call = createHttpsWebhookCaller();
    const target = { url: `https://127.0.0.1:${port}/x`, caBundle: otherBundle, path: '/x' };
    await expect(call(target, '', 3000, signal)).rejects.toThrow(/certificate|signature/);
  });

  test.each(['https://192.0.2.1/x', 'http://127.0.0.1/x', 'nonsense'])(
    'refuse the address %s',
    async (url) => {
      const call = createHttpsWebhookCaller();
      await expect(call({ url, path: '/x' }, '', 3000, signal)).rejects.toThrow(/webhook/);
    },
  );

  test('end when the signal aborts', async () => {
    const call = createHttpsWebhookCaller();
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const target = { url: `https://127.0.0.1:${port}/x`, caBundle, path: '/x' };
    await expect(call(target, '', 3000, controller.signal)).rejects.toThrow();
  });
});
