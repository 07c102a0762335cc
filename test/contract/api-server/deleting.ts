import { describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import { MERGE, eventually, type Answer } from './api-caller.ts';
import { configMap } from './objects.ts';

function owned(name: string, owner: Answer, more: object = {}) {
  const { uid, name: ownerName } = owner.body['metadata'] ?? {};
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: ownerName, uid, ...more };
  return { ...configMap(name), metadata: { name, ownerReferences: [reference] } };
}

export function deletionContract(use: UseCaller): void {
  describe('deletion', () => {
    test('answers with a Status that names the object', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const created = await api.post(path, configMap('a'));
      const deleted = await api.delete(`${path}/a`);
      expect(deleted.body).toMatchObject({
        kind: 'Status',
        status: 'Success',
        details: { name: 'a', kind: 'configmaps', uid: created.body['metadata']?.['uid'] },
      });
      expect((await api.delete(`${path}/a`)).status).toBe(404);
    });

    test('obeys preconditions', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await api.post(path, configMap('a'));
      const refused = await api.delete(`${path}/a`, { preconditions: { uid: 'other' } });
      expect(refused.status).toBe(409);
      expect(refused.body['message']).toContain(
        'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record',
      );
      const stale = await api.delete(`${path}/a`, { preconditions: { resourceVersion: '1' } });
      expect(stale.status).toBe(409);
    });

    test('waits for finalizers, and takes no new ones meanwhile', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const finalizers = ['example.com/hold'];
      await api.post(path, { ...configMap('a'), metadata: { name: 'a', finalizers } });
      const marked = await api.delete(`${path}/a`);
      expect(marked.body['metadata']).toHaveProperty('deletionTimestamp');
      const more = { metadata: { finalizers: [...finalizers, 'example.com/more'] } };
      const refused = await api.patch(`${path}/a`, MERGE, more);
      expect(refused.status).toBe(422);
      expect(refused.body['message']).toContain('no new finalizers can be added');
      const released = await api.patch(`${path}/a`, MERGE, { metadata: { finalizers: null } });
      expect(released.status).toBe(200);
      expect((await api.get(`${path}/a`)).status).toBe(404);
    });

    test('takes what is owned along, unless it is orphaned', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const owner = await api.post(path, configMap('owner'));
      await api.post(path, owned('child', owner));
      await api.delete(`${path}/owner`);
      await eventually(async () => (await api.get(`${path}/child`)).status === 404);

      const second = await api.post(path, configMap('second'));
      await api.post(path, owned('kept', second));
      await api.delete(`${path}/second`, { propagationPolicy: 'Orphan' });
      await eventually(async () => (await api.get(`${path}/second`)).status === 404);
      const kept = await api.get(`${path}/kept`);
      expect(kept.body['metadata']).not.toHaveProperty('ownerReferences');
    });

    test('in the foreground waits for what blocks it', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const owner = await api.post(path, configMap('owner'));
      const child = owned('child', owner, { blockOwnerDeletion: true });
      const held = { ...child, metadata: { ...child.metadata, finalizers: ['example.com/hold'] } };
      await api.post(path, held);
      const marked = await api.delete(`${path}/owner`, { propagationPolicy: 'Foreground' });
      expect(marked.body['metadata']?.['finalizers']).toEqual(['foregroundDeletion']);
      await eventually(async () => {
        const { body } = await api.get(`${path}/child`);
        return body['metadata']?.['deletionTimestamp'] !== undefined;
      });
      expect((await api.get(`${path}/owner`)).status).toBe(200);
      await api.patch(`${path}/child`, MERGE, { metadata: { finalizers: null } });
      await eventually(async () => (await api.get(`${path}/owner`)).status === 404);
    });

    test('of a namespace empties it, and nothing new gets in', async () => {
      const { api } = use();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const finalizers = ['example.com/hold'];
      await api.post(path, { ...configMap('a'), metadata: { name: 'a', finalizers } });
      const marked = await api.delete(`/api/v1/namespaces/${ns}`);
      expect(marked.body['status']?.['phase']).toBe('Terminating');
      const refused = await api.post(path, configMap('b'));
      expect(refused.status).toBe(403);
      expect(refused.body['message']).toBe(
        `configmaps "b" is forbidden: unable to create new content in namespace ${ns} because it is being terminated`,
      );
      await eventually(async () => {
        const { body } = await api.get(`${path}/a`);
        return body['metadata']?.['deletionTimestamp'] !== undefined;
      });
      await api.patch(`${path}/a`, MERGE, { metadata: { finalizers: null } });
      await eventually(async () => (await api.get(`/api/v1/namespaces/${ns}`)).status === 404);
    });
  });
}
