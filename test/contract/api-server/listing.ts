import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { text, type Loose } from './api-caller.ts';
import { configMap } from './objects.ts';
import { defineWidgets, newGroup, widget } from './widgets.ts';

function names(list: Loose): string[] {
  return (list['items'] as unknown as Loose[]).map((item) => text(item, 'metadata', 'name'));
}

export function listingContract(use: UseCaller): void {
  describe('lists', () => {
    test('label and field selectors choose', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a', {}, { tier: 'web', env: 'prod' }));
      await api.post(path, configMap('b', {}, { tier: 'web' }));
      await api.post(path, configMap('c', {}, { tier: 'db', env: 'test' }));
      const chosen = async (selector: string): Promise<string[]> =>
        names((await api.get(`${path}?${selector}`)).body);
      const label = (selector: string): Promise<string[]> =>
        chosen(`labelSelector=${encodeURIComponent(`${selector},tier`)}`);
      expect(await label('tier=web')).toEqual(['a', 'b']);
      expect(await label('env!=prod')).toEqual(['b', 'c']);
      expect(await label('env in (prod,test)')).toEqual(['a', 'c']);
      expect(await label('env notin (prod)')).toEqual(['b', 'c']);
      expect(await label('!env')).toEqual(['b']);
      expect(await chosen('fieldSelector=metadata.name%3Db')).toEqual(['b']);
      const bad = await api.get(`${path}?fieldSelector=data.k%3Dv`);
      expect(bad.status).toBe(400);
      expect((await api.get(`${path}?labelSelector=%3D%3D`)).status).toBe(400);
    });

    test('pages show one revision whatever is written meanwhile', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const selector = 'labelSelector=page';
      for (const name of ['a', 'b', 'c', 'd', 'e']) {
        await api.post(path, configMap(name, {}, { page: 'x' }));
      }
      const first = (await api.get(`${path}?limit=2&${selector}`)).body;
      expect(names(first)).toEqual(['a', 'b']);
      await api.delete(`${path}/c`);
      await api.post(path, configMap('cc', {}, { page: 'x' }));
      const token = text(first, 'metadata', 'continue');
      const second = (await api.get(`${path}?limit=2&continue=${token}&${selector}`)).body;
      expect(names(second)).toEqual(['c', 'd']);
      expect(second['metadata']?.['resourceVersion']).toBe(first['metadata']?.['resourceVersion']);
      const rest = text(second, 'metadata', 'continue');
      const third = (await api.get(`${path}?limit=2&continue=${rest}&${selector}`)).body;
      expect(names(third)).toEqual(['e']);
      expect(third['metadata']).not.toHaveProperty('continue');
      expect((await api.get(`${path}?limit=2&continue=nonsense`)).status).toBe(400);
    });

    test('a continue token of a forgotten revision is 410', async ({ skip }) => {
      const { api, server } = use();
      if (server.forgetHistory === undefined) return skip();
      const ns = await api.namespace();
      // A new kind: no cache of the server holds what was before it.
      const group = newGroup();
      await defineWidgets(api, group);
      const path = `/apis/${group}/v1/namespaces/${ns}/widgets`;
      for (const name of ['a', 'b', 'c']) await api.post(path, widget(group, name, { size: 1 }));
      const first = (await api.get(`${path}?limit=1`)).body;
      await server.forgetHistory();
      const late = await api.get(
        `${path}?limit=1&continue=${server.aged(text(first, 'metadata', 'continue'))}`,
      );
      expect(late.body).toMatchObject({ code: 410, reason: 'Expired' });
    });

    test('a collection is deleted by selector', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a', {}, { gone: 'yes' }));
      await api.post(path, configMap('b', {}, { gone: 'no' }));
      expect((await api.delete(`${path}?labelSelector=gone%3Dyes`)).status).toBe(200);
      expect((await api.get(`${path}/a`)).status).toBe(404);
      expect((await api.get(`${path}/b`)).status).toBe(200);
    });

    test('a Table has a row an object, and columns', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a', { x: '1', y: '2' }));
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
      const table = (await api.get(`${path}/a`, { accept })).body;
      expect(table).toMatchObject({
        kind: 'Table',
        apiVersion: 'meta.k8s.io/v1',
        rows: [{ object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
      });
      const columns = table['columnDefinitions'] as unknown as Loose[];
      expect(columns.map((column) => column['name'])).toEqual(['Name', 'Data', 'Age']);
      const rows = table['rows'] as unknown as { cells: unknown[] }[];
      expect(rows[0]?.cells.slice(0, 2)).toEqual(['a', 2]);
      const protobuf = await api.get(path, { accept: 'application/vnd.kubernetes.protobuf' });
      if (protobuf.status === 406) expect(protobuf.body['reason']).toBe('NotAcceptable');
    });
  });
}
