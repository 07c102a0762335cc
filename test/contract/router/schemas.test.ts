import { beforeAll, describe, expect, test } from 'vitest';
import type { CanaryAnalysis, CanaryService } from '../../../src/domain/canary.ts';
import type { RouteContext } from '../../../src/delivery/router/types.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { apiVersionOf, type KubeObject } from '../../../src/domain/object.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../../src/sandbox/api-server/api-server.ts';
import { ApiCaller, type Answer } from '../api-server/api-caller.ts';
import type { RouterWorld } from '../../support/router-world.ts';
import { loadPlugins } from '../frame/load.ts';
import { routerContract } from './contract.ts';
import { hasGo, publishedCrds } from './crds.ts';
import { worldOf } from './fixture.ts';

const { tried } = await loadPlugins(routerContract);
const WEIGHTS = [0, 30, 100, 0].map((canary) => ({
  primary: 100 - canary,
  canary,
  mirrored: false,
}));
const gatewayRefs = [{ name: 'gateway', namespace: 'infra' }];

interface Setting {
  readonly service?: Partial<CanaryService>;
  readonly analysis?: CanaryAnalysis;
  readonly context?: Partial<RouteContext>;
  readonly weights?: typeof WEIGHTS;
}

const SETTINGS: readonly (readonly [string, Setting])[] = [
  ['weights', {}],
  [
    'the whole service',
    {
      service: {
        gatewayRefs: [{ ...gatewayRefs[0], sectionName: 'web', port: 80 }],
        timeout: '15s',
        backendTimeout: '5s',
        match: [
          {
            uri: { prefix: '/api' },
            method: { exact: 'GET' },
            headers: { 'x-a': { exact: '1' } },
            queryParams: { q: { exact: '2' } },
          },
        ],
        rewrite: { uri: '/', type: 'ReplacePrefixMatch' },
        headers: {
          request: { add: { a: '1' }, set: { b: '2' }, remove: ['c'] },
          response: { add: { d: '3' } },
        },
        corsPolicy: { allowOrigin: ['https://a.example'], allowMethods: ['GET'], maxAge: '1h' },
        apex: { labels: { team: 'a' }, annotations: { 'example.com/note': 'b' } },
      },
    },
  ],
  [
    'A/B testing',
    {
      service: { timeout: '15s' },
      analysis: {
        iterations: 2,
        match: [
          { headers: { 'x-canary': { exact: 'insider' } } },
          { headers: { cookie: { regex: '^(.*?;)?(canary=always)(;.*)?$' } } },
        ],
      },
      context: { strategy: 'ab-testing' },
      weights: [0, 100, 0].map((canary) => ({ primary: 100 - canary, canary, mirrored: false })),
    },
  ],
  [
    'mirroring',
    {
      analysis: { iterations: 2, mirror: true, mirrorWeight: 50 },
      context: { strategy: 'blue-green' },
      weights: [false, true, false].map((mirrored) => ({ primary: 100, canary: 0, mirrored })),
    },
  ],
  [
    'session affinity',
    {
      service: { headers: { response: { add: { d: '3' } } } },
      analysis: {
        interval: '30s',
        sessionAffinity: { cookieName: 'side', primaryCookieName: 'other', httpOnly: true },
      },
      context: {
        cookies: { canary: 'side=abcdefghij', primary: 'other=klmnopqrst', previous: 'side=old' },
      },
    },
  ],
];

/** The definitions that the fixtures name, each once. */
function neededCrds(): KubeObject[] {
  const sources = tried.flatMap(({ fixture }) => fixture?.definitions ?? []);
  const found = sources.flatMap(publishedCrds);
  return [...new Map(found.map((each) => [each.metadata.name, each])).values()];
}

/** Sends what the router left in its store to the server, as the executor would. */
class Api {
  readonly #api = new ApiCaller(
    createApiServer({
      clock: systemClock,
      random: Math.random,
      callWebhook: () => Promise.reject(new Error('connection refused')),
    }).transport(SANDBOX_ADMIN),
  );

  async start(): Promise<void> {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    for (const definition of neededCrds()) {
      const { status, text } = await this.#api.post(path, definition);
      if (status !== 201) throw new Error(`${definition.metadata.name}: ${text}`);
    }
    await this.#api.post('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
    });
  }

  /** Every object of the router as it is in its store; what the server says against one. */
  async complaints(world: RouterWorld): Promise<string[]> {
    const live = await world.live();
    const objects = world.router.objects(world.context);
    const answers = await Promise.all(
      objects.map(async ({ type, key }, i) => {
        const object = live[i];
        if (object === undefined) return undefined;
        const base = `/apis/${apiVersionOf(type)}/namespaces/shop/${type.plural}`;
        return this.#put(base, key.name, object);
      }),
    );
    return answers.flatMap((answer) =>
      answer === undefined || answer.status < 300 ? [] : [answer.text],
    );
  }

  async #put(base: string, name: string, object: KubeObject): Promise<Answer> {
    const { resourceVersion, uid, generation, ...metadata } = object.metadata;
    expect([resourceVersion, uid, generation]).not.toContain(undefined);
    const sent = { ...object, metadata };
    const live = await this.#api.get(`${base}/${name}`);
    const query = '?fieldValidation=Strict';
    if (live.status === 404) return this.#api.post(`${base}${query}`, sent);
    const current = live.body['metadata']?.['resourceVersion'];
    const whole = { ...sent, metadata: { ...metadata, resourceVersion: current } };
    return this.#api.put(`${base}/${name}${query}`, whole);
  }

  async clear(world: RouterWorld): Promise<void> {
    for (const { type, key } of world.router.objects(world.context)) {
      const base = `/apis/${apiVersionOf(type)}/namespaces/shop/${type.plural}`;
      await this.#api.delete(`${base}/${key.name}`);
    }
  }
}

const isCi = process.env['CI'] !== undefined;
if (!hasGo() && !isCi)
  console.warn('no Go: routes are not validated against published definitions');

describe.runIf(hasGo() || isCi)('the published definitions admit what routers write', () => {
  const api = new Api();
  beforeAll(() => api.start(), 120_000);

  for (const { name, plugin: router, fixture } of tried) {
    if (fixture === undefined) continue;
    describe(name, () => {
      test.each(SETTINGS)('%s', async (_name, setting) => {
        const { service, analysis = {}, context, weights = WEIGHTS } = setting;
        const whole = { ...fixture.spec.service, port: 9898, ...service };
        const world = await worldOf(router, fixture, { service: whole, analysis }, context);
        for (const each of weights) {
          await world.apply(each);
          expect(await api.complaints(world)).toEqual([]);
        }
        await api.clear(world);
      });
    });
  }
});
