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

    test('options that do not go together are refused', async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`;
      await api.post(path, configMap('a', {}, { l: 'x' }));
      await api.post(path, configMap('b', {}, { l: 'x' }));
      const first = (await api.get(`${path}?limit=1&labelSelector=l`)).body;
      const token = text(first, 'metadata', 'continue');
      const version = text(first, 'metadata', 'resourceVersion');
      const unless =
        'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided';
      const withContinue = 'Forbidden: resourceVersionMatch is forbidden when continue is provided';
      const other = 'Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""';
      const exactly =
        'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
      const field = 'resourceVersionMatch';
      for (const [query, causes] of [
        ['resourceVersionMatch=Exact', [unless]],
        ['resourceVersionMatch=Foo', [unless, other]],
        ['resourceVersion=0&resourceVersionMatch=Foo', [other]],
        ['resourceVersion=0&resourceVersionMatch=Exact', [exactly]],
        [`continue=${token}&resourceVersionMatch=Exact`, [unless, withContinue]],
        [`continue=${token}&resourceVersionMatch=Exact&resourceVersion=${version}`, [withContinue]],
      ] as const) {
        const { status, body } = await api.get(`${path}?${query}`);
        const list = causes.map((cause) => `${field}: ${cause}`).join(', ');
        const message = causes.length === 1 ? list : `[${list}]`;
        expect({ status, body }, query).toMatchObject({
          status: 422,
          body: {
            reason: 'Invalid',
            message: `ListOptions.meta.k8s.io "" is invalid: ${message}`,
            details: { causes: causes.map((cause) => ({ message: cause, field })) },
          },
        });
      }
      const initial = await api.get(`${path}?sendInitialEvents=true`);
      expect(initial.body['message']).toBe(
        'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
      );
      const versioned = await api.get(`${path}?continue=${token}&resourceVersion=${version}`);
      expect(versioned.body).toMatchObject({
        code: 400,
        message: 'specifying resource version is not allowed when using continue',
      });
      const collection = await api.delete(`${path}?resourceVersionMatch=Exact`);
      expect(collection.status).toBe(422);
    });

    test('numbers of options are read, and a limit below 1 is none', async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`;
      await api.post(path, configMap('a', {}, { l: 'x' }));
      await api.post(path, configMap('b', {}, { l: 'x' }));
      const only = 'labelSelector=l';
      expect(names((await api.get(`${path}?limit=-1&${only}`)).body)).toEqual(['a', 'b']);
      expect(names((await api.get(`${path}?timeoutSeconds=-1&${only}`)).body)).toEqual(['a', 'b']);
      for (const [query, shown, why] of [
        ['limit=x', 'x', 'invalid syntax'],
        ['limit=', '', 'invalid syntax'],
        ['limit=1.5', '1.5', 'invalid syntax'],
        ['limit=99999999999999999999', '99999999999999999999', 'value out of range'],
        ['timeoutSeconds=x', 'x', 'invalid syntax'],
        ['watch=1&limit=x', 'x', 'invalid syntax'],
      ]) {
        expect((await api.get(`${path}?${query}`)).body, query).toMatchObject({
          code: 400,
          message: `strconv.ParseInt: parsing "${shown}": ${why}`,
        });
      }
    });

    test('a resourceVersion is the least, or exactly the one that is shown', async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`;
      const only = 'labelSelector=l';
      for (const name of ['a', 'b']) await api.post(path, configMap(name, {}, { l: 'x' }));
      const before = text((await api.get(path)).body, 'metadata', 'resourceVersion');
      await api.delete(`${path}/a`);
      const seen = async (query: string): Promise<string[]> =>
        names((await api.get(`${path}?${only}&${query}`)).body);
      expect(await seen('resourceVersion=')).toEqual(['b']);
      expect(await seen(`resourceVersion=${before}&resourceVersionMatch=Exact`)).toEqual([
        'a',
        'b',
      ]);
      // The first of several pages, so of that revision.
      expect(await seen(`resourceVersion=${before}&limit=1`)).toEqual(['a']);
      await api.post(path, configMap('c', {}, { l: 'x' }));
      // From the cache, which gives no pages.
      const newest = text((await api.get(path)).body, 'metadata', 'resourceVersion');
      expect(await seen(`resourceVersion=${newest}&resourceVersionMatch=NotOlderThan`)).toEqual([
        'b',
        'c',
      ]);
      expect(await seen('resourceVersion=0&limit=1')).toEqual(['b', 'c']);
    });

    test('a resourceVersion that is none or yet to come is refused', async () => {
      const { api } = use();
      const path = `/api/v1/namespaces/${await api.namespace()}/configmaps`;
      await api.post(path, configMap('a'));
      const why =
        'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax';
      expect((await api.get(`${path}?resourceVersion=x`)).body).toMatchObject({
        code: 400,
        reason: 'BadRequest',
        message: `invalid resource version: ${why}`,
      });
      const got = (await api.get(`${path}/a?resourceVersion=x`)).body;
      expect(got).toMatchObject({ code: 500, message: why });
      expect(got).not.toHaveProperty('reason');
      const late = 'resourceVersion=99999999999&timeoutSeconds=1';
      const queries = [`?${late}`, `?${late}&resourceVersionMatch=Exact`, `/a?${late}`];
      const answers = await Promise.all(queries.map((query) => api.get(`${path}${query}`)));
      for (const [index, { body }] of answers.entries()) {
        const query = queries[index];
        expect(body, query).toMatchObject({
          code: 504,
          reason: 'Timeout',
          details: {
            causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
            retryAfterSeconds: 1,
          },
        });
        expect(body['message']).toMatch(
          /^Timeout: Too large resource version: 99999999999, current: \d+$/,
        );
      }
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
