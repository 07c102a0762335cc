import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import type { CertificatePair } from '../../../src/tls/pair.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';
import { hasOpenssl, makeClient } from '../admission/port.ts';

const { signal } = new AbortController();
let cluster: AppCluster;
let folder: string;
let app: App | undefined;

beforeEach(async () => {
  cluster = await startAppCluster({ clock: systemClock });
  folder = mkdtempSync(join(tmpdir(), 'sluice-client-ca-'));
});
afterEach(async () => {
  await app?.stop();
  await cluster.api.close();
  rmSync(folder, { recursive: true });
});

async function serve(clientCa: string): Promise<App> {
  app = createApp(configOf({ clientCa }), cluster.overrides);
  await app.start(signal);
  return app;
}

/** What a client is answered: a status line, or '' when the connection is refused. */
function answerTo(port: number, client: CertificatePair | undefined): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client });
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(text.split('\r\n')[0] ?? '');
    });
    socket.write('GET /validate HTTP/1.1\r\nhost: x\r\n\r\n');
  });
}

describe.skipIf(!hasOpenssl)('--client-ca', () => {
  it('lets in who shows a certificate of it, and nobody else', async () => {
    const [known, stranger] = [makeClient(), makeClient()];
    const file = join(folder, 'ca.crt');
    writeFileSync(file, known.cert);
    const served = await serve(file);
    await served.whenReady(AbortSignal.timeout(10_000));
    const port = served.ports.webhook ?? 0;
    expect(await answerTo(port, known)).toBe('HTTP/1.1 405 Method Not Allowed');
    expect(await answerTo(port, stranger)).toBe('');
    expect(await answerTo(port, undefined)).toBe('');
  });
});

describe('a file of --client-ca without a certificate', () => {
  it.each(['absent.crt', 'garbage.crt'])('is named as the problem: %s', async (name) => {
    writeFileSync(join(folder, 'garbage.crt'), 'no certificate');
    await expect(serve(join(folder, name))).rejects.toThrow(
      '--client-ca: the file holds no certificate (PEM)',
    );
  });
});
