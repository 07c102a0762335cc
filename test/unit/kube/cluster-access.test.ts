import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAccess, type ClusterAccess } from '../../../src/kube/cluster-access.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-kubeconfig-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const CONFIG = `
apiVersion: v1
kind: Config
current-context: one
clusters:
  - name: alpha
    cluster: {server: 'https://alpha:6443/', certificate-authority: pki/ca.crt, tls-server-name: kubernetes}
  - name: beta
    cluster: {server: 'https://beta:6443', insecure-skip-tls-verify: true}
  - name: broken
    cluster: {}
contexts:
  - name: one
    context: {cluster: alpha, user: person, namespace: team}
  - name: two
    context: {cluster: beta, user: robot}
  - name: anonymous
    context: {cluster: beta}
  - name: no-cluster
    context: {user: robot}
  - name: lost-cluster
    context: {cluster: gone, user: robot}
  - name: broken-cluster
    context: {cluster: broken, user: robot}
  - name: lost-user
    context: {cluster: beta, user: gone}
  - name: impersonated
    context: {cluster: beta, user: acting}
  - name: plugin
    context: {cluster: beta, user: plugged}
users:
  - name: person
    user: {client-certificate: pki/me.crt, client-key: /abs/me.key}
  - name: robot
    user: {tokenFile: token, token: stale}
  - name: acting
    user: {token: t, as: someone, as-groups: [admins]}
  - name: plugged
    user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login}}
`;

const access = (context = '', kubeconfig = file('config', CONFIG)): Promise<ClusterAccess> =>
  findAccess({ kubeconfig, context, env: {} });

describe('a kubeconfig', () => {
  it('names cluster, user and namespace of its current context; paths are relative to the file', async () => {
    await expect(access()).resolves.toMatchObject({
      namespace: 'team',
      cluster: {
        server: 'https://alpha:6443',
        caFile: join(folder, 'pki/ca.crt'),
        tlsServerName: 'kubernetes',
        skipTLSVerify: false,
      },
      user: { certFile: join(folder, 'pki/me.crt'), keyFile: '/abs/me.key' },
    });
  });

  it('may be asked for another context', async () => {
    const { cluster, user, namespace } = await access('two');
    expect([cluster.server, cluster.skipTLSVerify, namespace]).toEqual([
      'https://beta:6443',
      true,
      'default',
    ]);
    // The token file wins over the token, as in client-go.
    expect(user.token).toBeUndefined();
    expect(user.authProvider).toEqual({
      name: 'tokenFile',
      config: { tokenFile: join(folder, 'token') },
    });
  });

  it('may have no user', async () => {
    await expect(access('anonymous')).resolves.toMatchObject({ user: { name: '' } });
  });

  it('may name a plugin beside it', async () => {
    const { user } = await access('plugin');
    expect(user.exec).toMatchObject({ command: join(folder, 'bin/login') });
  });

  it.each([
    ['a context that is not there', 'three', /context "three" .* known: one, two,/],
    ['a context without cluster', 'no-cluster', /context "no-cluster" is missing or not complete/],
    ['a cluster that is not there', 'lost-cluster', /cluster "gone" .* known: alpha, beta, broken/],
    ['a cluster without server', 'broken-cluster', /cluster "broken" is missing or not complete/],
    ['a user that is not there', 'lost-user', /user "gone"/],
  ])('is refused for %s', async (_title, context, message) => {
    await expect(access(context)).rejects.toMatchObject({
      code: 'SLUICE_CONFIG',
      message: expect.stringMatching(message) as string,
    });
  });

  it('is refused for groups that it would act as, rather than acting without them', async () => {
    await expect(access('impersonated')).rejects.toMatchObject({ code: 'SLUICE_UNSUPPORTED' });
  });

  it.each([
    ['YAML', 'a: [secret-text\nb: }', /is not YAML: line \d/],
    ['a mapping', '- secret-text', /is not a kubeconfig/],
    ['one with a context', '', /no current context/],
  ])('is refused when it is not %s, without its text', async (_title, text, message) => {
    const result = access('', file('bad', text));
    await expect(result).rejects.toMatchObject({
      code: 'SLUICE_CONFIG',
      message: expect.stringMatching(message) as string,
    });
    await expect(result).rejects.not.toThrow('secret-text');
  });

  it('is refused when it is not there', async () => {
    await expect(access('', join(folder, 'nowhere'))).rejects.toThrow(/cannot be read: ENOENT/);
  });

  it('may be JSON', async () => {
    const json = {
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: { token: 't' } }],
    };
    const { user } = await access('', file('json', JSON.stringify(json)));
    expect(user.token).toBe('t');
  });
});

describe('several kubeconfigs', () => {
  it('are merged: the first of each name counts, missing files do not', async () => {
    const second = file(
      'second/config',
      `
