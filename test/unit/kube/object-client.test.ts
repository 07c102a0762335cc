import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import {
  configMap,
  never,
  scriptedTransport,
  status,
  type ScriptedAnswer,
} from './scripted-transport.ts';

const { configMaps, canaries, namespaces } = RESOURCES;
const signal = never;
const key = { namespace: 'test', name: 'a' };

function clientOf(answer: ScriptedAnswer | Error) {
  const { transport, seen } = scriptedTransport(() => answer);
  return { client: createObjectClient({ transport, fieldManager: 'sluice-test' }), seen };
}

const object = configMap('a', '7');

describe('what is asked', () => {
  it('reads an object of the core group by its path', async () => {
    const { client, seen } = clientOf({ body: object });
    await expect(client.get(configMaps, key, { signal })).resolves.toEqual(object);
    expect(seen).toMatchObject([
      { method: 'GET', path: '/api/v1/namespaces/test/configmaps/a', query: {}, body: undefined },
    ]);
  });

  it('reads cluster-scoped objects and named groups', async () => {
    const { client, seen } = clientOf({ body: object });
    await client.get(namespaces, { name: 'test' }, { signal });
    await client.get(canaries, key, { signal });
    expect(seen.map(({ path }) => path)).toEqual([
      '/api/v1/namespaces/test',
      '/apis/flagger.app/v1beta1/namespaces/test/canaries/a',
    ]);
  });

  it('lists one namespace or all, page by page, filtered', async () => {
    const page = {
      metadata: { resourceVersion: '9', continue: 'more' },
      items: [{ metadata: { name: 'a' } }],
    };
    const { client, seen } = clientOf({ body: page });
    const list = await client.list(configMaps, { labelSelector: 'a=b,c', limit: 2, signal });
    await client.list(configMaps, {
      namespace: 'test',
      fieldSelector: 'metadata.name=a',
      continueToken: 'x',
      signal,
    });
    expect(list).toEqual({
      items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }],
      resourceVersion: '9',
      continueToken: 'more',
    });
    expect(seen).toMatchObject([
      { path: '/api/v1/configmaps', query: { labelSelector: 'a=b,c', limit: '2' } },
      {
        path: '/api/v1/namespaces/test/configmaps',
        query: { fieldSelector: 'metadata.name=a', continue: 'x' },
      },
    ]);
  });

  it('takes a list without items for an empty one', async () => {
    const { client } = clientOf({ body: { metadata: { resourceVersion: '9' }, items: null } });
    await expect(client.list(configMaps, { signal })).resolves.toEqual({
      items: [],
      resourceVersion: '9',
    });
  });

  it('creates and replaces with its field manager, and as a dry run', async () => {
    const { client, seen } = clientOf({ body: object });
    await client.create(configMaps, object, { signal, dryRun: true });
    await client.replace(configMaps, object, { signal });
    await client.replaceStatus(configMaps, object, { signal });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/namespaces/test/configmaps',
        query: { fieldManager: 'sluice-test', dryRun: 'All' },
        body: object,
      },
      {
        method: 'PUT',
        path: '/api/v1/namespaces/test/configmaps/a',
        query: { fieldManager: 'sluice-test' },
      },
      { method: 'PUT', path: '/api/v1/namespaces/test/configmaps/a/status' },
    ]);
  });

  it.each([
    [{ type: 'merge', body: { data: {} } } as const, 'application/merge-patch+json', undefined],
    [{ type: 'json', body: [] } as const, 'application/json-patch+json', undefined],
    [{ type: 'apply', body: object } as const, 'application/apply-patch+yaml', undefined],
    [{ type: 'apply', body: object, force: true } as const, 'application/apply-patch+yaml', 'true'],
  ])('patches by %j', async (patch, contentType, force) => {
    const { client, seen } = clientOf({ body: object });
    await client.patch(configMaps, key, patch, { signal, subresource: 'scale' });
    expect(seen[0]).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/namespaces/test/configmaps/a/scale',
      headers: { 'content-type': contentType },
      body: patch.body,
    });
    expect(seen[0]?.query['force']).toBe(force);
    expect(seen[0]?.query['fieldManager']).toBe('sluice-test');
  });

  it('deletes with preconditions in the body', async () => {
    const { client, seen } = clientOf({ body: { kind: 'Status', status: 'Success' } });
    const done = await client.delete(configMaps, key, {
      signal,
      uid: 'u',
      resourceVersion: '7',
      propagation: 'Foreground',
      dryRun: true,
    });
    expect(done).toBe(true);
    expect(seen[0]).toMatchObject({
      method: 'DELETE',
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid: 'u', resourceVersion: '7' },
        propagationPolicy: 'Foreground',
        dryRun: ['All'],
      },
    });
  });
});

