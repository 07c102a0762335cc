import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { kubeconfig } from '../../../src/sandbox/kubeconfig.ts';
import { startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname;
const signal = new AbortController().signal;
let cluster: AppCluster;
let folder: string;

beforeEach(async () => {
  cluster = await startAppCluster({ clock: systemClock });
  folder = mkdtempSync(join(tmpdir(), 'sluice-process-'));
  const { url } = await cluster.api.listen({ port: 0 });
  const text = kubeconfig({ server: url, namespace: 'default' });
  writeFileSync(join(folder, 'kubeconfig'), text);
});
afterEach(async () => {
  await cluster.api.close();
  rmSync(folder, { recursive: true });
});

interface Line {
  readonly level: string;
  readonly msg: string;
}

/** Starts `sluice serve` as a process of its own. */
function serve(environment: Readonly<Record<string, string>>): {
  child: ChildProcess;
  lines: Line[];
  other: string[];
} {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  const lines: Line[] = [];
  const other: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((part) => part !== '')) {
      if (line.startsWith('{')) lines.push(JSON.parse(line) as Line);
      else other.push(line);
      child.emit('line');
    }
  });
  return { child, lines, other };
}

it('SIGTERM ends a process that is ready with exit code 0, its Lease given back', async () => {
  const { child, lines, other } = serve({
    KUBECONFIG: join(folder, 'kubeconfig'),
    SLUICE_HTTP_PORT: '0',
    SLUICE_WEBHOOK_PORT: '0',
    SLUICE_WEBHOOK_URL: 'https://127.0.0.1:0',
    SLUICE_BIND_ADDRESS: '127.0.0.1',
    SLUICE_DRAIN_DELAY: '100ms',
  });
  while (!lines.some(({ msg }) => msg === 'ready')) await once(child, 'line');
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
  expect(other).toEqual([]);
  const messages = lines.map(({ msg }) => msg);
  expect(messages.slice(messages.indexOf('stopping'))).toEqual(
    expect.arrayContaining(['stopping', 'stopped']),
  );
  const lease = await cluster.client.get(
    RESOURCES.leases,
    { namespace: 'sluice-system', name: 'sluice-controller' },
    { signal },
  );
  expect(lease).toBeDefined();
  expect(lease).not.toHaveProperty('spec.holderIdentity');
});

it('a setting that is not known ends it with exit code 2 before anything is started', async () => {
  const { child, lines, other } = serve({ SLUICE_METRIC_SERVER: 'http://x' });
  const [code] = (await once(child, 'exit')) as [number];
  expect([code, lines]).toEqual([2, []]);
  expect(other[0]).toMatch(
    /^error: unknown environment variable SLUICE_METRIC_SERVER; known: .*SLUICE_METRICS_SERVER/,
  );
});
