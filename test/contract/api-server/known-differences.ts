import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { JSON_PATCH, text, type Loose } from './api-caller.ts';
import { configMap } from './objects.ts';
import { defineWidgets, newGroup, widget } from './widgets.ts';

/**
 * Where the two servers differ in what both serve, each with what either of them does. Ten at most: what the sandbox does
 * not serve at all is no difference but a gap, and listed in docs/reference/sandbox-api.md.
 */
export function knownDifferences(use: UseCaller): void {
  describe('differences', () => {
    const start = async () => {
      const { api, server } = use();
      const ns = await api.namespace();
      return { api, ns, isSandbox: server.kind === 'sandbox' };
    };

    test('known difference: empty members stay as they were written', async () => {
      const { api, ns, isSandbox } = await start();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const { body } = await api.post(path, configMap('a', {}));
      expect('data' in body).toBe(isSandbox);
    });

    test('known difference: pods have no grace period', async () => {
      const { api, ns, isSandbox } = await start();
      const path = `/api/v1/namespaces/${ns}/pods`;
      const spec = {
        containers: [{ name: 'app', image: 'app:1' }],
        nodeName: 'none',
        automountServiceAccountToken: false,
      };
      await api.post(`/api/v1/namespaces/${ns}/serviceaccounts`, { metadata: { name: 'default' } });
      const made = await api.post(path, { metadata: { name: 'p' }, spec });
      expect(made.status, made.text).toBe(201);
      await api.delete(`${path}/p`);
      const left = await api.get(`${path}/p`);
      expect(left.status).toBe(isSandbox ? 404 : 200);
      await api.delete(`${path}/p`, { gracePeriodSeconds: 0 });
    });

    test('known difference: a definition is established by the write itself', async () => {
      const { api, isSandbox } = await start();
      const group = newGroup();
      await defineWidgets(api, group);
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions`;
      const { body } = await api.get(`${path}/widgets.${group}`);
      const copy = {
        apiVersion: body['apiVersion'],
        kind: body['kind'],
        metadata: { name: `widgets.other.${group}` },
        spec: { ...body['spec'], group: `other.${group}` },
      };
      const made = await api.post(path, copy);
      expect(made.status).toBe(201);
      const conditions = (made.body['status']?.['conditions'] ?? null) as unknown as Loose[] | null;
      const isThere = (conditions ?? []).some((entry) => text(entry, 'type') === 'Established');
      expect(isThere).toBe(isSandbox);
    });

    test('known difference: integers beyond 2^53 lose digits', async () => {
      const { api, isSandbox } = await start();
      const group = newGroup();
      await defineWidgets(api, group);
      const ns = await api.namespace();
      const path = `/apis/${group}/v1/namespaces/${ns}/widgets`;
      await api.post(path, widget(group, 'a', { size: 1, free: { n: 0 } }));
      const big = '[{"op":"replace","path":"/spec/free/n","value":9007199254740993}]';
      const answer = await api.callText('PATCH', `${path}/a`, big, { type: JSON_PATCH });
      expect(answer.text.includes('9007199254740993')).toBe(!isSandbox);
    });

    test('known difference: what Go’s decoder says of a malformed body', async () => {
      const { api, ns, isSandbox } = await start();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const { body } = await api.callText('POST', path, '{"data":', {});
      expect(body).toMatchObject({ code: 400, reason: 'BadRequest' });
      expect(body['message'] as unknown).toMatch(
        isSandbox ? /is not valid JSON/ : /unexpected end of JSON input|unexpected EOF/,
      );
    });

    test('known difference: subresources of pods are not served', async () => {
      const { api, ns, isSandbox } = await start();
      const { status } = await api.get(`/api/v1/namespaces/${ns}/pods/none/log`);
      expect(status).toBe(isSandbox ? 501 : 404);
    });

    test('known difference: rules of a definition are not checked against the types of its schema', async () => {
      const { api, isSandbox } = await start();
      const group = newGroup();
      await defineWidgets(api, group);
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.${group}`;
      const rule = { rule: 'self.size == "one"' };
      const patched = await api.patch(`${path}?dryRun=All`, JSON_PATCH, [
        {
          op: 'add',
          path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations/-',
          value: rule,
        },
      ]);
      expect(patched.status).toBe(isSandbox ? 200 : 422);
    });

    test('known difference: there is no second version of OpenAPI, and no metrics', async () => {
      const { api, isSandbox } = await start();
      expect((await api.get('/metrics')).status).toBe(isSandbox ? 404 : 200);
      expect((await api.get('/openapi/v2')).status).toBe(isSandbox ? 406 : 200);
    });

    test('known difference: builtin kinds but for the main ones are not validated', async () => {
      const { api, ns, isSandbox } = await start();
      const path = `/apis/networking.k8s.io/v1/namespaces/${ns}/ingresses?dryRun=All`;
      const made = await api.post(path, { metadata: { name: 'i' }, spec: {} });
      expect(made.status).toBe(isSandbox ? 201 : 422);
    });
  });
}
