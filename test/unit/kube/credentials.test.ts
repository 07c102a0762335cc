import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { afterAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createCredentials, type Credentials } from '../../../src/kube/credentials.ts';

// Tables of cases below name it before any hook has run.
const folder = mkdtempSync(join(tmpdir(), 'sluice-credentials-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const cluster = { name: 'c', server: 'https://c', skipTLSVerify: false, caData: btoa('CA') };
const of = (user: Partial<User>, clock = new VirtualClock()): Promise<Credentials> =>
  createCredentials({ cluster, user: { name: 'u', ...user }, namespace: 'default' }, clock);

const headers = async (credentials: Promise<Credentials>): Promise<unknown> =>
  (await (await credentials).current()).headers;

/** A user whose plugin is a script for Node that writes this expression as JSON. */
function plugin(expression: string, more: object = {}): Partial<User> {
  const count = `require('fs').appendFileSync(${JSON.stringify(join(folder, 'runs'))}, 'x');`;
  const script = `${count} console.log(JSON.stringify(${expression}))`;
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
      ...more,
    },
  };
}

describe('credentials', () => {
  it('may be a token, a password, a person acted for, or none', async () => {
    await expect(headers(of({ token: 'T' }))).resolves.toEqual({ authorization: 'Bearer T' });
    const basic = { authorization: `Basic ${btoa('a:b')}` };
    await expect(headers(of({ username: 'a', password: 'b' }))).resolves.toEqual(basic);
    await expect(headers(of({ token: 'T', impersonateUser: 'x' }))).resolves.toEqual({
      authorization: 'Bearer T',
      'impersonate-user': 'x',
    });
    await expect(headers(of({}))).resolves.toEqual({});
  });

  it('may be certificates, from data or files that are read again', async () => {
    const clock = new VirtualClock();
    const certFile = join(folder, 'cert');
    writeFileSync(certFile, 'C1');
    const credentials = await of({ certFile, keyData: btoa('K'), keyFile: '/nowhere' }, clock);
    const tls = async (): Promise<unknown> => (await credentials.current()).tls;
    await expect(tls()).resolves.toEqual({ ca: 'CA', cert: 'C1', key: 'K' });
    writeFileSync(certFile, 'C2');
    await expect(tls()).resolves.toMatchObject({ cert: 'C1' });
    await clock.advance(60_000);
    await expect(tls()).resolves.toMatchObject({ cert: 'C2' });
    writeFileSync(certFile, 'C3');
    credentials.invalidate();
    await expect(tls()).resolves.toMatchObject({ cert: 'C3' });
  });

  it('may be a token file, which is read again when the server did not accept it', async () => {
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'T1\n');
    const credentials = await of({ authProvider: { name: 'tokenFile', config: { tokenFile } } });
    await expect(headers(Promise.resolve(credentials))).resolves.toEqual({
      authorization: 'Bearer T1',
    });
    writeFileSync(tokenFile, 'T2');
    credentials.invalidate();
    await expect(headers(Promise.resolve(credentials))).resolves.toEqual({
      authorization: 'Bearer T2',
    });
  });

  it('may come from a plugin, which runs once for many requests and is told about the cluster', async () => {
    writeFileSync(join(folder, 'runs'), '');
    const credentials = await of(
      plugin('{status: {token: process.env.KUBERNETES_EXEC_INFO + process.env.OWN}}', {
        provideClusterInfo: true,
        env: [{ name: 'OWN', value: 'own' }],
      }),
    );
    const many = await Promise.all([
      credentials.current(),
      credentials.current(),
      credentials.current(),
    ]);
    await credentials.current();
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('x');
    const [, info] = /^Bearer (\{.*\})own$/.exec(many[0].headers['authorization'] ?? '') ?? [];
    expect(JSON.parse(info ?? '')).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: 'https://c',
          'insecure-skip-tls-verify': false,
          'certificate-authority-data': btoa('CA'),
        },
      },
    });
    credentials.invalidate();
    await credentials.current();
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('xx');
  });

  it('may be certificates from a plugin', async () => {
    const user = plugin("{status: {clientCertificateData: 'C', clientKeyData: 'K'}}");
    const { tls } = await (await of(user)).current();
    expect(tls).toEqual({ ca: 'CA', cert: 'C', key: 'K' });
  });

  it.each([
    ['a plugin that is not there', { exec: { command: '/nowhere/plugin' } }, 'ENOENT'],
    [
      'a plugin that fails',
      plugin('(console.error("secret"), process.exit(1))'),
      'the credential plugin or file failed',
    ],
    [
      'a token file that is not there',
      { authProvider: { name: 'x', config: { tokenFile: '/nowhere' } } },
      'ENOENT',
    ],
    ['a certificate that is not there', { certFile: '/nowhere' }, 'ENOENT'],
  ] as [string, Partial<User>, string][])(
    'cannot be had from %s; the error tells no secret',
    async (_title, user, cause) => {
      await expect(headers(of(user))).rejects.toMatchObject({
        name: 'ClusterError',
        reason: 'Unauthorized',
        message: `no credentials: ${cause}`,
      });
    },
  );

  it('of a provider that is not known are refused with the known ones', async () => {
    await expect(of({ authProvider: { name: 'ldap' } })).rejects.toMatchObject({
      code: 'SLUICE_UNKNOWN_NAME',
      message: expect.stringContaining('tokenFile, exec, gcp, azure, oidc') as string,
    });
  });

  it.each(['oidc', 'gcp', 'azure'])('of the provider %s come from client-node', async (name) => {
    const payload = btoa(JSON.stringify({ exp: 9_999_999_999 })).replaceAll('=', '');
    const token = `${btoa('{}')}.${payload}.s`;
    const config = {
      'id-token': token,
      'access-token': token,
      expiry: '2099-01-01T00:00:00Z',
      'expires-on': '2099-01-01T00:00:00Z',
    };
    await expect(headers(of({ authProvider: { name, config } }))).resolves.toEqual({
      authorization: `Bearer ${token}`,
    });
  });
});
