import { beforeAll, describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { APPLY, MERGE, STRATEGIC, eventually, type Loose } from './api-caller.ts';
import { widgetDefinition } from './objects.ts';
import { defineWidgets, newGroup, widget as makeWidget } from './widgets.ts';

const GROUP = newGroup();
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const widget = (name: string, spec: object) => makeWidget(GROUP, name, spec);

export function customResourceContract(use: UseCaller): void {
  describe('custom resources', () => {
    beforeAll(async () => {
      const { api } = use();
      await defineWidgets(api, GROUP);
    });

    const collection = (ns: string): string => `/apis/${GROUP}/v1/namespaces/${ns}/widgets`;

    test('are found by discovery', async () => {
      const { api } = use();
      const { body } = await api.get(`/apis/${GROUP}/v1`);
      expect(body['groupVersion']).toBe(`${GROUP}/v1`);
      const names = (body['resources'] as unknown as Loose[]).map((entry) => entry['name']);
      expect(names.map(String).sort()).toEqual(['widgets', 'widgets/scale', 'widgets/status']);
    });

    test('get their defaults and lose unknown fields', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const created = await api.post(
        `${collection(ns)}?fieldValidation=Ignore`,
        widget('a', { size: 3, sise: 4, free: { any: 1 }, steps: [{ name: 's', x: 1 }] }),
      );
      expect(created.status).toBe(201);
      expect(created.body['spec']).toEqual({
        size: 3,
        replicas: 1,
        mode: 'fast',
        free: { any: 1 },
        steps: [{ name: 's', weight: 10 }],
      });
    });

    test('unknown fields are refused, warned of or ignored as the writer wishes', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const bad = widget('a', { size: 3, sise: 4 });
      const strict = await api.post(`${collection(ns)}?fieldValidation=Strict`, bad);
      expect(strict.body).toMatchObject({
        code: 400,
        reason: 'BadRequest',
        message:
          'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.sise"',
      });
      const warned = await api.post(`${collection(ns)}?fieldValidation=Warn`, bad);
      expect(warned.status).toBe(201);
      expect(warned.headers['warning']).toBe(String.raw`299 - "unknown field \"spec.sise\""`);
      const ignored = await api.post(
        `${collection(ns)}?fieldValidation=Ignore`,
        widget('b', { size: 3, sise: 4 }),
      );
      expect(ignored.headers['warning']).toBeUndefined();
    });

    test.each([
      [{}, 'spec.size: Required value'],
      [{ size: '3' }, 'spec.size in body must be of type integer: "string"'],
      [{ size: 0 }, 'spec.size in body should be greater than or equal to 1'],
      [{ size: 101 }, 'spec.size in body should be less than or equal to 100'],
      [
        { size: 1, mode: 'odd' },
        'spec.mode: Unsupported value: "odd": supported values: "fast", "slow"',
      ],
      [{ size: 1, name: 'ABC' }, "spec.name in body should match '^[a-z]+$'"],
      [{ size: 1, name: 'abcdefghi' }, 'spec.name: Too long: may not be more than 8 bytes'],
      [{ size: 1, steps: [{}] }, 'spec.steps[0].name: Required value'],
      [
        { size: 1, steps: [{ name: 'a' }, { name: 'a' }] },
        'spec.steps[1]: Duplicate value: {"name":"a"}',
      ],
      [{ size: 1, port: true }, 'spec.port'],
    ])('the schema holds: %j', async (spec, problem) => {
      const { api } = use();
      const ns = await api.namespace();
      const refused = await api.post(collection(ns), widget('a', spec));
      expect(refused.status).toBe(422);
      expect(refused.body['reason']).toBe('Invalid');
      expect(refused.body['message']).toContain(`Widget.${GROUP} "a" is invalid: `);
      expect(refused.body['message']).toContain(problem);
    });

    test('an int-or-string takes both', async () => {
      const { api } = use();
      const ns = await api.namespace();
      expect((await api.post(collection(ns), widget('a', { size: 1, port: 80 }))).status).toBe(201);
      expect((await api.post(collection(ns), widget('b', { size: 1, port: 'web' }))).status).toBe(
        201,
      );
    });

    test('rules hold, transition rules on updates only', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const refused = await api.post(collection(ns), widget('a', { size: 5, max: 3 }));
      expect(refused.status).toBe(422);
      expect(refused.body['message']).toContain('spec: Invalid value: size must');
      expect(refused.body['message']).toContain('size must not exceed max');
      await api.post(collection(ns), widget('a', { size: 1, owner: 'me' }));
      const moved = await api.patch(`${collection(ns)}/a`, MERGE, { spec: { owner: 'you' } });
      expect(moved.status).toBe(422);
      expect(moved.body['message']).toContain('spec.owner: Invalid value: ');
      expect(moved.body['message']).toContain('owner is immutable');
      const kept = await api.patch(`${collection(ns)}/a`, MERGE, { spec: { size: 2 } });
      expect(kept.status).toBe(200);
    });

    test('generation counts changes of the spec; status has its own endpoint', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const created = await api.post(collection(ns), {
        ...widget('a', { size: 1 }),
        status: { replicas: 3 },
      });
      expect(created.body).not.toHaveProperty('status');
      expect(created.body['metadata']?.['generation']).toBe(1);
      const path = `${collection(ns)}/a`;
      const status = await api.patch(`${path}/status`, MERGE, {
        spec: { size: 9 },
        status: { replicas: 2 },
      });
      expect(status.body).toMatchObject({
        metadata: { generation: 1 },
        spec: { size: 1 },
        status: { replicas: 2 },
      });
      const labelled = await api.patch(path, MERGE, { metadata: { labels: { a: 'b' } } });
      expect(labelled.body['metadata']?.['generation']).toBe(1);
      const grown = await api.patch(path, MERGE, { spec: { size: 2 }, status: { replicas: 8 } });
      expect(grown.body).toMatchObject({ metadata: { generation: 2 }, status: { replicas: 2 } });
    });

    test('a PUT must say which resourceVersion it replaces', async () => {
      const { api } = use();
      const ns = await api.namespace();
      await api.post(collection(ns), widget('a', { size: 1 }));
      const blind = await api.put(`${collection(ns)}/a`, widget('a', { size: 2 }));
      expect(blind.status).toBe(422);
      expect(blind.body['message']).toContain(
        'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      );
    });

    test('strategic merge patches are refused, apply merges keyed lists', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `${collection(ns)}/a`;
      await api.post(collection(ns), widget('a', { size: 1, steps: [{ name: 'x' }] }));
      const strategic = await api.patch(path, STRATEGIC, {});
      expect(strategic.status).toBe(415);
      expect(strategic.body['message']).toContain('application/merge-patch+json');
      const applied = await api.patch(
        `${path}?fieldManager=m`,
        APPLY,
        widget('a', { size: 1, steps: [{ name: 'y', weight: 5 }] }),
      );
      expect(applied.body['spec']?.['steps']).toEqual([
        { name: 'x', weight: 10 },
        { name: 'y', weight: 5 },
      ]);
    });

    test('printer columns make the Table', async () => {
      const { api } = use();
      const ns = await api.namespace();
      await api.post(collection(ns), widget('a', { size: 7 }));
      const status = { conditions: [{ type: 'Ready', status: 'True' }] };
      await api.patch(`${collection(ns)}/a/status`, MERGE, { status });
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      const table = (await api.get(collection(ns), { accept })).body;
      const columns = table['columnDefinitions'] as unknown as Loose[];
      expect(columns.map((column) => column['name'])).toEqual(['Name', 'Size', 'Ready']);
      expect(table['rows']).toMatchObject([{ cells: ['a', 7, 'True'] }]);
    });

    test('scale follows the paths of the definition', async () => {
      const { api } = use();
      const ns = await api.namespace();
      await api.post(collection(ns), widget('a', { size: 1 }));
      await api.patch(`${collection(ns)}/a/scale`, MERGE, { spec: { replicas: 4 } });
      const { body } = await api.get(`${collection(ns)}/a`);
      expect(body['spec']?.['replicas']).toBe(4);
    });

    test('a definition that is not sound is refused', async () => {
      const { api } = use();
      const misnamed = widgetDefinition('other.example.com');
      misnamed.metadata.name = 'gadgets.other.example.com';
      const refused = await api.post(DEFINITIONS, misnamed);
      expect(refused.status).toBe(422);
      expect(refused.body['message']).toContain('must be spec.names.plural+"."+spec.group');
    });

    test('deleting the definition deletes the objects', async () => {
      const { api } = use();
      const group = `gone-${GROUP}`;
      await api.post(DEFINITIONS, widgetDefinition(group));
      const ns = await api.namespace();
      const path = `/apis/${group}/v1/namespaces/${ns}/widgets`;
      await eventually(async () => (await api.get(path)).status === 200);
      const body = { ...widget('a', { size: 1 }), apiVersion: `${group}/v1` };
      expect((await api.post(path, body)).status).toBe(201);
      await api.delete(`${DEFINITIONS}/widgets.${group}`);
      await eventually(async () => (await api.get(path)).status === 404);
    });
  });
}
