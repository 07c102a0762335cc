import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { APPLY, JSON_PATCH, MERGE, type ApiCaller, type Loose } from './api-caller.ts';
import { configMap, deployment } from './objects.ts';

/** The managers of an object: who, how and which fields, without times. */
function managersOf(object: Loose): unknown[] {
  const entries = (object['metadata']?.['managedFields'] ?? []) as unknown as Loose[];
  return entries.map(({ manager, operation, subresource, fieldsV1 }) => ({
    manager,
    operation,
    ...(subresource === undefined ? {} : { subresource }),
    fields: fieldsV1,
  }));
}

function applier(api: ApiCaller, path: string, identity: object) {
  return (manager: string, rest: object, query = '') =>
    api.patch(`${path}?fieldManager=${manager}${query}`, APPLY, { ...identity, ...rest });
}

const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };

export function managedFieldsContract(use: UseCaller): void {
  describe('managed fields', () => {
    const start = async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`;
      return { api, path, apply: applier(api, `${path}/a`, CONFIG_MAP) };
    };

    test('say what a create set, entry for entry', async () => {
      const { api, path } = await start();
      const made = await api.post(
        `${path}?fieldManager=maker`,
        configMap('a', { x: '1' }, { l: '1' }),
      );
      const [entry] = made.body['metadata']?.['managedFields'] as unknown as Loose[];
      expect(entry).toMatchObject({ apiVersion: 'v1', fieldsType: 'FieldsV1' });
      expect(entry?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(managersOf(made.body)).toEqual([
        {
          manager: 'maker',
          operation: 'Update',
          fields: {
            'f:data': { '.': {}, 'f:x': {} },
            'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
          },
        },
      ]);
    });

    test('follow updates and patches; a manager loses what another one changes', async () => {
      const { api, path } = await start();
      await api.post(`${path}?fieldManager=maker`, configMap('a', { x: '1', y: '1' }));
      const patched = await api.patch(`${path}/a?fieldManager=patcher`, MERGE, {
        data: { x: '2' },
      });
      expect(managersOf(patched.body)).toEqual([
        { manager: 'maker', operation: 'Update', fields: { 'f:data': { '.': {}, 'f:y': {} } } },
        { manager: 'patcher', operation: 'Update', fields: { 'f:data': { 'f:x': {} } } },
      ]);
      const removed = await api.patch(`${path}/a?fieldManager=maker`, MERGE, { data: { x: null } });
      expect(managersOf(removed.body)).toEqual([
        { manager: 'maker', operation: 'Update', fields: { 'f:data': { '.': {}, 'f:y': {} } } },
      ]);
    });

    test('of an apply are what it applied, without defaults', async () => {
      const { api } = use();
      const path = `/apis/apps/v1/namespaces/${await api.namespace()}/deployments/d`;
      const container = { name: 'app', image: 'app:1', ports: [{ containerPort: 80 }] };
      const applied = await applier(api, path, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd', labels: { l: '1' } },
      })('m', {
        spec: {
          selector: { matchLabels: { app: 'd' } },
          template: {
            metadata: { labels: { app: 'd' } },
            spec: { containers: [container], nodeSelector: { disk: 'ssd' } },
          },
        },
      });
      expect(applied.status).toBe(201);
      const port = 'k:{"containerPort":80,"protocol":"TCP"}';
      expect(managersOf(applied.body)).toEqual([
        {
          manager: 'm',
          operation: 'Apply',
          fields: {
            'f:metadata': { 'f:labels': { 'f:l': {} } },
            'f:spec': {
              'f:selector': {},
              'f:template': {
                'f:metadata': { 'f:labels': { 'f:app': {} } },
                'f:spec': {
                  'f:containers': {
                    'k:{"name":"app"}': {
                      '.': {},
                      'f:image': {},
                      'f:name': {},
                      'f:ports': { [port]: { '.': {}, 'f:containerPort': {} } },
                    },
                  },
                  'f:nodeSelector': {},
                },
              },
            },
          },
        },
      ]);
    });

    test('of a created Deployment name the defaults too', async () => {
      const { api } = use();
      const path = `/apis/apps/v1/namespaces/${await api.namespace()}/deployments`;
      const made = await api.post(`${path}?fieldManager=m`, deployment('d'));
      const [entry] = managersOf(made.body) as { fields: Loose }[];
      const spec = entry?.fields['f:spec'];
      expect(spec).toMatchObject({
        'f:progressDeadlineSeconds': {},
        'f:replicas': {},
        'f:revisionHistoryLimit': {},
        'f:selector': {},
        'f:strategy': {
          'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} },
          'f:type': {},
        },
      });
      expect(spec).not.toHaveProperty(['.']);
      const containers = spec?.['f:template']?.['f:spec']?.['f:containers'];
      expect(containers?.['k:{"name":"app"}']).toMatchObject({
        '.': {},
        'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
        'f:image': {},
        'f:imagePullPolicy': {},
        'f:name': {},
        'f:resources': {},
        'f:terminationMessagePath': {},
        'f:terminationMessagePolicy': {},
      });
    });

    test('an apply conflicts with managers of updates and with other appliers, and says so', async () => {
      const { api, path, apply } = await start();
      await api.post(`${path}?fieldManager=maker`, configMap('a', { x: '1', y: '1' }));
      const one = await apply('one', { data: { x: '2' } });
      expect(one.body).toMatchObject({
        code: 409,
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "maker" using v1: .data.x',
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "maker" using v1',
              field: '.data.x',
            },
          ],
        },
      });
      expect((await apply('one', { data: { z: '1' } })).status).toBe(200);
      const two = await apply('two', { data: { x: '9', y: '9', z: '9' } });
      expect(two.body['message']).toBe(
        [
          'Apply failed with 3 conflicts: conflicts with "maker" using v1:',
          '- .data.x',
          '- .data.y',
          'conflicts with "one":',
          '- .data.z',
        ].join('\n'),
      );
      const forced = await apply('two', { data: { x: '9', z: '9' } }, '&force=true');
      expect(managersOf(forced.body)).toEqual([
        {
          manager: 'two',
          operation: 'Apply',
          fields: { 'f:data': { 'f:x': {}, 'f:z': {} } },
        },
        { manager: 'maker', operation: 'Update', fields: { 'f:data': { '.': {}, 'f:y': {} } } },
      ]);
    });

    test('a field is shared while its appliers agree, and goes with the last of them', async () => {
      const { apply } = await start();
      await apply('one', { data: { x: '1', y: '1' } });
      const shared = await apply('two', { data: { x: '1' } });
      expect(managersOf(shared.body)).toHaveLength(2);
      const left = await apply('one', { data: { y: '1' } });
      expect(left.body['data']).toEqual({ x: '1', y: '1' });
      const gone = await apply('two', {});
      expect(gone.body['data']).toEqual({ y: '1' });
      expect(managersOf(gone.body)).toEqual([
        { manager: 'one', operation: 'Apply', fields: { 'f:data': { 'f:y': {} } } },
      ]);
    });

    test('what an update changed is no longer the applier’s, and stays when it stops applying', async () => {
      const { api, path, apply } = await start();
      await apply('one', { data: { x: '1', y: '1' } });
      await api.patch(`${path}/a?fieldManager=hand`, MERGE, { data: { x: '2' } });
      const again = await apply('one', { data: { x: '1', y: '1' } });
      expect(again.body['message']).toBe(
        'Apply failed with 1 conflict: conflict with "hand" using v1: .data.x',
      );
      const dropped = await apply('one', { data: { y: '1' } });
      expect(dropped.body['data']).toEqual({ x: '2', y: '1' });
    });

    test('an entry of a keyed list goes with its defaults when nobody applies it', async () => {
      const { api } = use();
      const path = `/apis/apps/v1/namespaces/${await api.namespace()}/deployments/d`;
      const apply = applier(api, path, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
      });
      const pods = (containers: object[]) => ({
        spec: {
          selector: { matchLabels: { app: 'd' } },
          template: { metadata: { labels: { app: 'd' } }, spec: { containers } },
        },
      });
      const app = { name: 'app', image: 'app:1' };
      await apply('m', pods([app, { name: 'side', image: 'side:1' }]));
      const less = await apply('m', pods([app]));
      const spec = less.body['spec']?.['template']?.['spec'];
      expect(spec?.['containers']).toMatchObject([
        { name: 'app', imagePullPolicy: 'IfNotPresent' },
      ]);
      expect(spec?.['containers']).toHaveLength(1);
    });

    test('an apply that changes nothing is no write', async () => {
      const { apply } = await start();
      const first = await apply('one', { data: { x: '1' } });
      const second = await apply('one', { data: { x: '1' } });
      expect(second.body['metadata']).toEqual(first.body['metadata']);
    });

    test('of a subresource stand apart', async () => {
      const { api } = use();
      const path = `/apis/apps/v1/namespaces/${await api.namespace()}/deployments`;
      await api.post(`${path}?fieldManager=maker`, deployment('d'));
      const status = await api.patch(`${path}/d/status?fieldManager=keeper`, MERGE, {
        status: { observedGeneration: 1 },
      });
      const entries = managersOf(status.body) as { manager: string }[];
      expect(entries.find(({ manager }) => manager === 'keeper')).toEqual({
        manager: 'keeper',
        operation: 'Update',
        subresource: 'status',
        fields: { 'f:status': { 'f:observedGeneration': {} } },
      });
    });

    test('are reset by a list with an empty entry', async () => {
      const { api, path, apply } = await start();
      await api.post(`${path}?fieldManager=maker`, configMap('a', { x: '1' }));
      const reset = await api.patch(`${path}/a`, MERGE, { metadata: { managedFields: [{}] } });
      expect(managersOf(reset.body)).toEqual([]);
      const applied = await apply('one', { data: { x: '2' } });
      expect(applied.body['message']).toBe(
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x',
      );
    });

    test('can be rewritten by a patch, as kubectl does to take over from apply of old', async () => {
      const { api, path, apply } = await start();
      const made = await api.post(`${path}?fieldManager=old`, configMap('a', { x: '1' }));
      const [entry] = made.body['metadata']?.['managedFields'] as unknown as Loose[];
      await api.patch(`${path}/a?fieldManager=other`, JSON_PATCH, [
        {
          op: 'replace',
          path: '/metadata/managedFields',
          value: [{ ...entry, manager: 'new', operation: 'Apply' }],
        },
      ]);
      const applied = await apply('new', { data: { y: '1' } });
      expect(applied.body['data']).toEqual({ y: '1' });
    });

    test('a configuration may not state them', async () => {
      const { apply } = await start();
      const refused = await apply('one', {
        metadata: { name: 'a', managedFields: [{ manager: 'one' }] },
      });
      expect(refused.body).toMatchObject({
        code: 400,
        message: 'metadata.managedFields must be nil',
      });
    });
  });
}
