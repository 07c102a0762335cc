import { beforeAll, describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../src/domain/client.ts';
import type { KubeObject, ObjectKey } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { connected, type ContractClient, type Use } from './connected.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

type Workload = KubeObject & {
  spec: Record<string, unknown> & { replicas?: number };
  status?: Record<string, unknown>;
};

const { configMaps, deployments, namespaces, canaries } = RESOURCES;
const signal = AbortSignal.timeout(120_000);

/** A type that no server serves. */
const UNKNOWN = {
  group: 'sluice.test',
  version: 'v1',
  plural: 'nothings',
  kind: 'Nothing',
  namespaced: true,
};

/**
 * What every `ObjectClient` does, whatever server is behind it: an in-memory one, or a real kube-apiserver.
 * @param makeClient connects as someone who may do everything
 */
export function objectClientContract(
  name: string,
  makeClient: () => Promise<ContractClient>,
): void {
  describe(`object client contract: ${name}`, () => {
    const use = connected(makeClient);
    readingAndWriting(use);
    patching(use);
    deleting(use);
    listing(use);
    watching(use);
    statuses(use);
    missingResources(use);
  });
}

const configMap = (
  namespace: string,
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, labels },
  data,
});

function readingAndWriting(use: Use): void {
  it('creates an object and reads it back', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'created' };
    const created = await client.create(
      configMaps,
      configMap(namespace, 'created', { key: '€😀' }),
      { signal },
    );
    expect(created).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        ...key,
        uid: expect.any(String) as string,
        resourceVersion: expect.any(String) as string,
      },
      data: { key: '€😀' },
    });
    await expect(client.get(configMaps, key, { signal })).resolves.toEqual(created);
  });

  it('gives undefined for an object that is not there', async () => {
    const { client, namespace } = use();
    await expect(
      client.get(configMaps, { namespace, name: 'absent' }, { signal }),
    ).resolves.toBeUndefined();
    await expect(
      client.get(namespaces, { name: `${namespace}-absent` }, { signal }),
    ).resolves.toBeUndefined();
    await expect(
      client.get(configMaps, { namespace: `${namespace}-absent`, name: 'x' }, { signal }),
    ).resolves.toBeUndefined();
  });

  it('refuses to create what exists', async () => {
    const { client, namespace } = use();
    await client.create(configMaps, configMap(namespace, 'twice'), { signal });
    const again = client.create(configMaps, configMap(namespace, 'twice'), { signal });
    await expect(again).rejects.toMatchObject({
      name: 'ClusterError',
      reason: 'AlreadyExists',
      status: 409,
    });
  });

  it('refuses to create in a namespace that is not there', async () => {
    const { client, namespace } = use();
    const result = client.create(configMaps, configMap(`${namespace}-absent`, 'x'), { signal });
    await expect(result).rejects.toMatchObject({ reason: 'NotFound', status: 404 });
  });

  it('refuses what is not valid, saying why', async () => {
    const { client, namespace } = use();
    const result = client.create(configMaps, configMap(namespace, 'Not_A_Name'), { signal });
    await expect(result).rejects.toMatchObject({
      reason: 'Invalid',
      status: 422,
      message: expect.stringContaining('Not_A_Name') as string,
    });
  });

  it('writes nothing on a dry run', async () => {
    const { client, namespace } = use();
    const dry = await client.create(configMaps, configMap(namespace, 'dry'), {
      signal,
      dryRun: true,
    });
    expect(dry.metadata.name).toBe('dry');
    await expect(
      client.get(configMaps, { namespace, name: 'dry' }, { signal }),
    ).resolves.toBeUndefined();
  });

  it('replaces, under the precondition of its resourceVersion', async () => {
    const { client, namespace } = use();
    const first = await client.create(
      configMaps,
      configMap(namespace, 'replaced', { a: '1', b: '1' }),
      { signal },
    );
    const second = await client.replace(configMaps, { ...first, data: { a: '2' } }, { signal });
    expect(second.data).toEqual({ a: '2' });
    expect(second.metadata.uid).toBe(first.metadata.uid);
    expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    const stale = client.replace(configMaps, { ...first, data: {} }, { signal });
    await expect(stale).rejects.toMatchObject({ reason: 'Conflict', status: 409, retryable: true });
    const metadata = { ...first.metadata };
    delete metadata.resourceVersion;
    const forced = await client.replace(
      configMaps,
      { ...first, metadata, data: { c: '3' } },
      { signal },
    );
    expect(forced.data).toEqual({ c: '3' });
  });

  it('refuses to replace what is not there', async () => {
    const { client, namespace } = use();
    const result = client.replace(configMaps, configMap(namespace, 'absent'), { signal });
    await expect(result).rejects.toMatchObject({ reason: 'NotFound' });
  });

  it('ends at once when its signal aborts', async () => {
    const { client, namespace } = use();
    const aborted = AbortSignal.abort(new Error('stop'));
    await expect(
      client.get(configMaps, { namespace, name: 'x' }, { signal: aborted }),
    ).rejects.toThrow('stop');
    await expect(client.list(configMaps, { namespace, signal: aborted })).rejects.toThrow('stop');
  });
}

