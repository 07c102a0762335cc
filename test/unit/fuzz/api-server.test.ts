import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  APPLY,
  JSON_PATCH,
  MERGE,
  STRATEGIC,
  type Answer,
  type ApiCaller,
} from '../../contract/api-server/api-caller.ts';
import { configMap, deployment, widgetDefinition } from '../../contract/api-server/objects.ts';
import { makeWorld } from '../sandbox/api-server/world.ts';
import { BOUNDS, anyJson, brokenText } from './arbitraries.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/fuzz.example.com/v1/namespaces/default/widgets';

async function makeServer(): Promise<ApiCaller> {
  const { api } = makeWorld();
  await api.post(DEPLOYMENTS, deployment('d'));
  await api.post(CONFIG_MAPS, configMap('a', { x: '1' }));
  await api.post(DEFINITIONS, widgetDefinition('fuzz.example.com'));
  await api.post(WIDGETS, {
    apiVersion: 'fuzz.example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w' },
    spec: { size: 1, steps: [{ name: 's' }] },
  });
  return api;
}

/** Every answer is an object, a page of text or a Status that says why; never a defect of the server. */
function accepted({ status, body, text }: Answer): void {
  // Kubernetes says so of a watch or a get.
  if (status === 500 && text.includes('"message":"resourceVersion: Invalid value')) return;
  expect(status, text).not.toBe(500);
  if (status < 400) return;
  if (body['kind'] === undefined) {
    expect(text).toBe('404 page not found\n');
    return;
  }
  expect(body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status });
}

/** An apply that does not fit its schema is 500 in Kubernetes, too. */
function acceptedApply(answer: Answer): void {
  const { status, body } = answer;
  if (status !== 500) accepted(answer);
  else
    expect(body['message'] as unknown).toMatch(
      /^failed to (create typed patch|convert new) object/,
    );
}

const member = fc.constantFrom(
  ...[
    'metadata',
    'name',
    'labels',
    'annotations',
    'finalizers',
    'ownerReferences',
    'managedFields',
  ],
  ...['spec', 'status', 'data', 'replicas', 'template', 'containers', 'selector', 'matchLabels'],
  ...[
    '$patch',
    '$retainKeys',
    '$setElementOrder/containers',
    '__proto__',
    'constructor',
    '.',
    'f:a',
  ],
  ...['size', 'steps', 'free', 'fieldsV1', 'manager', 'operation', 'apiVersion', 'kind'],
);
const leaf = fc.oneof(
  fc.constantFrom('a', 'd', 'w', '', 'Apply', 'Update', 'FieldsV1', 'replace', 'delete', 'merge'),
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e21, 9_007_199_254_740_993n.toString()),
);
/** Objects of the members that the server looks at. */
const { object } = fc.letrec<{ object: Record<string, unknown>; value: unknown }>((tie) => ({
  object: fc.dictionary(member, tie('value'), { maxKeys: 5 }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}));
/** A good object with some of its members replaced, so that what comes after reading is met as well. */
const almost = fc
  .tuple(
    fc.constantFrom<Record<string, unknown>>(
      deployment('e'),
      configMap('b', { y: '1' }),
      widgetDefinition('other.example.com'),
    ),
    object,
    object,
  )
  .map(([good, members, spec]) => ({
    ...good,
    ...members,
    apiVersion: good['apiVersion'],
    kind: good['kind'],
    metadata: { ...(good['metadata'] as object), ...spec, name: 'n' },
    spec: { ...(good['spec'] as object), ...spec },
  }));
const anything = fc.oneof(object, almost, anyJson);

const step = fc.oneof(member, fc.constantFrom('-', '0', '1', '-1', '99', '~0', '~1', '~2', 'é'));
const operation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'none'),
    path: fc.array(step, { maxLength: 5 }).map((steps) => steps.map((one) => `/${one}`).join('')),
    from: fc.array(step, { maxLength: 3 }).map((steps) => steps.map((one) => `/${one}`).join('')),
    value: anything,
  },
  { requiredKeys: [] },
);

const TARGETS = [`${DEPLOYMENTS}/d`, `${CONFIG_MAPS}/a`, `${WIDGETS}/w`, `${DEPLOYMENTS}/d/status`];
const target = fc.constantFrom(...TARGETS, `${DEPLOYMENTS}/d/scale`, `${WIDGETS}/w/scale`);
const collection = fc.constantFrom(DEPLOYMENTS, CONFIG_MAPS, WIDGETS, DEFINITIONS);
const query = fc.constantFrom(
  '',
  '?dryRun=All',
  '?fieldValidation=Strict',
  '?fieldManager=m&force=true',
);

