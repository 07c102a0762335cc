import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { text, type Loose } from './api-caller.ts';
import { configMap } from './objects.ts';
import { defineWidgets, newGroup } from './widgets.ts';

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
  });
}