function patching(use: Use): void {
  const made = async (name: string, data: Record<string, string>): Promise<ObjectKey> => {
    const { client, namespace } = use();
    await client.create(configMaps, configMap(namespace, name, data), { signal });
    return { namespace, name };
  };

  it('merges: null removes, the rest stays', async () => {
    const { client } = use();
    const key = await made('merged', { a: '1', b: '1' });
    const body = { data: { a: null, c: '3' } };
    const patched = await client.patch<ConfigMap>(
      configMaps,
      key,
      { type: 'merge', body },
      { signal },
    );
    expect(patched.data).toEqual({ b: '1', c: '3' });
  });

  it('merges under the precondition of a resourceVersion', async () => {
    const { client } = use();
    const key = await made('merged-if', { a: '1' });
    const body = { metadata: { resourceVersion: '1' }, data: { a: '2' } };
    const result = client.patch(configMaps, key, { type: 'merge', body }, { signal });
    await expect(result).rejects.toMatchObject({ reason: 'Conflict' });
  });

  it('applies JSON patches, whole or not at all', async () => {
    const { client } = use();
    const key = await made('patched', { a: '1' });
    const good = [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '2' },
      { op: 'add', path: '/data/b', value: '3' },
    ];
    const patched = await client.patch<ConfigMap>(
      configMaps,
      key,
      { type: 'json', body: good },
      { signal },
    );
    expect(patched.data).toEqual({ a: '2', b: '3' });
    const failed = client.patch(configMaps, key, { type: 'json', body: good }, { signal });
    await expect(failed).rejects.toMatchObject({ reason: 'Invalid', status: 422 });
    const after = await client.get<ConfigMap>(configMaps, key, { signal });
    expect(after?.data).toEqual({ a: '2', b: '3' });
  });

  it('refuses to merge into what is not there', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'absent' };
    const result = client.patch(configMaps, key, { type: 'merge', body: { data: {} } }, { signal });
    await expect(result).rejects.toMatchObject({ reason: 'NotFound' });
  });

  it('applies on the server: creates, takes away what we no longer say, leaves what others said', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'applied' };
    const apply = (data: Record<string, string>): Promise<ConfigMap> =>
      client.patch<ConfigMap>(
        configMaps,
        key,
        { type: 'apply', body: configMap(namespace, 'applied', data) },
        { signal },
      );
    await apply({ a: '1', b: '1' });
    await client.patch(
      configMaps,
      key,
      { type: 'merge', body: { data: { other: 'x' } } },
      { signal },
    );
    const second = await apply({ a: '2' });
    expect(second.data).toEqual({ a: '2', other: 'x' });
    expect(second.metadata.uid).toBe((await apply({ a: '2' })).metadata.uid);
  });

  it('does not patch on a dry run', async () => {
    const { client } = use();
    const key = await made('dry-patched', { a: '1' });
    const body = { data: { a: '2' } };
    const dry = await client.patch<ConfigMap>(
      configMaps,
      key,
      { type: 'merge', body },
      { signal, dryRun: true },
    );
    expect(dry.data).toEqual({ a: '2' });
    expect((await client.get<ConfigMap>(configMaps, key, { signal }))?.data).toEqual({ a: '1' });
  });
}

