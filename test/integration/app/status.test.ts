import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { command } from '../../../src/cli/status.ts';
import type { Canary } from '../../../src/domain/canary.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { kubeconfig } from '../../../src/sandbox/kubeconfig.ts';
import { startAppCluster, type AppCluster } from '../../support/app-cluster.ts';
import { runCommand } from '../../support/cli-context.ts';

const signal = new AbortController().signal;
let cluster: AppCluster;
let folder: string;
let file: string;

async function prepare(crds?: readonly string[]): Promise<void> {
  cluster = await startAppCluster({ clock: systemClock, ...(crds === undefined ? {} : { crds }) });
  const { url } = await cluster.api.listen({ port: 0 });
  writeFileSync(file, kubeconfig({ server: url, namespace: 'default' }));
}

async function addCanary(namespace: string, name: string): Promise<void> {
  const canary: Canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: { port: 80 },
      analysis: { interval: '10s', threshold: 1, stepWeight: 10 },
    },
  };
  await cluster.client.create(RESOURCES.canaries, canary, { signal });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-status-'));
  file = join(folder, 'kubeconfig');
});
afterEach(async () => {
  await cluster.api.close();
  rmSync(folder, { recursive: true });
});

it('prints the Canaries of the namespace of the context, or of every one', async () => {
  await prepare();
  await addCanary('default', 'cart');
  await addCanary('sluice-system', 'other');
  const own = await runCommand(command, '--kubeconfig', file);
  expect(own.stdout.split('\n').map((line) => line.split(/ {2,}/)[1])).toEqual([
    'CANARY',
    'cart',
    undefined,
  ]);
  const all = await runCommand(command, '--kubeconfig', file, '-A', '-o', 'json');
  const rows = JSON.parse(all.stdout) as { namespace: string; canary: string }[];
  expect(rows.map(({ namespace, canary }) => `${namespace}/${canary}`)).toEqual([
    'default/cart',
    'sluice-system/other',
  ]);
  const one = await runCommand(command, '--kubeconfig', file, '-n', 'sluice-system', '-o', 'yaml');
  expect(one.stdout).toContain('canary: other');
});

it('says that there are none', async () => {
  await prepare();
  const { code, stdout } = await runCommand(command, '--kubeconfig', file);
  expect([code, stdout]).toEqual([0, 'No Canaries found.\n']);
});

it('says what to apply where the definitions are missing', async () => {
  await prepare(['sluice.yaml']);
  await expect(runCommand(command, '--kubeconfig', file)).rejects.toThrow(
    'canaries.flagger.app is not known to this cluster; sluice crds --flagger prints what to apply',
  );
});

it('names a format that it does not know', async () => {
  await prepare();
  await expect(runCommand(command, '--kubeconfig', file, '-o', 'xml')).rejects.toThrow(
    '--output is not one of: text, json, yaml',
  );
});