describe('the API server of the sandbox', () => {
  it('answers every body', { timeout: 20_000 }, async () => {
    const api = await makeServer();
    await fc.assert(
      fc.asyncProperty(collection, query, anything, async (path, search, body) => {
        accepted(await api.post(`${path}${search}`, body));
      }),
      { ...BOUNDS, numRuns: 800 },
    );
  });

  it('answers bodies that are no JSON', { timeout: 20_000 }, async () => {
    const api = await makeServer();
    const type = fc.constantFrom(
      ...['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'],
      ...['text/plain', '', MERGE, APPLY, JSON_PATCH],
    );
    const method = fc.constantFrom('POST' as const, 'PUT' as const, 'PATCH' as const);
    const text = brokenText([JSON.stringify(deployment('d'))]);
    await fc.assert(
      fc.asyncProperty(method, target, text, type, async (verb, path, body, contentType) => {
        acceptedApply(await api.callText(verb, path, body, { type: contentType }));
      }),
      { ...BOUNDS, numRuns: 800 },
    );
  });

  it('answers every patch of each kind', { timeout: 20_000 }, async () => {
    const api = await makeServer();
    const type = fc.constantFrom(MERGE, STRATEGIC, MERGE, STRATEGIC, JSON_PATCH);
    const patch = fc.oneof(anything, fc.array(operation, { maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(target, query, type, patch, async (path, search, contentType, body) => {
        accepted(await api.patch(`${path}${search}`, contentType, body));
        accepted(await api.get(path));
      }),
      { ...BOUNDS, numRuns: 800 },
    );
  });

  it('answers every JSON patch', { timeout: 20_000 }, async () => {
    const api = await makeServer();
    await fc.assert(
      fc.asyncProperty(target, fc.array(operation, { maxLength: 4 }), async (path, operations) => {
        accepted(await api.patch(path, JSON_PATCH, operations));
      }),
      { ...BOUNDS, numRuns: 800 },
    );
  });

  it('answers every apply, and managers stay readable', { timeout: 20_000 }, async () => {
    const api = await makeServer();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2), object, async (index, members) => {
        const path = TARGETS[index] ?? '';
        const { body } = await api.get(path);
        const identity = { apiVersion: body['apiVersion'], kind: body['kind'] };
        acceptedApply(
          await api.patch(`${path}?fieldManager=fuzz&force=true`, APPLY, {
            ...members,
            ...identity,
          }),
        );
        const sets = { metadata: { managedFields: [{ ...members, ...identity }] } };
        accepted(await api.patch(path, MERGE, sets));
      }),
      { ...BOUNDS, numRuns: 500 },
    );
  });

  it('answers every path and query', { timeout: 20_000 }, async () => {
    const api = await makeServer();
    const part = fc.oneof(
      fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'default', 'deployments', 'd'),
      fc.constantFrom('status', 'scale', 'openapi', 'v3', 'version', '..', '%00', '%zz', '%2F', ''),
      fc.string({ maxLength: 8 }),
    );
    const key = fc.constantFrom(
      ...['limit', 'continue', 'labelSelector', 'fieldSelector', 'resourceVersion', 'dryRun'],
      ...['resourceVersionMatch', 'fieldValidation', 'fieldManager', 'pretty', 'propagationPolicy'],
    );
    const text = fc.oneof(
      fc.constantFrom(
        '',
        '0',
        '-1',
        '1',
        'x',
        'a in (b',
        'a=b,c!=d',
        '!a',
        'metadata.name=d',
        'Exact',
      ),
      fc.string({ maxLength: 12 }).map(encodeURIComponent),
    );
    const search = fc
      .array(fc.tuple(key, text), { maxLength: 3 })
      .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'));
    const path = fc.oneof(
      fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
      target,
      collection,
    );
    const method = fc.constantFrom(
      'GET' as const,
      'POST' as const,
      'PUT' as const,
      'DELETE' as const,
    );
    await fc.assert(
      fc.asyncProperty(method, path, search, async (verb, where, given) => {
        accepted(await api.callText(verb, `${where}?${given}`));
      }),
      { ...BOUNDS, numRuns: 1500 },
    );
  });
});
