import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { APPLY, JSON_PATCH, MERGE, STRATEGIC } from './api-caller.ts';
import { configMap, deployment } from './objects.ts';

export function patchContract(use: UseCaller): void {
  describe('patches', () => {
    test('merge: members are set, null removes', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a', { x: '1', y: '2' }));
      const patched = await api.patch(`${path}/a`, MERGE, { data: { x: null, z: '3' } });
      expect(patched.body['data']).toEqual({ y: '2', z: '3' });
      const stale = await api.patch(`${path}/a`, MERGE, {
        metadata: { resourceVersion: '1' },
        data: { q: '1' },
      });
      expect(stale.status).toBe(409);
      expect((await api.patch(`${path}/none`, MERGE, {})).status).toBe(404);
    });

    test('json: operations apply in order, a failed test refuses all of them', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a', { x: '1' }));
      const patched = await api.patch(`${path}/a`, JSON_PATCH, [
        { op: 'test', path: '/data/x', value: '1' },
        { op: 'replace', path: '/data/x', value: '2' },
        { op: 'add', path: '/data/y', value: '3' },
      ]);
      expect(patched.body['data']).toEqual({ x: '2', y: '3' });
      const refused = await api.patch(`${path}/a`, JSON_PATCH, [
        { op: 'replace', path: '/data/x', value: '9' },
        { op: 'test', path: '/data/y', value: 'other' },
      ]);
      expect(refused.status).toBe(422);
      expect((await api.get(`${path}/a`)).body['data']).toEqual({ x: '2', y: '3' });
    });

    test('strategic: lists merge by their keys', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/apis/apps/v1/namespaces/${ns}/deployments`;
      await api.post(path, deployment('d'));
      const patched = await api.patch(`${path}/d`, STRATEGIC, {
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'app', image: 'podinfo:2.0.0' },
                { name: 'side', $patch: 'delete' },
              ],
            },
          },
        },
      });
      expect(patched.status).toBe(200);
      const containers = patched.body['spec']?.['template']?.['spec']?.['containers'];
      expect(containers).toMatchObject([
        { name: 'app', image: 'podinfo:2.0.0', env: [{ name: 'A', value: '1' }] },
      ]);
      expect(containers).toHaveLength(1);
      expect(patched.body['metadata']?.['generation']).toBe(2);
    });

    test('of another media type are refused', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a'));
      const refused = await api.patch(`${path}/a`, 'application/json', {});
      expect(refused.status).toBe(415);
      expect(refused.body['reason']).toBe('UnsupportedMediaType');
    });

    test('apply creates, merges, and removes what its manager no longer applies', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps/a`;
      const apply = (data: object, query: string) =>
        api.patch(`${path}?${query}`, APPLY, {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'a' },
          data,
        });
      expect((await apply({ x: '1', y: '2' }, 'fieldManager=one')).status).toBe(201);
      const merged = await apply({ z: '3' }, 'fieldManager=two');
      expect(merged.status).toBe(200);
      expect(merged.body['data']).toEqual({ x: '1', y: '2', z: '3' });
      expect((await apply({ x: '1' }, 'fieldManager=one')).body['data']).toEqual({
        x: '1',
        z: '3',
      });
      const conflict = await apply({ x: '9' }, 'fieldManager=two');
      expect(conflict.status).toBe(409);
      expect(conflict.body['message']).toBe(
        'Apply failed with 1 conflict: conflict with "one": .data.x',
      );
      const forced = await apply({ x: '9' }, 'fieldManager=two&force=true');
      expect(forced.body['data']).toEqual({ x: '9' });
      expect((await apply({ x: '9' }, '')).status).toBe(422);
    });

    test('apply merges lists by their keys', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/apis/apps/v1/namespaces/${ns}/deployments/d`;
      await api.post(`/apis/apps/v1/namespaces/${ns}/deployments`, deployment('d'));
      const configuration = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        spec: { template: { spec: { containers: [{ name: 'third', image: 'third:1' }] } } },
      };
      const applied = await api.patch(`${path}?fieldManager=m`, APPLY, configuration);
      expect(applied.body['spec']?.['template']?.['spec']?.['containers']).toMatchObject([
        { name: 'app' },
        { name: 'side' },
        { name: 'third', image: 'third:1' },
      ]);
    });
  });
}
