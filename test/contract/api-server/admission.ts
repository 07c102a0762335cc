import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, test } from 'vitest';
import type { UseCaller } from './use-caller.ts';
import type { ContractServer, ContractWebhook, WebhookHandler } from './contract-server.ts';
import { MERGE, eventually, text, type ApiCaller } from './api-caller.ts';
import { configMap } from './objects.ts';

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';

type Phase = 'validating' | 'mutating';

interface HookOptions {
  readonly phase?: Phase;
  readonly handler: WebhookHandler;
  readonly more?: Record<string, unknown>;
}

function patchOf(operations: unknown): Record<string, unknown> {
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return { allowed: true, patchType: 'JSONPatch', patch };
}

export function admissionContract(use: UseCaller): void {
  describe('webhooks', () => {
    const cleanups: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0)) await cleanup();
    });

    /** Registers a webhook for ConfigMaps of the namespace and waits until the server asks it. */
    async function register(
      ns: string,
      name: string,
      { phase = 'validating', handler, more = {} }: HookOptions,
    ): Promise<void> {
      const { api, server } = use();
      const started = await startWebhook(server, name, handler);
      const plural = `${phase}webhookconfigurations`;
      const kind = phase === 'mutating' ? 'Mutating' : 'Validating';
      const created = await api.post(`${REGISTRATION}/${plural}`, {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: `${kind}WebhookConfiguration`,
        metadata: { name },
        webhooks: [
          {
            name: `${name}.contract.example.com`,
            clientConfig: started.clientConfig,
            admissionReviewVersions: ['v1'],
            sideEffects: 'NoneOnDryRun',
            timeoutSeconds: 3,
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': ns } },
            rules: [
              {
                operations: ['*'],
                apiGroups: [''],
                apiVersions: ['v1'],
                resources: ['configmaps'],
              },
            ],
            ...more,
          },
        ],
      });
      expect(created.status, created.text).toBe(201);
      cleanups.push(
        () => api.delete(`${REGISTRATION}/${plural}/${name}`),
        () => started.stop(),
      );
    }

    test('deny with their message, code and reason', async ({ skip }) => {
      const { api, server } = use();
      if (server.startWebhook === undefined) return skip();
      const ns = await api.namespace();
      await register(ns, 'deny', {
        handler: () => ({
          allowed: false,
          status: { code: 403, reason: 'Forbidden', message: 'not on a Friday' },
          warnings: ['think again'],
        }),
      });
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await eventually(async () => (await tried(api, path)).status === 403);
      const refused = await tried(api, path);
      expect(refused.body).toMatchObject({
        status: 'Failure',
        code: 403,
        reason: 'Forbidden',
        message:
          'admission webhook "deny.contract.example.com" denied the request: not on a Friday',
      });
      expect(refused.headers['warning']).toContain('299 - "think again"');
      expect((await api.get(`${path}/probe`)).status).toBe(404);
    });

    test('without a status deny with 400 and without explanation', async ({ skip }) => {
      const { api, server } = use();
      if (server.startWebhook === undefined) return skip();
      const ns = await api.namespace();
      await register(ns, 'mute', { handler: () => ({ allowed: false }) });
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await eventually(async () => (await tried(api, path)).status === 400);
      expect((await tried(api, path)).body['message']).toBe(
        'admission webhook "mute.contract.example.com" denied the request without explanation',
      );
    });

    test('see the request as admission.k8s.io/v1 describes it', async ({ skip }) => {
      const { api, server } = use();
      if (server.startWebhook === undefined) return skip();
      const ns = await api.namespace();
      const seen: Record<string, unknown>[] = [];
      await register(ns, 'see', {
        handler: (request) => {
          seen.push(request);
          return { allowed: true };
        },
      });
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await eventually(async () => {
        await tried(api, path);
        return seen.length > 0;
      });
      seen.length = 0;
      await api.post(path, configMap('a', { n: '1' }));
      await api.patch(`${path}/a`, MERGE, { data: { n: '2' } });
      await api.delete(`${path}/a`);
      // A control plane writes into a new namespace as well.
      const [created, updated, deleted] = seen.filter(({ name }) => name === 'a');
      expect(created).toMatchObject({
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
        name: 'a',
        namespace: ns,
        operation: 'CREATE',
        object: { data: { n: '1' } },
        oldObject: null,
        dryRun: false,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      });
      expect(created?.['userInfo']).toHaveProperty('username');
      expect(updated).toMatchObject({
        operation: 'UPDATE',
        object: { data: { n: '2' } },
        oldObject: { data: { n: '1' } },
        options: { kind: 'UpdateOptions' },
      });
      expect(deleted).toMatchObject({
        operation: 'DELETE',
        object: null,
        oldObject: { data: { n: '2' } },
        options: { kind: 'DeleteOptions' },
      });
    });

    test('change the object, also in a dry run, and what they change is validated', async ({
      skip,
    }) => {
      const { api, server } = use();
      if (server.startWebhook === undefined) return skip();
      const ns = await api.namespace();
      const dryRuns: unknown[] = [];
      await register(ns, 'mutate', {
        phase: 'mutating',
        handler: (request) => {
          dryRuns.push(request['dryRun']);
          if (request['operation'] === 'DELETE') return { allowed: true };
          return patchOf([{ op: 'add', path: '/metadata/labels', value: { by: 'webhook' } }]);
        },
      });
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await eventually(async () => {
        const { body } = await tried(api, path);
        return text(body, 'metadata', 'labels', 'by') === 'webhook';
      });
      expect(dryRuns).toContain(true);
      const created = await api.post(path, configMap('a'));
      expect(created.body['metadata']?.['labels']).toEqual({ by: 'webhook' });
    });

    test('are asked again when a later one changed the object', async ({ skip }) => {
      const { api, server } = use();
      if (server.startWebhook === undefined) return skip();
      const ns = await api.namespace();
      let asked = 0;
      await register(ns, 'a-first', {
        phase: 'mutating',
        more: { reinvocationPolicy: 'IfNeeded' },
        handler: (request) => {
          asked += 1;
          const object = request['object'] as { data?: Record<string, string> };
          return object.data?.['late'] === undefined
            ? { allowed: true }
            : patchOf([{ op: 'add', path: '/data/seen', value: 'yes' }]);
        },
      });
      await register(ns, 'b-second', {
        phase: 'mutating',
        handler: () => patchOf([{ op: 'add', path: '/data/late', value: 'yes' }]),
      });
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await eventually(async () => {
        const { body } = await api.post(`${path}?dryRun=All`, configMap('p', { x: '1' }));
        return body['data']?.['seen'] !== undefined;
      });
      asked = 0;
      const created = await api.post(path, configMap('a', { x: '1' }));
      expect(created.body['data']).toEqual({ x: '1', late: 'yes', seen: 'yes' });
      expect(asked).toBe(2);
    });

    test('are chosen by match conditions and object selector', async ({ skip }) => {
      const { api, server } = use();
      if (server.startWebhook === undefined) return skip();
      const ns = await api.namespace();
      await register(ns, 'choose', {
        handler: () => ({ allowed: false }),
        more: {
          objectSelector: { matchLabels: { guarded: 'yes' } },
          matchConditions: [
            { name: 'not-free', expression: "!has(object.data) || !('free' in object.data)" },
          ],
        },
      });
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      const post = (data: Record<string, string>, labels: object) =>
        api.post(`${path}?dryRun=All`, configMap('a', data, labels));
      const guarded = { guarded: 'yes' };
      await eventually(async () => (await post({ x: '1' }, guarded)).status === 400);
      expect((await post({ x: '1' }, {})).status).toBe(201);
      expect((await post({ free: '1' }, guarded)).status).toBe(201);
    });

    test('that do not answer refuse the write, or let it pass when they may fail', async ({
      skip,
    }) => {
      const { api, server } = use();
      if (server.startWebhook === undefined) return skip();
      const ns = await api.namespace();
      const path = `/api/v1/namespaces/${ns}/configmaps`;
      await register(ns, 'open', {
        handler: () => ({ broken: true, uid: 'other' }),
        more: { failurePolicy: 'Ignore' },
      });
      expect((await tried(api, path)).status).toBe(201);
      await register(ns, 'closed', { handler: () => ({ broken: true, uid: 'other' }) });
      await eventually(async () => (await tried(api, path)).status === 500);
      const refused = await tried(api, path);
      expect(refused.body).toMatchObject({ reason: 'InternalError', code: 500 });
      expect(refused.body['message']).toContain(
        'Internal error occurred: failed calling webhook "closed.contract.example.com": ',
      );
    });

    test('a configuration that is not sound is refused', async () => {
      const { api } = use();
      const refused = await api.post(`${REGISTRATION}/validatingwebhookconfigurations`, {
        metadata: { name: 'unsound' },
        webhooks: [
          {
            name: 'a.b.example.com',
            clientConfig: { url: 'https://127.0.0.1/x' },
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            matchConditions: [{ name: 'c', expression: 'object.metadata.name ==' }],
          },
        ],
      });
      expect(refused.status).toBe(422);
      expect(refused.body['message']).toContain('webhooks[0].matchConditions[0].expression');
    });
  });
}

function startWebhook(
  server: ContractServer,
  name: string,
  handler: WebhookHandler,
): Promise<ContractWebhook> {
  if (server.startWebhook === undefined) throw new Error('no webhooks');
  return server.startWebhook(`/${name}`, handler);
}

function tried(api: ApiCaller, path: string) {
  return api.post(`${path}?dryRun=All`, configMap('probe', { x: '1' }));
}
