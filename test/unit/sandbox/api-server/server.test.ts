import { afterEach, describe, expect, test } from 'vitest';
import type { WebhookCaller } from '../../../../src/sandbox/api-server/webhook-caller.ts';
import { MERGE, type Answer } from '../../../contract/api-server/api-caller.ts';
import { configMap } from '../../../contract/api-server/objects.ts';
import { makeWorld, type World } from './world.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const HOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.server.close();
});

function world(...args: Parameters<typeof makeWorld>): World {
  const made = makeWorld(...args);
  worlds.push(made);
  return made;
}

function hook(more: object = {}) {
  return {
    metadata: { name: 'hooks' },
    webhooks: [
      {
        name: 'a.example.com',
        clientConfig: { service: { namespace: 'system', name: 'hook', path: '/validate' } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 3,
        rules: [
          { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['configmaps'] },
        ],
        ...more,
      },
    ],
  };
}

describe('watches on a virtual clock', () => {
  test('bring bookmarks at the interval and end when their time is over', async () => {
    const { api, clock } = world();
    const watch = await api.watch(
      `${MAPS}?watch=true&resourceVersion=1&timeoutSeconds=150&allowWatchBookmarks=true`,
    );
    const types: string[] = [];
    const reading = (async () => {
      for (let event = await watch.next(); event !== undefined; event = await watch.next()) {
        types.push(event['type'] as unknown as string);
      }
    })();
    await clock.advance(61_000);
    expect(types).toEqual(['BOOKMARK']);
    await clock.advance(100_000);
    await reading;
    expect(types).toEqual(['BOOKMARK', 'BOOKMARK', 'BOOKMARK']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('end when the server closes, and leave no timer', async () => {
    const { api, clock, server } = world();
    const watch = await api.watch(`${MAPS}?watch=true&resourceVersion=1&allowWatchBookmarks=true`);
    const next = watch.next();
    await server.close();
    expect(await next).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  test('reject with the reason when the reader aborts', async () => {
    const { clock, server } = world();
    const controller = new AbortController();
    const response = await server.transport({})({
      method: 'GET',
      path: `${MAPS}?watch=true`,
      headers: {},
      signal: controller.signal,
    });
    const reading = response.body[Symbol.asyncIterator]().next();
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  test('that nobody reads are taken away all the same', async () => {
    const { clock, server } = world();
    const controller = new AbortController();
    const path = `${MAPS}?watch=true&allowWatchBookmarks=true&timeoutSeconds=5`;
    const request = { method: 'GET', path, headers: {} } as const;
    await server.transport({})({ ...request, signal: controller.signal });
    expect(clock.pendingTimers).toBe(2);
    controller.abort(new Error('enough'));
    expect(clock.pendingTimers).toBe(0);
    await server.transport({})({ ...request, signal: new AbortController().signal });
    await clock.advance(6_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test('lose nothing that is written before the first read', async () => {
    const { api } = world();
    const watch = await api.watch(`${MAPS}?watch=true`);
    await api.post(MAPS, configMap('a'));
    expect(await watch.nextName()).toBe('ADDED a');
    await watch.stop();
  });

  test('of a single object see only that one', async () => {
    const { api } = world();
    await api.post(MAPS, configMap('a'));
    const watch = await api.watch(`${MAPS}?watch=true&fieldSelector=metadata.name%3Da`);
    await api.post(MAPS, configMap('b'));
    await api.delete(`${MAPS}/a`);
    expect(await watch.nextName()).toBe('ADDED a');
    expect(await watch.nextName()).toBe('DELETED a');
    await watch.stop();
    expect((await api.get(`${MAPS}/b?watch=true`)).body).toMatchObject({ kind: 'ConfigMap' });
  });
});

describe('webhooks', () => {
  test('get the timeout in the path, and their service is named when they fail', async () => {
    const paths: string[] = [];
    const callWebhook: WebhookCaller = ({ path }) => {
      paths.push(path);
      return Promise.reject(new Error('connection refused'));
    };
    const { api } = world({ callWebhook });
    await api.post(HOOKS, hook());
    const refused = await api.post(MAPS, configMap('a'));
    expect(paths).toEqual(['/validate?timeout=3s']);
    expect(refused.status).toBe(500);
    expect(refused.body['message']).toBe(
      'Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: Post "https://hook.system.svc:443/validate?timeout=3s": connection refused',
    );
  });

  test('that hang are given up after their timeout, on the clock', async () => {
    const { api, clock } = world({ callWebhook: () => new Promise(() => undefined) });
    await api.post(HOOKS, hook());
    let answer: Answer | undefined;
    void api.post(MAPS, configMap('a')).then((given) => {
      answer = given;
    });
    await clock.advance(2_900);
    expect(answer).toBeUndefined();
    await clock.advance(200);
    expect(answer?.status).toBe(500);
    expect(answer?.body['message']).toContain('context deadline exceeded');
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([
    ['not JSON', 200, 'received invalid webhook response: the body is not JSON'],
    [
      '{}',
      200,
      'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got , Kind=',
    ],
    [
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
      200,
      'webhook response was absent',
    ],
    [
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"x"}}',
      200,
      'expected response.uid=',
    ],
    ['oops', 500, 'an error on the server ("oops") has prevented the request from succeeding'],
    ['', 404, 'the server could not find the requested resource'],
  ])('that answer %j with %d refuse the write', async (body, status, text) => {
    const { api } = world({ callWebhook: () => Promise.resolve({ status, body }) });
    await api.post(HOOKS, hook());
    const refused = await api.post(MAPS, configMap('a'));
    expect(refused.status).toBe(500);
    expect(refused.body['message']).toContain(text);
  });

  test('a match condition that fails refuses the write, or skips the webhook', async () => {
    let calls = 0;
    const callWebhook: WebhookCaller = () => {
      calls += 1;
      return Promise.reject(new Error('connection refused'));
    };
    const { api } = world({ callWebhook });
    const matchConditions = [{ name: 'fails', expression: 'object.nothing.here == 1' }];
    await api.post(HOOKS, hook({ matchConditions }));
    const refused = await api.post(MAPS, configMap('a'));
    expect(refused.status).toBe(403);
    expect(refused.body['message']).toContain('configmaps "a" is forbidden: ');
    await api.delete(`${HOOKS}/hooks`);
    await api.post(HOOKS, hook({ matchConditions, failurePolicy: 'Ignore' }));
    expect((await api.post(MAPS, configMap('a'))).status).toBe(201);
    expect(calls).toBe(0);
  });

  test('are asked about another version of the same objects when they match equivalents', async () => {
    const seen: { kind: string; requestKind: string; object: string }[] = [];
    const callWebhook: WebhookCaller = (_target, body) => {
      const { request } = JSON.parse(body) as {
        request: {
          uid: string;
          kind: { version: string };
          requestKind: { version: string };
          object: { apiVersion: string };
        };
      };
      const { kind, requestKind, object, uid } = request;
      seen.push({
        kind: kind.version,
        requestKind: requestKind.version,
        object: object.apiVersion,
      });
      const response = { uid, allowed: true };
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
      return Promise.resolve({ status: 200, body: JSON.stringify(review) });
    };
    const { api } = world({ callWebhook });
    const schema = { openAPIV3Schema: { type: 'object' } };
    await api.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'things.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Cluster',
        names: { plural: 'things', kind: 'Thing' },
        versions: [
          { name: 'v1', served: true, storage: true, schema },
          { name: 'v2', served: true, storage: false, schema },
        ],
      },
    });
    const rules = [
      {
        operations: ['CREATE'],
        apiGroups: ['example.com'],
        apiVersions: ['v1'],
        resources: ['things'],
      },
    ];
    await api.post(HOOKS, hook({ rules }));
    const thing = { apiVersion: 'example.com/v2', kind: 'Thing', metadata: { name: 'a' } };
    const created = await api.post('/apis/example.com/v2/things', thing);
    expect(created.body['apiVersion']).toBe('example.com/v2');
    expect(seen).toEqual([{ kind: 'v1', requestKind: 'v2', object: 'example.com/v1' }]);
    const read = await api.get('/apis/example.com/v1/things/a');
    expect(read.body['apiVersion']).toBe('example.com/v1');
  });
});

describe('concurrency', () => {
  test('a patch that a webhook delays is applied to what the object became meanwhile', async () => {
    let release: (() => void) | undefined;
    const callWebhook: WebhookCaller = async (_target, body) => {
      const { request } = JSON.parse(body) as { request: { uid: string; object: unknown } };
      const isSlow = JSON.stringify(request.object).includes('slow');
      if (isSlow && release === undefined) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      const response = { uid: request.uid, allowed: true };
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
      return { status: 200, body: JSON.stringify(review) };
    };
    const { api, clock } = world({ callWebhook });
    await api.post(MAPS, configMap('a', { n: '1' }));
    await api.post(HOOKS, hook());
    const slow = api.patch(`${MAPS}/a`, MERGE, { data: { slow: 'yes' } });
    await clock.advance(0);
    await api.patch(`${MAPS}/a`, MERGE, { data: { quick: 'yes' } });
    release?.();
    expect((await slow).body['data']).toEqual({ n: '1', slow: 'yes', quick: 'yes' });
  });

  test('a refused collection is tried again later', async () => {
    let isOpen = false;
    const callWebhook: WebhookCaller = (_target, body) => {
      const { request } = JSON.parse(body) as { request: { uid: string; operation: string } };
      const allowed = isOpen || request.operation !== 'DELETE';
      const response = { uid: request.uid, allowed };
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
      return Promise.resolve({ status: 200, body: JSON.stringify(review) });
    };
    const { api, clock } = world({ callWebhook });
    const selector = { objectSelector: { matchLabels: { guarded: 'yes' } } };
    await api.post(HOOKS, hook(selector));
    const owner = await api.post(MAPS, configMap('owner'));
    const { uid } = owner.body['metadata'] ?? {};
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
    const metadata = { name: 'child', labels: { guarded: 'yes' }, ownerReferences };
    await api.post(MAPS, { metadata });
    await api.delete(`${MAPS}/owner`);
    await clock.advance(500);
    expect((await api.get(`${MAPS}/child`)).status).toBe(200);
    isOpen = true;
    await clock.advance(2_000);
    expect((await api.get(`${MAPS}/child`)).status).toBe(404);
  });
});

describe('the seam for faults', () => {
  test('an interceptor answers, passes on, or changes the answer', async () => {
    const users: (string | undefined)[] = [];
    const { api } = world({
      intercept: (request, user, next) => {
        users.push(user.username);
        if (!request.path.endsWith('/busy')) return next();
        const body = (async function* () {
          yield await Promise.resolve(new TextEncoder().encode('{"code":429}'));
        })();
        return Promise.resolve({ status: 429, headers: { 'retry-after': '1' }, body });
      },
    });
    expect((await api.get(`${MAPS}/busy`)).status).toBe(429);
    expect((await api.get(MAPS)).status).toBe(200);
    expect(users).toEqual(['sandbox-admin', 'sandbox-admin']);
  });
});

describe('what is not served', () => {
  test.each(['log', 'exec', 'eviction', 'portforward'])('pods/%s is 501', async (subresource) => {
    const { api } = world();
    const refused = await api.get(`/api/v1/namespaces/default/pods/p/${subresource}`);
    expect(refused.status).toBe(501);
    expect(refused.body['message']).toContain('docs/reference/sandbox-api.md');
  });

  test('bodies that cannot be read are said to be so', async () => {
    const { api } = world();
    const typed = await api.post(MAPS, {}, { type: 'application/msgpack' });
    expect(typed.status).toBe(415);
    expect((await api.post(MAPS, 'text')).status).toBe(400);
    expect((await api.post(MAPS, { kind: 'Secret' })).status).toBe(400);
    const labels = { metadata: { name: 'a', labels: { a: 1 } } };
    expect((await api.post(MAPS, labels)).body['message']).toContain('metadata.labels');
    expect((await api.get('/api/v1/namespaces/%zz')).status).toBe(400);
    expect((await api.get(`${MAPS}?resourceVersion=x`)).status).toBe(400);
    expect((await api.get(`${MAPS}?limit=x`)).status).toBe(400);
  });
});
