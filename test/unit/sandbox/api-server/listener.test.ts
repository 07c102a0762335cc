import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/domain/clock.ts';
import {
  createApiServer,
  type ApiListener,
  type SandboxApiServer,
} from '../../../../src/sandbox/api-server/api-server.ts';

const REVIEW = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

describe('the listener', () => {
  let server: SandboxApiServer;
  let listener: ApiListener;

  beforeAll(async () => {
    server = createApiServer({
      clock: systemClock,
      random: Math.random,
      callWebhook: () => Promise.reject(new Error('none')),
      users: [{ token: 'secret', user: { username: 'alice', groups: ['dev'] } }],
    });
    listener = await server.listen({ port: 0 });
  });
  afterAll(async () => {
    await server.close();
  });

  async function whoami(headers: Record<string, string>): Promise<unknown> {
    const response = await fetch(`${listener.url}${REVIEW}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{}',
    });
    const body = (await response.json()) as { status: { userInfo?: { username: string } } };
    return response.status === 201 ? body.status.userInfo : response.status;
  }

  test('knows users by their token, and everybody else as its admin', async () => {
    expect(await whoami({})).toMatchObject({ username: 'sandbox-admin' });
    expect(await whoami({ authorization: 'Bearer secret' })).toMatchObject({ username: 'alice' });
    expect(await whoami({ authorization: 'Bearer wrong' })).toBe(401);
    expect(await whoami({ 'impersonate-user': 'bob', 'impersonate-group': 'ops' })).toEqual({
      username: 'bob',
      groups: ['ops', 'system:authenticated'],
    });
  });

  test('takes another port when the wanted one is taken', async () => {
    const other = await server.listen({ port: listener.port });
    expect(other.port).not.toBe(listener.port);
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
    await other.close();
  });

  test('streams a watch as it happens, and ends it when the client goes', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const controller = new AbortController();
    const response = await fetch(`${listener.url}${path}?watch=true`, {
      signal: controller.signal,
    });
    expect(response.headers.get('transfer-encoding')).toBe('chunked');
    await fetch(`${listener.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { name: 'seen' } }),
    });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    const bytes = first?.value as Uint8Array | undefined;
    expect(new TextDecoder().decode(bytes)).toContain('"type":"ADDED"');
    controller.abort();
  });

  test('keeps connections alive', async () => {
    const ports = new Set<number>();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 3; count++) {
      await new Promise<void>((resolve, reject) => {
        const outgoing = request(`${listener.url}/version`, { agent }, (response) => {
          ports.add(response.socket.localPort ?? 0);
          response.resume().once('end', () => {
            resolve();
          });
        });
        outgoing.once('error', reject).end();
      });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  test('refuses bodies beyond its limit', async () => {
    const response = await fetch(`${listener.url}/api/v1/namespaces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { name: 'big', annotations: { a: 'x'.repeat(4e6) } } }),
    });
    expect(response.status).toBe(413);
  });
});