function deleting(use: Use): void {
  it('deletes, and says whether there was something', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'deleted' };
    await client.create(configMaps, configMap(namespace, 'deleted'), { signal });
    await expect(client.delete(configMaps, key, { signal, dryRun: true })).resolves.toBe(true);
    await expect(client.delete(configMaps, key, { signal })).resolves.toBe(true);
    await expect(client.delete(configMaps, key, { signal })).resolves.toBe(false);
    await expect(client.get(configMaps, key, { signal })).resolves.toBeUndefined();
  });

  it('deletes only the very object that was meant', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'meant' };
    const { metadata } = await client.create(configMaps, configMap(namespace, 'meant'), { signal });
    const uid = '00000000-0000-4000-8000-000000000000';
    await expect(client.delete(configMaps, key, { signal, uid })).rejects.toMatchObject({
      reason: 'Conflict',
    });
    const stale = client.delete(configMaps, key, { signal, resourceVersion: '1' });
    await expect(stale).rejects.toMatchObject({ reason: 'Conflict' });
    const { uid: own = '', resourceVersion = '' } = metadata;
    await expect(
      client.delete(configMaps, key, { signal, uid: own, resourceVersion }),
    ).resolves.toBe(true);
  });

  it('waits for finalizers', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'finalized' };
    const object = configMap(namespace, 'finalized');
    const metadata = { ...object.metadata, finalizers: ['sluice.dev/test'] };
    await client.create(configMaps, { ...object, metadata }, { signal });
    await expect(client.delete(configMaps, key, { signal })).resolves.toBe(true);
    const dying = await client.get(configMaps, key, { signal });
    expect(dying?.metadata.deletionTimestamp).toEqual(expect.any(String));
    await client.patch(
      configMaps,
      key,
      { type: 'merge', body: { metadata: { finalizers: null } } },
      { signal },
    );
    await expect(client.get(configMaps, key, { signal })).resolves.toBeUndefined();
  });
}

