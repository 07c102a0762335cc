import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { text, type Loose } from './api-caller.ts';
import { configMap } from './objects.ts';
import { defineWidgets, newGroup } from './widgets.ts';

const END = 'k8s.io/initial-events-end';

export function watchContract(use: UseCaller): void {
  describe('watches', () => {
    test('start with what there is, then follow', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const only = 'labelSelector=w';
      await api.post(path, configMap('a', {}, { w: '1' }));
      const watch = await api.watch(`${path}?watch=true&${only}`);
      expect(watch.status).toBe(200);
      expect(await watch.nextName()).toBe('ADDED a');
      await api.post(path, configMap('b', {}, { w: '1' }));
      expect(await watch.nextName()).toBe('ADDED b');
      await api.put(`${path}/b`, configMap('b', { n: '1' }, { w: '1' }));
      expect(await watch.nextName()).toBe('MODIFIED b');
      await api.delete(`${path}/a`);
      expect(await watch.nextName()).toBe('DELETED a');
      await watch.stop();
    });

    test('resume after a resourceVersion without gap or repetition', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const first = (await api.post(path, configMap('a'))).body;
      await api.post(path, configMap('b'));
      const version = text(first, 'metadata', 'resourceVersion');
      const watch = await api.watch(`${path}?watch=true&resourceVersion=${version}`);
      const seen: string[] = [];
      while (!seen.includes('ADDED b')) seen.push(await watch.nextName());
      expect(seen).not.toContain('ADDED a');
      await watch.stop();
    });

    test('show an object that enters or leaves the selection as added or deleted', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a', {}, { on: 'no' }));
      const { body } = await api.get(path);
      const version = text(body, 'metadata', 'resourceVersion');
      const watch = await api.watch(
        `${path}?watch=true&labelSelector=on%3Dyes&resourceVersion=${version}`,
      );
      await api.put(`${path}/a`, configMap('a', {}, { on: 'yes' }));
      expect(await watch.nextName()).toBe('ADDED a');
      const left = (await api.put(`${path}/a`, configMap('a', {}, { on: 'no' }))).body;
      const event = await watch.next();
      expect(event?.['type']).toBe('DELETED');
      expect(event?.['object']?.['metadata']?.['resourceVersion']).toBe(
        left['metadata']?.['resourceVersion'],
      );
      await watch.stop();
    });

    test('of a revision that is forgotten end with 410 in the stream', async ({ skip }) => {
      const { api, server } = use();
      if (server.forgetHistory === undefined) return skip();
      const ns = await api.namespace();
      // A new kind: no cache of the server holds what was before it.
      const group = newGroup();
      await defineWidgets(api, group);
      const path = `/apis/${group}/v1/namespaces/${ns}/widgets`;
      await server.forgetHistory();
      const watch = await api.watch(`${path}?watch=true&resourceVersion=1`);
      expect(await watch.next()).toMatchObject({
        type: 'ERROR',
        object: { kind: 'Status', code: 410, reason: 'Expired' },
      });
      expect(await watch.next()).toBeUndefined();
    });

    test('end after timeoutSeconds', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const watch = await api.watch(
        `/api/v1/namespaces/${ns}/secrets?watch=true&timeoutSeconds=1&allowWatchBookmarks=true`,
      );
      let event: Loose | undefined;
      do event = await watch.next();
      while (event !== undefined);
      expect(event).toBeUndefined();
    });

    test('bring a bookmark after the initial events when they are asked for', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a', {}, { w: '1' }));
      const watch = await api.watch(
        `${path}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=w`,
      );
      expect(await watch.nextName()).toBe('ADDED a');
      expect(await watch.next()).toMatchObject({
        type: 'BOOKMARK',
        object: {
          kind: 'ConfigMap',
          metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
        },
      });
      await watch.stop();
    });

    test('say by resourceVersion and sendInitialEvents what they start with', async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`;
      await api.post(path, configMap('a', {}, { w: '1' }));
      await api.post(path, configMap('b', {}, { w: '1' }));
      const version = text((await api.get(path)).body, 'metadata', 'resourceVersion');
      const both = ['ADDED a', 'ADDED b'];
      const initial = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
      const none = 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
      const marked = [...both, 'BOOKMARK end'];
      await Promise.all(
        (
          [
            ['', both],
            ['resourceVersion=0', both],
            [`resourceVersion=${version}`, []],
            ['resourceVersion=99999999999', []],
            ['allowWatchBookmarks=true', marked],
            ['resourceVersion=0&allowWatchBookmarks=', marked],
            ['allowWatchBookmarks=False', both],
            [initial, both],
            [`${initial}&resourceVersion=0&allowWatchBookmarks=true`, marked],
            [`${initial}&resourceVersion=${version}&allowWatchBookmarks=true`, marked],
            [none, []],
            [`${none}&resourceVersion=0`, []],
            [`${none}&resourceVersion=${version}`, []],
          ] as const
        ).map(async ([query, expected]) => {
          const watch = await api.watch(
            `${path}?watch=1&timeoutSeconds=1&labelSelector=w&${query}`,
          );
          const seen: string[] = [];
          for (let event = await watch.next(); event !== undefined; event = await watch.next()) {
            if (text(event, 'type') !== 'BOOKMARK') {
              seen.push(`${text(event, 'type')} ${text(event, 'object', 'metadata', 'name')}`);
            } else if (text(event, 'object', 'metadata', 'annotations', END) === 'true') {
              seen.push('BOOKMARK end');
            }
          }
          expect(seen, query).toEqual(expected);
        }),
      );
    });

    test('with options that do not go together are refused', async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps?watch=1&timeoutSeconds=1`;
      const field = 'resourceVersionMatch';
      const requires =
        'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
      const unless =
        'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
      const other = 'Unsupported value: "Exact": supported values: "NotOlderThan"';
      const withContinue = 'Forbidden: resourceVersionMatch is forbidden when continue is provided';
      for (const [query, causes] of [
        ['sendInitialEvents=true', [requires]],
        ['sendInitialEvents=false', [requires]],
        ['sendInitialEvents=true&resourceVersionMatch=Exact', [requires, other]],
        ['resourceVersionMatch=NotOlderThan', [unless]],
        ['resourceVersionMatch=Exact&resourceVersion=1', [unless, other]],
        ['continue=x', [withContinue]],
      ] as const) {
        const list = causes.map((cause) => `${field}: ${cause}`).join(', ');
        const message = causes.length === 1 ? list : `[${list}]`;
        expect((await api.get(`${path}&${query}`)).body, query).toMatchObject({
          code: 422,
          reason: 'Invalid',
          message: `ListOptions.meta.k8s.io "" is invalid: ${message}`,
          details: { causes: causes.map((cause) => ({ message: cause, field })) },
        });
      }
    });

    test('of a resourceVersion that is none or yet to come are refused', async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`;
      const bad = await api.get(`${path}?watch=1&timeoutSeconds=1&resourceVersion=x`);
      expect(bad.body).toMatchObject({
        code: 500,
        message:
          'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
      });
      const watch = await api.watch(
        `${path}?watch=1&timeoutSeconds=5&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999999999`,
      );
      expect(await watch.next()).toMatchObject({
        type: 'ERROR',
        object: {
          code: 504,
          reason: 'Timeout',
          details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
        },
      });
      await watch.stop();
    });

    test('are of collections: a name with watch is a get', async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`;
      await api.post(path, configMap('a'));
      expect((await api.get(`${path}/a?watch=true`)).body['kind']).toBe('ConfigMap');
    });
  });
}
