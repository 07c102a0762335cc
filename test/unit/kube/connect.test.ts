import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import { silentLogger, type Logger } from '../../../src/domain/logger.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { connectCluster, type ClusterConnection } from '../../../src/kube/connect.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { configMap, never } from './scripted-transport.ts';

let folder = '';
let server: http.Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-connect-'));
  server = http.createServer((request, response) => {
    response.end(JSON.stringify(configMap(String(request.headers.authorization), '1')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function config(cluster: object): string {
  const file = join(folder, 'config');
  const document = {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    users: [{ name: 'u', user: { token: 'T' } }],
  };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

const connect = (cluster: object, logger = silentLogger): Promise<ClusterConnection> =>
  connectCluster({ kubeconfig: config(cluster), env: {}, logger, clock: systemClock });

describe('connecting', () => {
  it('gives a transport for the cluster of the kubeconfig', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { transport, server: address, namespace, close } = await connect({ server: url });
    expect([address, namespace]).toEqual([url, 'team']);
    const client = createObjectClient({ transport, fieldManager: 'sluice-test' });
    const found = await client.get(
      RESOURCES.configMaps,
      { namespace, name: 'x' },
      { signal: never },
    );
    expect(found?.metadata.name).toBe('Bearer T');
    close();
  });

  it.each([
    ['a server that is no URL', { server: 'nonsense' }, 'SLUICE_CONFIG'],
    ['a server that is no web server', { server: 'ftp://x' }, 'SLUICE_CONFIG'],
    ['a socks proxy', { server: 'https://x', 'proxy-url': 'socks5://y' }, 'SLUICE_UNSUPPORTED'],
  ])('refuses %s', async (_title, cluster, code) => {
    await expect(connect(cluster)).rejects.toMatchObject({ code });
  });

  it('warns when the server is not verified', async () => {
    const warned: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_fields, message) => warned.push(message) };
    const { close } = await connect(
      { server: 'https://x', 'insecure-skip-tls-verify': true },
      logger,
    );
    close();
    expect(warned).toHaveLength(1);
  });

  it('does not load the generated client', async () => {
    const script = `
      const { connectCluster } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/kube/connect.ts'))});
      const { silentLogger } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/domain/logger.ts'))});
      const { systemClock } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/domain/clock.ts'))});
      const before = process.memoryUsage().rss;
      await connectCluster({ kubeconfig: ${JSON.stringify(config({ server: 'https://x' }))}, env: {}, logger: silentLogger, clock: systemClock });
      console.log(Math.round((process.memoryUsage().rss - before) / 1e6));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      script,
    ]);
    // The whole of client-node takes 80 MB.
    expect(Number(stdout)).toBeLessThan(40);
  });
});
