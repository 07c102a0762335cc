import { expect, it } from 'vitest';
import { installDefinitions } from '../../../src/app/definitions.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { startAppCluster, type AppCluster } from '../../support/app-cluster.ts';

const signal = new AbortController().signal;

async function install(cluster: AppCluster, namespace: string | undefined): Promise<void> {
  const { transport } = cluster.overrides;
  if (transport === undefined) throw new Error('no transport');
  const client = createObjectClient({ transport, fieldManager: 'test' });
  const rest = { clock: systemClock, logger: silentLogger, namespace };
  await installDefinitions({ client, transport, ...rest }, signal);
}

async function definitions(cluster: AppCluster): Promise<KubeObject[]> {
  const { items } = await cluster.client.list(RESOURCES.customResourceDefinitions, { signal });
  return items;
}

it('creates what is missing, so that all of it is served', async () => {
  const cluster = await startAppCluster({ clock: systemClock, crds: [] });
  await install(cluster, 'elsewhere');
  expect((await definitions(cluster)).map(({ metadata }) => metadata.name)).toEqual(
    expect.arrayContaining(['canaries.flagger.app', 'rolloutruns.sluice.dev']),
  );
  const namespace = { name: 'elsewhere' };
  expect(await cluster.client.get(RESOURCES.namespaces, namespace, { signal })).toBeDefined();
});

it('leaves what exists as it is, and then writes nothing', async () => {
  const cluster = await startAppCluster({ clock: systemClock, crds: ['flagger.yaml'] });
  const before = await definitions(cluster);
  await install(cluster, 'sluice-system');
  const after = await definitions(cluster);
  expect(after.length).toBeGreaterThan(before.length);
  expect(after).toEqual(expect.arrayContaining(before));
  cluster.requests.length = 0;
  await install(cluster, 'sluice-system');
  expect(cluster.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
});

it('needs no namespace without an election', async () => {
  const cluster = await startAppCluster({ clock: systemClock });
  await install(cluster, undefined);
  expect(cluster.requests.some(({ path }) => path.includes('namespaces'))).toBe(false);
});

it.each(['Forbidden', 'Unreachable'] as const)('is content when writes are %s', async (reason) => {
  const cluster = await startAppCluster({ clock: systemClock, crds: [] });
  cluster.setFault(({ method }) =>
    method === 'POST' ? new ClusterError(reason, 'no') : undefined,
  );
  await install(cluster, 'elsewhere');
  expect(await definitions(cluster)).toEqual([]);
});
