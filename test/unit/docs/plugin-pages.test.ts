import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { pluginPages } from '../../../scripts/generate/plugin-pages.ts';
import { canaryNotes } from '../../../src/admission/protect-canary-notes.ts';
import { valueIssues } from '../../../src/admission/protect-canary-values.ts';
import { METRIC_PROVIDERS } from '../../../src/delivery/metric-provider/index.ts';
import { NOTIFIERS } from '../../../src/delivery/notifier/index.ts';
import type { PluginDocs } from '../../../src/delivery/plugin-docs.ts';
import { renderQuery } from '../../../src/delivery/query-template.ts';
import { ROUTERS } from '../../../src/delivery/router/index.ts';
import type { Router } from '../../../src/delivery/router/types.ts';
import type { Canary } from '../../../src/domain/canary.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { parseApiVersion, type KubeObject } from '../../../src/domain/object.ts';
import { parseLosslessJson } from '../../../src/lib/lossless-json.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../../src/sandbox/api-server/api-server.ts';
import { ApiCaller } from '../../contract/api-server/api-caller.ts';
import { RouterWorld } from '../../support/router-world.ts';

/** The annotation that names a type which Flagger's schema does not know. */
const TYPE = 'sluice.dev/type';

const api = new ApiCaller(
  createApiServer({
    clock: systemClock,
    random: Math.random,
    callWebhook: () => Promise.reject(new Error('connection refused')),
  }).transport(SANDBOX_ADMIN),
);

function isDocumented({ docs }: { readonly docs: PluginDocs | undefined }): boolean {
  return docs !== undefined;
}

interface Documented {
  readonly name: string;
  readonly docs?: PluginDocs;
}

const ROUTER_ENTRIES = (ROUTERS as readonly Router[])
  .map((router) => ({
    name: router.providers[0] ?? '',
    router,
    docs: router.docs,
  }))
  .filter(isDocumented);
const METRIC_ENTRIES = METRIC_PROVIDERS.map(({ type, docs }) => ({ name: type, docs })).filter(
  isDocumented,
);
const NOTIFIER_ENTRIES = NOTIFIERS.map(({ type, docs }) => ({ name: type, docs })).filter(
  isDocumented,
);

/** The objects of an example. */
function objectsOf({ docs }: { readonly docs: PluginDocs | undefined }): KubeObject[] {
  return loadAll(docs?.example ?? '') as KubeObject[];
}

/** The one object of this kind in an example. */
function only(objects: readonly KubeObject[], wanted: string): KubeObject {
  const found = objects.filter(({ kind }) => kind === wanted);
  expect(found, `one ${wanted} in the example`).toHaveLength(1);
  return found[0] as KubeObject;
}

/** What the definitions of Flagger's kinds say against the objects of an example; unknown fields count. */
async function complaints(objects: readonly KubeObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const object of objects) {
    const { apiVersion, kind, metadata } = object;
    expect([apiVersion, kind, metadata.name].every((text) => typeof text === 'string')).toBe(true);
    if (parseApiVersion(apiVersion).group !== 'flagger.app') continue;
    const plural = kind === 'Canary' ? 'canaries' : `${kind.toLowerCase()}s`;
    const path = `/apis/${apiVersion}/namespaces/${metadata.namespace ?? 'default'}/${plural}`;
    const { status, text } = await api.post(`${path}?dryRun=All&fieldValidation=Strict`, object);
    if (status !== 201) found.push(text);
  }
  return found;
}

function typeOf(object: KubeObject, inSchema: string | undefined): string | undefined {
  return object.metadata.annotations?.[TYPE] ?? inSchema;
}

beforeAll(async () => {
  const text = readFileSync('manifests/crds/flagger.yaml', 'utf8');
  for (const definition of loadAll(text)) {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect((await api.post(path, definition)).status).toBe(201);
  }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  expect((await api.post('/api/v1/namespaces', namespace)).status).toBe(201);
});

test('a field that nobody knows would be seen', async () => {
  const [canary] = objectsOf(ROUTER_ENTRIES[0] as (typeof ROUTER_ENTRIES)[number]);
  const spec = { ...(canary as Canary).spec, colour: 'blue' };
  expect(await complaints([{ ...canary, spec } as KubeObject])).toEqual([
    expect.stringContaining('spec.colour'),
  ]);
});

test('the generated pages of plug-ins say what the plug-ins say', () => {
  for (const { file, text } of pluginPages()) {
    expect(readFileSync(file, 'utf8'), `${file}: run npm run generate`).toBe(text);
  }
});

const ALL: readonly Documented[] = [...ROUTER_ENTRIES, ...METRIC_ENTRIES, ...NOTIFIER_ENTRIES].map(
  ({ name, docs }) => ({ name, ...(docs === undefined ? {} : { docs }) }),
);

test.each(ALL)('$name says what it is for, what it needs, and shows it', ({ docs }) => {
  expect(docs?.summary).toMatch(/^\S[^\n]{20,300}\.$/);
  for (const sentence of [...(docs?.prerequisites ?? []), ...(docs?.notes ?? [])]) {
    expect(sentence).toMatch(/^[^\n]{10,400}[.]$/);
  }
});

describe.each(ROUTER_ENTRIES)('the example of the router $name', (entry) => {
  test('has a Canary of it that the schema and the admission checks take without a word', async () => {
    const objects = objectsOf(entry);
    expect(await complaints(objects)).toEqual([]);
    const canary = only(objects, 'Canary') as Canary;
    expect(entry.router.providers).toContain(canary.spec.provider);
    const json = parseLosslessJson(JSON.stringify(canary));
    expect(canaryNotes(json, '')).toEqual({ refused: [], warnings: [] });
    expect(valueIssues(json)).toEqual([]);
  });

  test('lacks nothing but objects that stand in the cluster', async () => {
    const canary = only(objectsOf(entry), 'Canary') as Canary;
    const problem = await new RouterWorld(entry.router, canary).check();
    expect(problem?.reason ?? 'Missing').toMatch(/Missing$/);
  });
});

interface MetricTemplate extends KubeObject {
  readonly spec: { readonly provider: { readonly type?: string }; readonly query: string };
}

test.each(METRIC_ENTRIES)(
  'the example of the metric provider $name has a MetricTemplate of it whose query can be made',
  async (entry) => {
    const objects = objectsOf(entry);
    expect(await complaints(objects)).toEqual([]);
    const template = only(objects, 'MetricTemplate') as MetricTemplate;
    expect(typeOf(template, template.spec.provider.type)).toBe(entry.name);
    expect(renderQuery(template.spec.query, VARIABLES)).not.toContain('{{');
  },
);

interface AlertProvider extends KubeObject {
  readonly spec: { readonly type?: string };
}

test.each(NOTIFIER_ENTRIES)(
  'the example of the notifier $name has an AlertProvider of it',
  async (entry) => {
    const objects = objectsOf(entry);
    expect(await complaints(objects)).toEqual([]);
    const provider = only(objects, 'AlertProvider') as AlertProvider;
    expect(typeOf(provider, provider.spec.type)).toBe(entry.name);
  },
);

const VARIABLES = {
  name: 'podinfo',
  namespace: 'shop',
  target: 'podinfo',
  service: 'podinfo-canary',
  ingress: 'podinfo',
  route: 'podinfo',
  interval: '1m',
  variables: {},
};
