import { describe, expect, test } from 'vitest';
import { eventually, type Loose } from './api-caller.ts';
import { configMap, deployment } from './objects.ts';
import type { UseCaller } from './use-caller.ts';

export function crudContract(use: UseCaller): void {
  describe('objects', () => {
    test('creating gives uid, resourceVersion and creationTimestamp; the object is then read back', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const created = await api.post(
        `/api/v1/namespaces/${ns}/configmaps`,
        configMap('a', { k: 'v' }),
      );
      expect(created.status).toBe(201);
      expect(created.body['metadata']).toMatchObject({
        name: 'a',
        namespace: ns,
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        resourceVersion: expect.stringMatching(/^\d+$/) as string,
        creationTimestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      });
      const read = await api.get(`/api/v1/namespaces/${ns}/configmaps/a`);
      expect(read.body).toEqual(created.body);
    });

    test('errors are worded as kubectl prints them', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const missing = await api.get(`${path}/none`);
      expect(missing.status).toBe(404);
      expect(missing.body).toMatchObject({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'NotFound',
        message: 'configmaps "none" not found',
        details: { name: 'none', kind: 'configmaps' },
        code: 404,
      });
      await api.post(path, configMap('a'));
      const twice = await api.post(path, configMap('a'));
      expect(twice.body).toMatchObject({
        code: 409,
        reason: 'AlreadyExists',
        message: 'configmaps "a" already exists',
      });
      const nowhere = await api.post('/api/v1/namespaces/no-such/configmaps', configMap('a'));
      expect(nowhere.body).toMatchObject({
        code: 404,
        message: 'namespaces "no-such" not found',
      });
      const unnamed = await api.post(path, configMap(''));
      expect(unnamed.status).toBe(422);
      expect(unnamed.body['message']).toContain('name or generateName is required');
      const bad = await api.post(path, configMap('Not_Valid'));
      expect(bad.status).toBe(422);
      expect(bad.body['message']).toContain('ConfigMap "Not_Valid" is invalid: metadata.name');
      const elsewhere = { ...configMap('b'), metadata: { name: 'b', namespace: 'other' } };
      expect((await api.post(path, elsewhere)).status).toBe(400);
    });

    test('generateName adds five characters', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const body = { metadata: { generateName: 'run-' } };
      const created = await api.post(`/api/v1/namespaces/${ns}/configmaps`, body);
      expect(created.body['metadata']?.['name']).toMatch(/^run-[a-z0-9]{5}$/);
    });

    test('a write with an old resourceVersion is a conflict, one without overwrites', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const first = (await api.post(path, configMap('a', { n: '1' }))).body;
      const second = await api.put(`${path}/a`, { ...first, data: { n: '2' } });
      expect(second.status).toBe(200);
      const stale = await api.put(`${path}/a`, { ...first, data: { n: '3' } });
      expect(stale.status).toBe(409);
      expect(stale.body).toMatchObject({
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
      });
      expect((await api.put(`${path}/a`, configMap('a', { n: '4' }))).status).toBe(200);
      const renamed = await api.put(`${path}/a`, configMap('b'));
      expect(renamed.status).toBe(400);
    });

    test('a write that changes nothing keeps the resourceVersion', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const first = (await api.post(path, configMap('a', { n: '1' }))).body;
      const same = await api.put(`${path}/a`, first);
      expect(same.body['metadata']?.['resourceVersion']).toBe(
        first['metadata']?.['resourceVersion'],
      );
    });

    test('what only the server sets cannot be written', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const body = {
        ...configMap('a'),
        metadata: { name: 'a', generation: 7, creationTimestamp: '2000-01-01T00:00:00Z' },
      };
      const created = (await api.post(path, body)).body;
      expect(created['metadata']?.['creationTimestamp']).not.toBe('2000-01-01T00:00:00Z');
      const versioned = { ...configMap('b'), metadata: { name: 'b', resourceVersion: '1' } };
      expect((await api.post(path, versioned)).body['message']).toContain(
        'resourceVersion should not be set on objects to be created',
      );
      const otherUid = { ...configMap('a'), metadata: { name: 'a', uid: 'other' } };
      const refused = await api.put(`${path}/a`, otherUid);
      expect(refused.status).toBe(409);
      expect(refused.body['message']).toContain('Precondition failed: UID in precondition: other');
    });

    test('status is written through its subresource only, spec never through it', async () => {
      const { api } = use();
      const ns = await api.namespace();
      // No controller writes to an Ingress.
      const path = `/apis/networking.k8s.io/v1/namespaces/${ns}/ingresses`;
      const spec = (name: string) => ({
        defaultBackend: { service: { name, port: { number: 80 } } },
      });
      const status = (ip: string) => ({ loadBalancer: { ingress: [{ ip }] } });
      const body = { metadata: { name: 'i' }, spec: spec('a'), status: status('192.0.2.1') };
      const created = (await api.post(path, body)).body;
      expect(created['status']).toEqual({ loadBalancer: {} });
      expect(created['metadata']?.['generation']).toBe(1);
      const first = await api.put(`${path}/i/status`, {
        ...created,
        spec: spec('b'),
        status: status('192.0.2.2'),
      });
      expect(first.body).toMatchObject({
        metadata: { generation: 1 },
        spec: spec('a'),
        status: status('192.0.2.2'),
      });
      const second = await api.put(`${path}/i`, {
        ...first.body,
        spec: spec('c'),
        status: status('192.0.2.3'),
      });
      expect(second.body).toMatchObject({
        metadata: { generation: 2 },
        spec: spec('c'),
        status: status('192.0.2.2'),
      });
    });

    test('a deployment gets its defaults and is validated', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/apis/apps/v1/namespaces/${ns}/deployments`;
      const created = await api.post(path, deployment('d'));
      expect(created.body['spec']).toMatchObject({
        progressDeadlineSeconds: 600,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
      });
      const odd = deployment('e');
      odd.spec.template.metadata.labels.app = 'other';
      const refused = await api.post(path, odd);
      expect(refused.status).toBe(422);
      expect(refused.body['message']).toContain('`selector` does not match template `labels`');
      const moved = deployment('d');
      moved.spec.selector.matchLabels = { app: 'x' };
      moved.spec.template.metadata.labels = { app: 'x' };
      expect((await api.put(`${path}/d`, moved)).body['message']).toContain('field is immutable');
    });

    test('scale is read and written through its subresource', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/apis/apps/v1/namespaces/${ns}/deployments/d`;
      await api.post(`/apis/apps/v1/namespaces/${ns}/deployments`, deployment('d'));
      const scale = (await api.get(`${path}/scale`)).body;
      expect(scale).toMatchObject({
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        spec: { replicas: 2 },
        status: { selector: 'app=d' },
      });
      // A controller may write the status in between.
      await eventually(async () => {
        const current = (await api.get(`${path}/scale`)).body;
        const scaled = await api.put(`${path}/scale`, { ...current, spec: { replicas: 5 } });
        return scaled.status === 200 && scaled.body['kind'] === ('Scale' as unknown as Loose);
      });
      await api.patch(`${path}/scale`, 'application/merge-patch+json', { spec: { replicas: 4 } });
      expect((await api.get(path)).body).toMatchObject({
        metadata: { generation: 3 },
        spec: { replicas: 4 },
      });
    });

    test('a dry run is validated and changes nothing', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const tried = await api.post(`${path}?dryRun=All`, configMap('a'));
      expect(tried.status).toBe(201);
      expect((await api.get(`${path}/a`)).status).toBe(404);
      await api.post(path, configMap('a', { n: '1' }));
      const changed = await api.put(`${path}/a?dryRun=All`, configMap('a', { n: '2' }));
      expect(changed.body['data']).toEqual({ n: '2' });
      expect((await api.delete(`${path}/a?dryRun=All`)).status).toBe(200);
      expect((await api.get(`${path}/a`)).body['data']).toEqual({ n: '1' });
    });

    test('an unknown resource, version or method is said to be one', async () => {
      const { api } = use();
      expect((await api.get('/apis/nothing.example.com/v1/things')).status).toBe(404);
      expect((await api.get('/api/v1/gadgets')).body['message']).toBe(
        'the server could not find the requested resource',
      );
      expect((await api.put('/api/v1/namespaces', {})).status).toBe(405);
    });
  });
}