describe('what is refused before it is asked', () => {
  const { client, seen } = clientOf({ body: object });
  const noNamespace: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };

  it.each([
    ['an empty name', () => client.get(configMaps, { namespace: 'test', name: '' }, { signal })],
    [
      'a name that is a path',
      () => client.get(configMaps, { namespace: 'test', name: 'a/b' }, { signal }),
    ],
    [
      'a namespace that goes up',
      () => client.get(configMaps, { namespace: '..', name: 'a' }, { signal }),
    ],
    [
      'an encoded slash',
      () => client.get(configMaps, { namespace: 'a%2fb', name: 'a' }, { signal }),
    ],
    ['a missing namespace', () => client.get(configMaps, { name: 'a' }, { signal })],
    ['creation without a namespace', () => client.create(configMaps, noNamespace, { signal })],
    [
      'a status without resourceVersion',
      () => client.replaceStatus(configMaps, { ...noNamespace, metadata: key }, { signal }),
    ],
  ])('%s', async (_title, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'ClusterError', reason: 'BadRequest' });
    expect(seen).toEqual([]);
  });

  it('anything once the signal has aborted', async () => {
    const aborted = AbortSignal.abort(new Error('over'));
    await expect(client.get(configMaps, key, { signal: aborted })).rejects.toThrow('over');
    expect(seen).toEqual([]);
  });
});

describe('failures', () => {
  it.each([
    [400, 'BadRequest', 'BadRequest', false],
    [401, 'Unauthorized', 'Unauthorized', false],
    [403, 'Forbidden', 'Forbidden', false],
    [405, 'MethodNotAllowed', 'BadRequest', false],
    [409, 'AlreadyExists', 'AlreadyExists', false],
    [409, 'Conflict', 'Conflict', true],
    [410, 'Expired', 'Gone', true],
    [415, 'UnsupportedMediaType', 'BadRequest', false],
    [422, 'Invalid', 'Invalid', false],
    [429, 'TooManyRequests', 'TooManyRequests', true],
    [500, 'InternalError', 'ServerError', true],
    [503, 'ServiceUnavailable', 'ServerError', true],
    [504, 'Timeout', 'Timeout', true],
  ])('%i %s is %s', async (code, reason, expected, retryable) => {
    const { client } = clientOf(status(code, reason, 'said so'));
    await expect(client.create(configMaps, object, { signal })).rejects.toMatchObject({
      code: 'SLUICE_CLUSTER',
      reason: expected,
      status: code,
      retryable,
      message: 'create configmaps: said so',
    });
  });

  it.each([
    ['a header', { headers: { 'retry-after': '3' } }, 3000],
    ['a field', {}, 5000],
  ])('carry the wish for a later retry from %s', async (_title, more, expected) => {
    const { client } = clientOf({
      ...status(429, 'TooManyRequests', 'slow down', { details: { retryAfterSeconds: 5 } }),
      ...more,
    });
    const result = client.create(configMaps, object, { signal });
    await expect(result).rejects.toMatchObject({ retryAfterMs: expected });
  });

  it('are read from other bodies by their HTTP status', async () => {
    const { client } = clientOf({ status: 502, body: '<html>Bad Gateway</html>' });
    const result = client.get(configMaps, key, { signal });
    await expect(result).rejects.toMatchObject({
      reason: 'ServerError',
      message: 'get configmaps: HTTP 502',
    });
  });

  it('have a bounded message', async () => {
    const { client } = clientOf(status(403, 'Forbidden', 'x'.repeat(5000)));
    const error: unknown = await client
      .create(configMaps, object, { signal })
      .catch((e: unknown) => e);
    expect((error as Error).message.length).toBeLessThanOrEqual(1024);
  });

  it.each([
    ['no JSON', '{"metadata":'],
    ['no object', '[]'],
    ['null', 'null'],
  ])('of an answer that is %s', async (_title, body) => {
    const { client } = clientOf({ body });
    await expect(client.get(configMaps, key, { signal })).rejects.toMatchObject({
      reason: 'ServerError',
    });
    await expect(client.list(configMaps, { signal })).rejects.toMatchObject({
      reason: 'ServerError',
    });
  });

  it('of the transport pass through', async () => {
    const { client } = clientOf(new Error('torn'));
    await expect(client.get(configMaps, key, { signal })).rejects.toThrow('torn');
  });
});

describe('what is not there', () => {
  const absent = status(404, 'NotFound', 'configmaps "a" not found', {
    details: { name: 'a', kind: 'configmaps' },
  });

  it('is a value for get and delete', async () => {
    const { client } = clientOf(absent);
    await expect(client.get(configMaps, key, { signal })).resolves.toBeUndefined();
    await expect(client.delete(configMaps, key, { signal })).resolves.toBe(false);
  });

  it('is an error for everything else', async () => {
    const { client } = clientOf(absent);
    const expected = { reason: 'NotFound' };
    await expect(client.replace(configMaps, object, { signal })).rejects.toMatchObject(expected);
    await expect(client.list(configMaps, { signal })).rejects.toMatchObject(expected);
    const patch = client.patch(configMaps, key, { type: 'merge', body: {} }, { signal });
    await expect(patch).rejects.toMatchObject(expected);
  });

  it.each([
    ['text', { status: 404, body: '404 page not found\n' }],
    ['Status', status(404, 'NotFound', 'the server could not find the requested resource')],
  ])('is an error for get when it is the resource itself (%s)', async (_title, answer) => {
    const { client } = clientOf(answer);
    await expect(client.get(canaries, key, { signal })).rejects.toMatchObject({
      reason: 'NotFound',
    });
  });
});