current-context: other
clusters:
  - {name: alpha, cluster: {server: 'https://never'}}
  - {name: gamma, cluster: {server: 'https://gamma', certificate-authority: ca.crt}}
contexts:
  - {name: other, context: {cluster: gamma, user: person}}
`,
    );
    const KUBECONFIG = ['', join(folder, 'nowhere'), file('config', CONFIG), second].join(
      delimiter,
    );
    const current = await findAccess({ env: { KUBECONFIG } });
    expect(current.cluster.server).toBe('https://alpha:6443');
    const other = await findAccess({ env: { KUBECONFIG }, context: 'other' });
    expect(other.cluster).toMatchObject({
      server: 'https://gamma',
      caFile: join(folder, 'second/ca.crt'),
    });
    expect(other.user.certFile).toBe(join(folder, 'pki/me.crt'));
  });

  it('may not all be missing', async () => {
    const KUBECONFIG = [join(folder, 'x'), join(folder, 'y')].join(delimiter);
    await expect(findAccess({ env: { KUBECONFIG } })).rejects.toThrow(/kubeconfig not found/);
  });
});

describe('without a kubeconfig', () => {
  const pod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

  it("a Pod's ServiceAccount counts", async () => {
    const serviceAccountFolder = join(folder, 'sa');
    file('sa/token', 'T');
    file('sa/namespace', 'sluice-system\n');
    await expect(findAccess({ env: pod, serviceAccountFolder })).resolves.toEqual({
      cluster: {
        name: 'in-cluster',
        server: 'https://10.0.0.1:443',
        caFile: join(serviceAccountFolder, 'ca.crt'),
        skipTLSVerify: false,
      },
      user: {
        name: 'in-cluster',
        authProvider: {
          name: 'tokenFile',
          config: { tokenFile: join(serviceAccountFolder, 'token') },
        },
      },
      namespace: 'sluice-system',
    });
    const ipv6 = { ...pod, KUBERNETES_SERVICE_HOST: 'fd00::1' };
    const { cluster } = await findAccess({ env: ipv6, serviceAccountFolder });
    expect(cluster.server).toBe('https://[fd00::1]:443');
  });

  it('that of the home folder counts, and KUBECONFIG and the flag before it', async () => {
    file('home/.kube/config', CONFIG.replace('current-context: one', 'current-context: two'));
    const env = { HOME: join(folder, 'home') };
    await expect(findAccess({ env })).resolves.toMatchObject({ cluster: { name: 'beta' } });
    const KUBECONFIG = file('config', CONFIG);
    await expect(findAccess({ env: { ...env, KUBECONFIG } })).resolves.toMatchObject({
      cluster: { name: 'alpha' },
    });
    await expect(findAccess({ kubeconfig: '', context: 'one', env })).resolves.toMatchObject({
      cluster: { name: 'alpha' },
    });
  });

  it('an error says what to do', async () => {
    await expect(findAccess({ env: {} })).rejects.toMatchObject({
      code: 'SLUICE_CONFIG',
      message: expect.stringContaining('--kubeconfig') as string,
    });
    await expect(
      findAccess({ env: { ...pod, HOME: folder }, serviceAccountFolder: folder }),
    ).rejects.toThrow(/no cluster/);
  });
});
