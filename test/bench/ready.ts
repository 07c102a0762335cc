/** How fast `serve` becomes ready against an API server that runs already. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/domain/clock.ts';
import { kubeconfig } from '../../src/sandbox/kubeconfig.ts';
import { startAppCluster } from '../support/app-cluster.ts';
import type { Figure } from './page.ts';

const LIMIT_SECONDS = 1.5;
const LATER_STARTS = 5;
const POLL_MS = 5;
const GIVE_UP_MS = 20_000;
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

/** Times a first start, which makes certificates, and later ones, which find them. */
export async function bench(): Promise<Figure[]> {
  const cluster = await startAppCluster({ clock: systemClock });
  const listener = await cluster.api.listen({ port: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const file = join(folder, 'kubeconfig');
    writeFileSync(file, kubeconfig({ server: listener.url, namespace: 'default' }));
    const first = await secondsUntilReady(file);
    const later: number[] = [];
    for (let i = 0; i < LATER_STARTS; i++) later.push(await secondsUntilReady(file));
    later.sort((a, b) => a - b);
    return [
      figure('serve ready, first start in a cluster', first),
      figure('serve ready, later starts (median)', later[Math.floor(LATER_STARTS / 2)] ?? Infinity),
    ];
  } finally {
    await cluster.api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function figure(name: string, value: number): Figure {
  return { name, value, unit: 's', target: `< ${LIMIT_SECONDS}`, ok: value < LIMIT_SECONDS };
}

/** From spawn to the first 200 of /readyz. */
async function secondsUntilReady(file: string): Promise<number> {
  const port = await freePort();
  const flags = {
    kubeconfig: file,
    'bind-address': '127.0.0.1',
    'http-port': String(port),
    'webhook-port': '0',
    'webhook-url': 'https://127.0.0.1:0',
    'drain-delay': '0s',
    'log-level': 'error',
  };
  const argv = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  const started = performance.now();
  const child = spawn(process.execPath, [MAIN, 'serve', ...argv], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    while ((await statusOf(port)) !== 200) {
      if (child.exitCode !== null || performance.now() - started > GIVE_UP_MS) {
        throw new Error(`serve did not become ready (exit code ${String(child.exitCode)})`);
      }
      await delay(POLL_MS);
    }
    return (performance.now() - started) / 1000;
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
}

function statusOf(port: number): Promise<number> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', () => {
      resolve(0);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