function listing(use: Use): void {
  const names = ['list-1', 'list-2', 'list-3', 'list-4', 'list-5'];
  beforeAll(async () => {
    const { client, namespace } = use();
    for (const [index, name] of names.entries()) {
      const labels = { suite: 'list', parity: index % 2 === 0 ? 'even' : 'odd' };
      await client.create(configMaps, configMap(namespace, name, {}, labels), { signal });
    }
  });
  const namesOf = (objects: readonly KubeObject[]): string[] =>
    objects.map(({ metadata }) => metadata.name);

  it('lists a namespace, by label and by field; every item says what it is', async () => {
    const { client, namespace } = use();
    const all = await client.list(configMaps, { namespace, labelSelector: 'suite=list', signal });
    expect(namesOf(all.items)).toEqual(names);
    expect(all.resourceVersion).toEqual(expect.any(String));
    expect(all.continueToken).toBeUndefined();
    expect(all.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    const odd = await client.list(configMaps, {
      namespace,
      labelSelector: 'suite=list,parity notin (even)',
      signal,
    });
    expect(namesOf(odd.items)).toEqual(['list-2', 'list-4']);
    const one = await client.list(configMaps, {
      namespace,
      fieldSelector: 'metadata.name=list-3',
      signal,
    });
    expect(namesOf(one.items)).toEqual(['list-3']);
  });

  it('lists all namespaces', async () => {
    const { client } = use();
    const { items } = await client.list(configMaps, { labelSelector: 'suite=list', signal });
    expect(namesOf(items)).toEqual(expect.arrayContaining(names));
  });

  it('lists page by page, all from one moment', async () => {
    const { client, namespace } = use();
    const options = { namespace, labelSelector: 'suite=list', limit: 2, signal };
    const first = await client.list(configMaps, options);
    expect(namesOf(first.items)).toEqual(['list-1', 'list-2']);
    const late = configMap(namespace, 'list-9', {}, { suite: 'list' });
    await client.create(configMaps, late, { signal });
    await client.delete(configMaps, { namespace, name: 'list-9' }, { signal });
    const second = await client.list(configMaps, {
      ...options,
      continueToken: first.continueToken ?? '',
    });
    expect(second.resourceVersion).toBe(first.resourceVersion);
    const third = await client.list(configMaps, {
      ...options,
      continueToken: second.continueToken ?? '',
    });
    expect(namesOf([...second.items, ...third.items])).toEqual(['list-3', 'list-4', 'list-5']);
    expect(third.continueToken).toBeUndefined();
  });

  it.each([
    ['labelSelector', { labelSelector: '=,=' }],
    ['fieldSelector', { fieldSelector: 'data.nothing=x' }],
    ['continue token', { continueToken: 'nonsense' }],
  ])('refuses a %s that it does not understand', async (_title, option) => {
    const { client, namespace } = use();
    const result = client.list(configMaps, { namespace, limit: 2, signal, ...option });
    await expect(result).rejects.toMatchObject({ reason: 'BadRequest', status: 400 });
  });
}

function watching(use: Use): void {
  const watch = async (labelSelector: string, stop: AbortController, resourceVersion?: string) => {
    const { client, namespace } = use();
    const from =
      resourceVersion ?? (await client.list(configMaps, { namespace, signal })).resourceVersion;
    const options = {
      namespace,
      labelSelector,
      resourceVersion: from,
      timeoutSeconds: 60,
      signal: stop.signal,
    };
    return client.watch<ConfigMap>(configMaps, options);
  };
  const told = ({ type, ...event }: WatchEvent<ConfigMap>): unknown =>
    'object' in event ? [type, event.object.metadata.name, event.object.data?.['n']] : [type];

  it('tells what happened since a list, in order, then what happens', async () => {
    const { client, namespace } = use();
    const stop = new AbortController();
    const key = { namespace, name: 'watched' };
    const { resourceVersion } = await client.list(configMaps, { namespace, signal });
    const labels = { suite: 'watch' };
    await client.create(configMaps, configMap(namespace, 'watched', { n: '1' }, labels), {
      signal,
    });
    await client.patch(configMaps, key, { type: 'merge', body: { data: { n: '2' } } }, { signal });
    const events: unknown[] = [];
    for await (const event of await watch('suite=watch', stop, resourceVersion)) {
      if (event.type === 'BOOKMARK') continue;
      events.push(told(event));
      if (events.length === 2) {
        await client.patch(
          configMaps,
          key,
          { type: 'merge', body: { data: { n: '3' } } },
          { signal },
        );
        await client.delete(configMaps, key, { signal });
      }
      if (events.length === 4) break;
    }
    expect(events).toEqual([
      ['ADDED', 'watched', '1'],
      ['MODIFIED', 'watched', '2'],
      ['MODIFIED', 'watched', '3'],
      ['DELETED', 'watched', '3'],
    ]);
  });

  it('tells of objects that come to match as added, and of those that no longer do as deleted', async () => {
    const { client, namespace } = use();
    const stop = new AbortController();
    const key = { namespace, name: 'moving' };
    const { resourceVersion } = await client.list(configMaps, { namespace, signal });
    const relabel = (suite: string): Promise<unknown> =>
      client.patch(
        configMaps,
        key,
        { type: 'merge', body: { metadata: { labels: { suite } } } },
        { signal },
      );
    await client.create(
      configMaps,
      configMap(namespace, 'moving', { n: '1' }, { suite: 'elsewhere' }),
      { signal },
    );
    await relabel('moving');
    await relabel('elsewhere');
    const events: unknown[] = [];
    for await (const event of await watch('suite=moving', stop, resourceVersion)) {
      if (event.type !== 'BOOKMARK') events.push([event.type, event.object.metadata.name]);
      if (events.length === 2) break;
    }
    expect(events).toEqual([
      ['ADDED', 'moving'],
      ['DELETED', 'moving'],
    ]);
  });

  it('ends when its signal aborts', async () => {
    const stop = new AbortController();
    const reading = Array.fromAsync(await watch('suite=nothing', stop));
    stop.abort(new Error('stop'));
    await expect(reading).rejects.toThrow('stop');
  });
}

function statuses(use: Use): void {
  const deployment = (namespace: string, name: string): Workload => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'podinfo:1' }] },
      },
    },
  });

  it('replaces the status and nothing else, under its resourceVersion', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'with-status' };
    await client.create(deployments, deployment(namespace, 'with-status'), { signal });
    let written: Workload | undefined;
    // Controllers may write beside us.
    for (let attempt = 0; written === undefined && attempt < 10; attempt++) {
      const current = await client.get<Workload>(deployments, key, { signal });
      if (current === undefined) throw new Error('it is not there');
      const changed = {
        ...current,
        spec: { ...current.spec, replicas: 7 },
        status: { ...current.status, collisionCount: 3 },
      };
      written = await client.replaceStatus(deployments, changed, { signal }).catch(() => undefined);
    }
    expect(written).toMatchObject({ spec: { replicas: 0 }, status: { collisionCount: 3 } });
    const stale = {
      ...deployment(namespace, 'with-status'),
      metadata: { ...key, resourceVersion: '1' },
    };
    await expect(client.replaceStatus(deployments, stale, { signal })).rejects.toMatchObject({
      reason: 'Conflict',
    });
    const blind = client.replaceStatus(deployments, deployment(namespace, 'with-status'), {
      signal,
    });
    await expect(blind).rejects.toMatchObject({ reason: 'BadRequest' });
  });

  it('patches the subresources status and scale', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'with-scale' };
    await client.create(deployments, deployment(namespace, 'with-scale'), { signal });
    const scale = await client.patch<Workload>(
      deployments,
      key,
      { type: 'merge', body: { spec: { replicas: 0 } } },
      { signal, subresource: 'scale' },
    );
    expect(scale).toMatchObject({ apiVersion: 'autoscaling/v1', kind: 'Scale', spec: {} });
    const body = { status: { collisionCount: 5 }, spec: { replicas: 9 } };
    const patched = await client.patch<Workload>(
      deployments,
      key,
      { type: 'merge', body },
      { signal, subresource: 'status' },
    );
    expect(patched).toMatchObject({ spec: { replicas: 0 }, status: { collisionCount: 5 } });
  });
}

function missingResources(use: Use): void {
  it('tells a type that is not served from an object that is not there', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'x' };
    await expect(client.get(UNKNOWN, key, { signal })).rejects.toMatchObject({
      reason: 'NotFound',
      status: 404,
    });
    await expect(client.list(UNKNOWN, { signal })).rejects.toMatchObject({ reason: 'NotFound' });
    await expect(client.delete(UNKNOWN, key, { signal })).rejects.toMatchObject({
      reason: 'NotFound',
    });
    const watch = client.watch(UNKNOWN, { resourceVersion: '1', timeoutSeconds: 1, signal });
    await expect(Array.fromAsync(watch)).rejects.toMatchObject({ reason: 'NotFound' });
    await expect(client.list({ ...canaries, version: 'v0' }, { signal })).rejects.toMatchObject({
      reason: 'NotFound',
    });
  });
}
