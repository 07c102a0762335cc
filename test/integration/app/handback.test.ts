import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { command } from '../../../src/cli/handback.ts';
import type { Canary, CanaryStatus } from '../../../src/domain/canary.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { kubeconfig } from '../../../src/sandbox/kubeconfig.ts';
import { startAppCluster, type AppCluster } from '../../support/app-cluster.ts';
import { runCommand } from '../../support/cli-context.ts';

const signal = new AbortController().signal;
const OWN = `sluice.v1:${'1'.repeat(64)}`;
let cluster: AppCluster;
let folder: string;
let file: string;

beforeEach(async () => {
  cluster = await startAppCluster({ clock: systemClock });
  const { url } = await cluster.api.listen({ port: 0 });
  folder = mkdtempSync(join(tmpdir(), 'sluice-handback-'));
  file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig({ server: url, namespace: 'shop' }));
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  await cluster.client.create(RESOURCES.namespaces, namespace, { signal });
});
afterEach(async () => {
  await cluster.api.close();
  rmSync(folder, { recursive: true });
});

function deployment(name: string, image: string): KubeObject {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'app', image }] },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  } as KubeObject;
}

async function add(
  name: string,
  status: Partial<CanaryStatus>,
  more: { image?: string; run?: boolean; suspend?: boolean } = {},
): Promise<void> {
  const { client } = cluster;
  await client.create(RESOURCES.deployments, deployment(name, more.image ?? 'app:1'), { signal });
  await client.create(RESOURCES.deployments, deployment(`${name}-primary`, 'app:1'), { signal });
  const canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace: 'shop' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: { port: 80 },
      analysis: { interval: '1m', threshold: 1, stepWeight: 10 },
      ...(more.suspend === true ? { suspend: true } : {}),
    },
  };
  const made = await client.create<Canary>(RESOURCES.canaries, canary, { signal });
  const zero = { failedChecks: 0, canaryWeight: 0, iterations: 0, phase: 'Succeeded' } as const;
  const whole = { ...zero, lastAppliedSpec: OWN, lastPromotedSpec: OWN, ...status };
  await client.replaceStatus(RESOURCES.canaries, { ...made, status: whole }, { signal });
  if (more.run !== true) return;
  const run = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutRun',
    metadata: { name: `${name}-1`, namespace: 'shop', labels: { 'sluice.dev/subject': name } },
    spec: {
      subject: {
        apiVersion: 'flagger.app/v1beta1',
        kind: 'Canary',
        name,
        uid: made.metadata.uid ?? '',
      },
      revision: OWN,
      images: [],
      changedBy: null,
      strategy: 'canary',
      provider: 'kubernetes',
    },
  };
  await client.create(RESOURCES.rolloutRuns, run, { signal });
}

async function canaryOf(name: string): Promise<Canary> {
  const found = await cluster.client.get<Canary>(
    RESOURCES.canaries,
    { namespace: 'shop', name },
    { signal },
  );
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function handback(...argv: string[]): ReturnType<typeof runCommand> {
  return runCommand(command, '--kubeconfig', file, ...argv);
}

it('marks a settled Canary, and has Flagger initialise it anew', async () => {
  await add('calm', {});
  const { code, stdout } = await handback();
  expect(code).toBe(0);
  expect(stdout).toContain('shop/calm: handed back');
  expect(stdout).toContain('Start Flagger');
  const { metadata, status } = await canaryOf('calm');
  expect(metadata.annotations).toEqual({ 'sluice.dev/executor': 'flagger' });
  expect(status).toMatchObject({ phase: 'Initializing', canaryWeight: 0, lastAppliedSpec: OWN });
  expect(status?.conditions).toMatchObject([{ type: 'Promoted', reason: 'Initializing' }]);
});

it('is fine a second time', async () => {
  await add('calm', {});
  await handback();
  const { code, stdout } = await handback('calm');
  expect(code).toBe(0);
  expect(stdout).toContain("shop/calm: is Flagger's already");
});

it('writes nothing as a dry run', async () => {
  await add('calm', {});
  const { code, stdout } = await handback('--dry-run');
  expect([code, stdout]).toEqual([0, 'shop/calm: would be handed back\n']);
  const { metadata, status } = await canaryOf('calm');
  expect([metadata.annotations, status?.phase]).toEqual([undefined, 'Succeeded']);
});

it.each<[string, Partial<CanaryStatus>, Parameters<typeof add>[2], string]>([
  ['in flight', { phase: 'Progressing' }, {}, 'a rollout is under way (Progressing)'],
  ['waiting', { phase: 'Waiting' }, {}, 'a rollout is under way (Waiting)'],
  ['about to roll out', {}, { run: true }, 'its run x-1 is not over'],
  ['changed', {}, { image: 'app:2' }, 'its target differs from the primary'],
  ['on its canary', { phase: 'Failed', canaryWeight: 100 }, {}, 'its canary has 100 %'],
])('refuses one that is %s, and takes the others', async (_what, status, more, reason) => {
  await add('x', status, more);
  await add('calm', {});
  const { code, stdout } = await handback();
  expect(code).toBe(1);
  expect(stdout).toContain(`shop/x: refused: ${reason}`);
  expect(stdout).toContain('shop/calm: handed back');
  const { metadata } = await canaryOf('x');
  expect(metadata.annotations).toBeUndefined();
});

it('says what becomes of a suspended one', async () => {
  await add('still', {}, { suspend: true });
  const { code, stdout } = await handback('still');
  expect(code).toBe(0);
  expect(stdout).toContain('shop/still: handed back: it is suspended');
});

it('knows no other Canaries than there are', async () => {
  await expect(handback('nobody')).rejects.toMatchObject({
    code: 'SLUICE_INPUT',
    message: 'no Canary nobody in shop',
  });
  await expect(handback('-A', 'x')).rejects.toMatchObject({ code: 'SLUICE_INPUT' });
});
