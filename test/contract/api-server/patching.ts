import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { APPLY, JSON_PATCH, MERGE, STRATEGIC, text } from './api-caller.ts';
import { configMap, deployment } from './objects.ts';
import { defineWidgets, newGroup } from './widgets.ts';

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

    test('an apply patch of other types than the schema says is 500, by place', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const maps = `/api/v1/namespaces/${ns}/configmaps/a?fieldManager=m`;
      const deployments = `/apis/apps/v1/namespaces/${ns}/deployments/a?fieldManager=m`;
      const typed = 'failed to create typed patch object';
      const said = async (path: string, body: object): Promise<string> => {
        const answer = await api.patch(path, APPLY, body);
        expect(answer.status, answer.text).toBe(500);
        expect(answer.body).not.toHaveProperty('reason');
        return text(answer.body, 'message');
      };
      const map = (data: unknown) => ({ ...configMap('a'), data });
      for (const [data, why] of [
        ['x', '.data: expected map, got &{x}'],
        [['x', 1], '.data: expected map, got &{[x 1]}'],
        [{ a: 1 }, '.data.a: expected string, got &value.valueUnstructured{Value:1}'],
        [
          { a: { b: ['c', true] } },
          '.data.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"b":[]interface {}{"c", true}}}',
        ],
      ] as const) {
        expect(await said(maps, map(data))).toBe(`${typed} (/a; /v1, Kind=ConfigMap): ${why}`);
      }
      const both = { ...map('x'), immutable: 'y' };
      expect(linesOf(await said(maps, both))).toEqual(
        linesOf(
          `${typed} (/a; /v1, Kind=ConfigMap): errors:\n  .data: expected map, got &{x}\n  .immutable: expected boolean, got &{y}`,
        ),
      );
      expect((await api.patch(maps, APPLY, map({ a: null }))).status).toBe(201);
      expect(await said(maps, map('x'))).toBe(
        `${typed} (/a; /v1, Kind=ConfigMap): .data: expected map, got &{x}`,
      );
      const converted = 'failed to convert new object';
      const bytes = { ...configMap('a'), binaryData: { a: '??' } };
      expect(await said(maps, bytes)).toBe(
        `${converted} (/a; /v1, Kind=ConfigMap) to proper version: unable to convert unstructured object to /v1, Kind=ConfigMap: error decoding from json: illegal base64 data at input byte 0`,
      );
      const { spec, ...rest } = deployment('a');
      const withContainers = (containers: unknown) => {
        const template = { ...spec.template, spec: { containers } };
        return { ...rest, spec: { ...spec, template } };
      };
      const at = '.spec.template.spec.containers';
      for (const [body, why] of [
        [
          { ...rest, spec: { replicas: '2' } },
          '.spec.replicas: expected numeric (int or float), got string',
        ],
        [withContainers({ name: 'a' }), `${at}: expected list, got &{map[name:a]}`],
        [
          withContainers(['x']),
          `${at}: element 0: associative list with keys may not have non-map elements`,
        ],
        [
          withContainers([{ name: 'a' }, { name: 'a' }]),
          `${at}: duplicate entries for key [name="a"]`,
        ],
        [
          withContainers([{ name: 'a', ports: [{ containerPort: '80' }] }]),
          `${at}[name="a"].ports[containerPort="80",protocol="TCP"].containerPort: expected numeric (int or float), got string`,
        ],
        [
          withContainers([{ name: 'a', args: ['b', 1] }]),
          `${at}[name="a"].args[1]: expected string, got &value.valueUnstructured{Value:1}`,
        ],
      ] as const) {
        expect(await said(deployments, body)).toBe(
          `${typed} (/a; apps/v1, Kind=Deployment): ${why}`,
        );
      }
      expect(await said(deployments, { ...rest, spec: { replicas: 1.5 } })).toBe(
        `${converted} (/a; apps/v1, Kind=Deployment) to proper version: unable to convert unstructured object to apps/v1, Kind=Deployment: cannot convert float64 to int32`,
      );
    });

    test('an apply patch of a custom resource is checked against its schema first', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const group = newGroup();
      await defineWidgets(api, group);
      const path = `/apis/${group}/v1/namespaces/${ns}/widgets/a?fieldManager=m&dryRun=All`;
      for (const [spec, why] of [
        ['x', '.spec: expected map, got &{x}'],
        [{ size: 'x' }, '.spec.size: expected numeric (int or float), got string'],
        [
          { size: 1, steps: [{ name: 1 }] },
          '.spec.steps[name=1].name: expected string, got &value.valueUnstructured{Value:1}',
        ],
        [{ size: 1, free: 'x' }, '.spec.free: expected map, got &{x}'],
        [
          { size: 'x', max: 'y' },
          'errors:\n  .spec.max: expected numeric (int or float), got string\n  .spec.size: expected numeric (int or float), got string',
        ],
      ] as const) {
        const body = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'a' }, spec };
        const answer = (await api.patch(path, APPLY, body)).body;
        const wanted = `failed to create typed patch object (/a; ${group}/v1, Kind=Widget): ${why}`;
        expect(answer['code']).toBe(500);
        expect(linesOf(text(answer, 'message'))).toEqual(linesOf(wanted));
      }
    });
  });
}

/** The lines of a message in one order: several errors come in that of a Go map, a different one each time. */
function linesOf(message: string): string[] {
  return message.split('\n').sort();
}
