import { describe, expect, test } from 'vitest';
import type { HttpRoute, RouteRule } from '../../../../src/delivery/http-route-object.ts';
import { router } from '../../../../src/delivery/router/gateway-api.ts';
import { router as olderRouter } from '../../../../src/delivery/router/gateway-api-v1beta1.ts';
import { ALL_TO_PRIMARY, type RouteContext } from '../../../../src/delivery/router/types.ts';
import type { CanaryAnalysis, CanaryService } from '../../../../src/domain/canary.ts';
import type { KubeObject, ResourceType } from '../../../../src/domain/object.ts';
import { RESOURCES } from '../../../../src/domain/resources.ts';
import { canaryOf } from '../../../support/plan-fixture.ts';
import { RouterWorld } from '../../../support/router-world.ts';

const STEP = { primary: 70, canary: 30, mirrored: false };
const MIRRORED = { primary: 100, canary: 0, mirrored: true };
const SERVICE = {
  port: 9898,
  hosts: ['app.example.com'],
  gatewayRefs: [{ name: 'gateway', namespace: 'infra' }],
};
const CLASSES: ResourceType = {
  ...RESOURCES.gateways,
  plural: 'gatewayclasses',
  kind: 'GatewayClass',
  namespaced: false,
};
const PATH = { path: { type: 'PathPrefix', value: '/' } };
const backends = (primary: number, canary: number): object[] => [
  { group: '', kind: 'Service', name: 'app-primary', port: 9898, weight: primary },
  { group: '', kind: 'Service', name: 'app-canary', port: 9898, weight: canary },
];

interface Setting {
  readonly service?: Partial<CanaryService>;
  readonly analysis?: CanaryAnalysis;
  readonly context?: Partial<RouteContext>;
  /** Features that the class lists. */
  readonly listed?: readonly unknown[];
  readonly gatewayStatus?: object;
}

async function worldOf(setting: Setting = {}, which = router): Promise<RouterWorld> {
  const { service, analysis, context, listed, gatewayStatus } = setting;
  const canary = canaryOf({ service: { ...SERVICE, ...service } }, analysis);
  const world = new RouterWorld(which, canary, context);
  await world.client.create(RESOURCES.gateways, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'gateway', namespace: 'infra' },
    spec: { gatewayClassName: 'class' },
    status: gatewayStatus,
  } as KubeObject);
  await world.client.create(CLASSES, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'class' },
    status: { supportedFeatures: listed },
  } as KubeObject);
  return world;
}

function routeOf(world: RouterWorld): HttpRoute {
  const found = world.client.peek<HttpRoute>(RESOURCES.httpRoutes, 'shop', 'app');
  if (found === undefined) throw new Error('no HTTPRoute');
  return found;
}

async function rulesOf(setting: Setting, weights = STEP, which = router): Promise<RouteRule[]> {
  const world = await worldOf(setting, which);
  await world.apply(weights);
  return routeOf(world).spec.rules ?? [];
}

/** What a controller says about the route as it is. */
async function answer(
  world: RouterWorld,
  conditions: readonly { type: string; status: string; reason?: string; behind?: number }[],
  parentRef: object = { name: 'gateway', namespace: 'infra' },
): Promise<void> {
  const live = routeOf(world);
  const { generation = 0 } = live.metadata;
  const shown = conditions.map(({ behind = 0, ...each }) => ({
    ...each,
    observedGeneration: generation - behind,
  }));
  const status = { parents: [{ parentRef, conditions: shown }] };
  await world.client.replaceStatus(RESOURCES.httpRoutes, { ...live, status });
}

describe('the route is the one that Flagger writes', () => {
  test('with the labels of the apex Service, its selector label among them, where there are any', async () => {
    const context = { selector: { key: 'app.kubernetes.io/name', value: 'app' } };
    const named = await worldOf({ service: { apex: { labels: { test: 'label' } } }, context });
    await named.apply(STEP);
    expect(routeOf(named).metadata.labels).toEqual({
      'app.kubernetes.io/name': 'app',
      test: 'label',
    });
    const plain = await worldOf({ context });
    await plain.apply(STEP);
    expect(routeOf(plain).metadata.labels ?? {}).toEqual({});
  });

  test('as a whole', async () => {
    const world = await worldOf();
    await world.apply(STEP);
    expect(routeOf(world)).toMatchObject({
      apiVersion: 'gateway.networking.k8s.io/v1',
      metadata: {
        annotations: {
          'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
          'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
        },
      },
    });
    const group = 'gateway.networking.k8s.io';
    expect(routeOf(world).spec).toEqual({
      hostnames: ['app.example.com'],
      parentRefs: [{ group, kind: 'Gateway', name: 'gateway', namespace: 'infra' }],
      rules: [{ matches: [PATH], backendRefs: backends(70, 30) }],
    });
  });

  test('every member of a gatewayRef', async () => {
    const reference = {
      group: 'example.com',
      kind: 'Mesh',
      name: 'm',
      namespace: 'n',
      sectionName: 's',
      port: 443,
    };
    const world = await worldOf({ service: { gatewayRefs: [reference] } });
    await world.apply(STEP);
    expect(routeOf(world).spec.parentRefs).toEqual([reference]);
  });

  test('matches, filters, rewrites and time limits of the service', async () => {
    const [rule] = await rulesOf({
      service: {
        timeout: '15s',
        backendTimeout: '5s',
        match: [
          {
            uri: { prefix: '/api' },
            method: { exact: 'GET' },
            headers: { 'x-b': { regex: 'c.*' }, 'x-a': { exact: '1' } },
            queryParams: { q: { exact: '2' } },
          },
          { uri: { regex: '/v.*' } },
        ],
        rewrite: { uri: '/', authority: 'inner.example', type: 'ReplacePrefixMatch' },
        headers: {
          request: { add: { b: '2', a: '1' }, remove: ['c'] },
          response: { set: { d: '3' } },
        },
        mirror: [{ backendRef: { name: 'copy', port: 80 } }],
        corsPolicy: {
          allowOrigin: ['https://a.example'],
          allowOrigins: [{ exact: 'https://b.example' }],
          allowMethods: ['GET'],
          allowHeaders: ['x-c'],
          exposeHeaders: ['x-d'],
          allowCredentials: true,
          maxAge: '1h',
        },
      },
    });
    expect(rule).toEqual({
      matches: [
        {
          path: { type: 'PathPrefix', value: '/api' },
          method: 'GET',
          headers: [
            { name: 'x-a', type: 'Exact', value: '1' },
            { name: 'x-b', type: 'RegularExpression', value: 'c.*' },
          ],
          queryParams: [{ name: 'q', type: 'Exact', value: '2' }],
        },
        { path: { type: 'RegularExpression', value: '/v.*' } },
      ],
      filters: [
        {
          type: 'RequestHeaderModifier',
          requestHeaderModifier: {
            add: [
              { name: 'a', value: '1' },
              { name: 'b', value: '2' },
            ],
            remove: ['c'],
          },
        },
        {
          type: 'ResponseHeaderModifier',
          responseHeaderModifier: { set: [{ name: 'd', value: '3' }] },
        },
        {
          type: 'URLRewrite',
          urlRewrite: {
            hostname: 'inner.example',
            path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' },
          },
        },
        { type: 'RequestMirror', requestMirror: { backendRef: { name: 'copy', port: 80 } } },
        {
          type: 'CORS',
          cors: {
            allowOrigins: ['https://a.example', 'https://b.example'],
            allowMethods: ['GET'],
            allowHeaders: ['x-c'],
            exposeHeaders: ['x-d'],
            allowCredentials: true,
            maxAge: 3600,
          },
        },
      ],
      timeouts: { request: '15s', backendRequest: '5s' },
      backendRefs: backends(70, 30),
    });
  });

  test('v1beta1 has neither time limits nor CORS', async () => {
    const service = { timeout: '15s', corsPolicy: { allowOrigin: ['https://a.example'] } };
    const world = await worldOf({ service }, olderRouter);
    await world.apply(STEP);
    const route = routeOf(world);
    expect(route.apiVersion).toBe('gateway.networking.k8s.io/v1beta1');
    expect(route.spec.rules).toEqual([{ matches: [PATH], backendRefs: backends(70, 30) }]);
  });

  test('A/B: whoever matches has both backends, the others have the primary', async () => {
    const match = [
      { headers: { 'x-canary': { exact: 'insider' } } },
      { headers: { cookie: { regex: '^(.*?;)?(canary=always)(;.*)?$' } } },
    ];
    const weights = { primary: 0, canary: 100, mirrored: false };
    const setting: Setting = {
      service: { match: [{ uri: { prefix: '/a' } }, { uri: { prefix: '/b' } }], timeout: '9s' },
      analysis: { match, iterations: 3 },
      context: { strategy: 'ab-testing' },
    };
    const [first, second, ...rest] = await rulesOf(setting, weights);
    const header = { name: 'x-canary', type: 'Exact', value: 'insider' };
    const cookie = {
      name: 'cookie',
      type: 'RegularExpression',
      value: match[1]?.headers.cookie?.regex,
    };
    expect(first).toMatchObject({
      matches: [
        { path: { type: 'PathPrefix', value: '/a' }, headers: [header] },
        { path: { type: 'PathPrefix', value: '/b' }, headers: [header] },
        { path: { type: 'PathPrefix', value: '/a' }, headers: [cookie] },
        { path: { type: 'PathPrefix', value: '/b' }, headers: [cookie] },
      ],
      timeouts: { request: '9s' },
      backendRefs: backends(0, 100),
    });
    expect(second).toEqual({
      matches: [
        { path: { type: 'PathPrefix', value: '/a' } },
        { path: { type: 'PathPrefix', value: '/b' } },
      ],
      timeouts: { request: '9s' },
      backendRefs: backends(100, 0).slice(0, 1),
    });
    expect(rest).toEqual([]);
  });

  test('a match with weights: shares among those that match', async () => {
    const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
    const world = await worldOf({ analysis: { match } });
    await world.apply(STEP);
    expect(routeOf(world).spec.rules?.[0]?.backendRefs).toEqual(backends(70, 30));
    expect(routeOf(world).spec.rules?.[1]?.backendRefs).toEqual(backends(100, 0).slice(0, 1));
    expect(await world.observe()).toMatchObject({ weights: STEP, drifted: false });
  });

  test('copies come after the filters of the service, and only while iterating', async () => {
    const setting = {
      service: { headers: { request: { set: { a: '1' } } } },
      analysis: { mirror: true, iterations: 3 },
      context: { strategy: 'blue-green' },
    } as const;
    const [rule] = await rulesOf(setting, MIRRORED);
    expect(rule?.filters?.map(({ type }) => type)).toEqual([
      'RequestHeaderModifier',
      'RequestMirror',
    ]);
    expect(rule?.filters?.[1]?.requestMirror).toEqual({
      backendRef: { group: '', kind: 'Service', name: 'app-canary', port: 9898 },
    });
    const [weighted] = await rulesOf({ ...setting, context: { strategy: 'canary' } }, MIRRORED);
    expect(weighted?.filters).toHaveLength(1);
  });
});

describe('session affinity', () => {
  const COOKIES = {
    canary: 'side=aaaaaaaaaa',
    primary: 'other=bbbbbbbbbb',
    previous: 'side=cccccccccc',
  };
  const attributes = {
    domain: 'example.com',
    httpOnly: true,
    maxAge: 21_600,
    partitioned: true,
    path: '/shop',
    sameSite: 'Strict',
    secure: true,
  };
  const setting = (affinity: object, service: Partial<CanaryService> = {}): Setting => ({
    service,
    analysis: { interval: '30s', sessionAffinity: { cookieName: 'side', ...affinity } },
    context: { cookies: COOKIES },
  });
  const cookieRule = (pattern: string): object => ({
    ...PATH,
    headers: [{ name: 'Cookie', type: 'RegularExpression', value: pattern }],
  });
  const told = (value: string): object => ({
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { add: [{ name: 'Set-Cookie', value }] },
  });
  const [primary, canary] = backends(70, 30);

  test('with the canary’s cookie', async () => {
    expect(await rulesOf(setting({ maxAge: 21_600 }))).toEqual([
      { matches: [cookieRule('.*side.*aaaaaaaaaa.*')], backendRefs: backends(0, 100) },
      {
        matches: [PATH],
        backendRefs: [primary, { ...canary, filters: [told('side=aaaaaaaaaa; Max-Age=21600')] }],
      },
    ]);
  });

  test('with both cookies and every attribute; the primary’s lasts one interval', async () => {
    const attributeText =
      'Domain=example.com; HttpOnly; Partitioned; Path=/shop; SameSite=Strict; Secure';
    expect(await rulesOf(setting({ primaryCookieName: 'other', ...attributes }))).toEqual([
      { matches: [cookieRule('.*side.*aaaaaaaaaa.*')], backendRefs: backends(0, 100) },
      { matches: [cookieRule('.*other.*bbbbbbbbbb.*')], backendRefs: backends(100, 0) },
      {
        matches: [PATH],
        backendRefs: [
          { ...primary, filters: [told(`other=bbbbbbbbbb; Max-Age=30; ${attributeText}`)] },
          { ...canary, filters: [told(`side=aaaaaaaaaa; Max-Age=21600; ${attributeText}`)] },
        ],
      },
    ]);
  });

  test('v1beta1 has the canary’s cookie alone', async () => {
    const rules = await rulesOf(setting({ primaryCookieName: 'other' }), STEP, olderRouter);
    expect(rules).toHaveLength(2);
    expect(JSON.stringify(rules)).not.toContain('other');
  });

  test('without weight the cookie before expires', async () => {
    expect(await rulesOf(setting({}), ALL_TO_PRIMARY)).toEqual([
      {
        matches: [cookieRule('.*side.*cccccccccc.*')],
        filters: [told('side=cccccccccc; Max-Age=-1')],
        backendRefs: backends(100, 0),
      },
      { matches: [PATH], backendRefs: backends(100, 0) },
    ]);
  });

  test('an expiring cookie shares the filter with the service’s own headers', async () => {
    const service = { headers: { response: { add: { a: '1' } } } };
    const [rule] = await rulesOf(setting({}, service), ALL_TO_PRIMARY);
    expect(rule?.filters).toEqual([
      {
        type: 'ResponseHeaderModifier',
        responseHeaderModifier: {
          add: [
            { name: 'a', value: '1' },
            { name: 'Set-Cookie', value: 'side=cccccccccc; Max-Age=-1' },
          ],
        },
      },
    ]);
  });
});

describe('what cannot be routed is refused before it is written', () => {
  test.each<[string, Setting, string, string]>([
    ['no parent', { service: { gatewayRefs: [] } }, 'GatewayRefsMissing', 'gatewayRefs'],
    [
      'a parent that is not there',
      { service: { gatewayRefs: [{ name: 'nobody' }] } },
      'GatewayMissing',
      'Gateway nobody.shop not found',
    ],
    [
      'a part of a match that no route has',
      { service: { match: [{ scheme: { exact: 'https' } }] } },
      'RouteUnsupported',
      'spec.service.match.scheme',
    ],
    [
      'a prefix of a header',
      { analysis: { match: [{ headers: { a: { prefix: 'b' } } }] } },
      'RouteUnsupported',
      'spec.analysis.match.headers.a without exact or regex',
    ],
    [
      'a method by pattern',
      { service: { match: [{ method: { regex: 'G.*' } }] } },
      'RouteUnsupported',
      'spec.service.match.method',
    ],
    [
      'origins by pattern',
      { service: { corsPolicy: { allowOrigins: [{ regex: '.*' }] } } },
      'RouteUnsupported',
      'allowOrigins',
    ],
    [
      'a gateway without data plane',
      { gatewayStatus: { conditions: [{ type: 'Programmed', status: 'False' }] } },
      'GatewayNotProgrammed',
      'Gateway gateway.infra is not programmed',
    ],
  ])('%s', async (_name, setting, reason, message) => {
    const problem = await (await worldOf(setting)).check();
    expect(problem?.reason).toBe(reason);
    expect(problem?.message).toContain(message);
  });

  const mirrored: Setting = {
    analysis: { mirror: true, iterations: 2 },
    context: { strategy: 'blue-green' },
  };
  test.each<[string, Setting]>([
    ['HTTPRouteRequestMirror', mirrored],
    ['HTTPRouteRequestMirror', { service: { mirror: [{ backendRef: { name: 'copy' } }] } }],
    [
      'HTTPRouteRequestMultipleMirrors',
      { ...mirrored, service: { mirror: [{ backendRef: { name: 'copy' } }] } },
    ],
    ['HTTPRouteCORS', { service: { corsPolicy: { allowOrigin: ['*'] } } }],
    [
      'HTTPRouteQueryParamMatching',
      { service: { match: [{ queryParams: { a: { exact: 'b' } } }] } },
    ],
    ['HTTPRouteMethodMatching', { service: { match: [{ method: { exact: 'GET' } }] } }],
    ['HTTPRouteHostRewrite', { service: { rewrite: { authority: 'a.example' } } }],
    ['HTTPRoutePathRewrite', { service: { rewrite: { uri: '/' } } }],
    [
      'HTTPRouteResponseHeaderModification',
      { service: { headers: { response: { set: { a: 'b' } } } } },
    ],
    ['HTTPRouteResponseHeaderModification', { analysis: { sessionAffinity: { cookieName: 'a' } } }],
  ])('a class that does not list %s', async (feature, setting) => {
    const all = [
      'HTTPRouteRequestMirror',
      'HTTPRouteRequestMultipleMirrors',
      'HTTPRouteCORS',
      'HTTPRouteQueryParamMatching',
      'HTTPRouteMethodMatching',
      'HTTPRouteHostRewrite',
      'HTTPRoutePathRewrite',
      'HTTPRouteResponseHeaderModification',
    ];
    const others = all.filter((name) => name !== feature);
    const refused = await (
      await worldOf({ ...setting, listed: others.map((name) => ({ name })) })
    ).check();
    expect(refused).toMatchObject({ reason: 'RouteUnsupported' });
    expect(refused?.message).toContain(`does not list the feature ${feature},`);
    // As classes list them since v1.1, before, and not at all.
    const listings = [all.map((name) => ({ name })), all, [], undefined];
    for (const listed of listings) {
      const world = await worldOf({ ...setting, ...(listed === undefined ? {} : { listed }) });
      expect(await world.check()).toBeUndefined();
    }
  });

  test('a class without time limits serves a route that has them', async () => {
    const listed = [{ name: 'HTTPRoutePathRewrite' }];
    const world = await worldOf({ service: { timeout: '1s', backendTimeout: '1s' }, listed });
    expect(await world.check()).toBeUndefined();
  });
});

describe('what the gateway says', () => {
  test.each([
    ['True', 0, undefined],
    ['False', 0, 'status is False'],
    ['Unknown', 0, 'status is Unknown'],
    ['True', 1, 'it has not seen the latest change'],
  ])('Accepted=%s, %d generations behind: %s', async (status, behind, state) => {
    const world = await worldOf();
    await world.apply(STEP);
    await answer(world, [{ type: 'Accepted', status, behind }]);
    const { problem } = await world.observe();
    const what = 'HTTPRoute app.shop parent gateway is not ready';
    expect(problem?.message).toBe(state === undefined ? undefined : `${what}, ${state}`);
  });

  test.each([
    ['BackendNotFound', 'RouteRefsNotResolved'],
    ['NoReadyEndpoints', undefined],
  ])('ResolvedRefs=False because of %s', async (reason, expected) => {
    const world = await worldOf();
    await world.apply(STEP);
    const accepted = { type: 'Accepted', status: 'True' };
    await answer(world, [accepted, { type: 'ResolvedRefs', status: 'False', reason }]);
    expect((await world.observe()).problem?.reason).toBe(expected);
  });

  test('what an earlier parent said does not count', async () => {
    const world = await worldOf();
    await world.apply(STEP);
    await answer(world, [{ type: 'Accepted', status: 'False' }], { name: 'earlier' });
    expect((await world.observe()).problem).toBeUndefined();
  });
});

describe('a route that is refused after a change', () => {
  const refusal = { type: 'Accepted', status: 'False', reason: 'UnsupportedValue' };
  const accepted = { type: 'Accepted', status: 'True' };

  async function served(setting: Setting = {}): Promise<RouterWorld> {
    const world = await worldOf(setting);
    await world.apply(STEP);
    await answer(world, [accepted]);
    expect((await world.observe()).problem).toBeUndefined();
    return world;
  }

  function edited(world: RouterWorld, service: Partial<CanaryService>, generation: number): void {
    const canary = canaryOf({ service: { ...SERVICE, ...service } });
    canary.metadata.generation = generation;
    world.context = { ...world.context, canary };
  }

  test('goes back to the one that was served, with the live weights, until the spec changes', async () => {
    const world = await served();
    const before = routeOf(world).spec;
    edited(world, { hosts: ['b.example.com'], timeout: '1s' }, 2);
    expect(await world.observe()).toMatchObject({ drifted: true });
    await world.apply(STEP);
    await answer(world, [refusal]);
    const refused = await world.observe();
    expect(refused).toMatchObject({ refused: true, drifted: true, weights: STEP });
    expect(refused.problem?.reason).toBe('RouteRefused');
    await world.apply(STEP);
    expect(routeOf(world).spec).toEqual(before);
    await answer(world, [accepted]);
    const restored = await world.observe();
    expect(restored).toMatchObject({ drifted: false, problem: { reason: 'RouteRefused' } });
    expect(restored.refused).toBeUndefined();
    // Weights move on, the rest stays.
    await world.apply(ALL_TO_PRIMARY);
    expect(routeOf(world).spec).toEqual({
      ...before,
      rules: [{ matches: [PATH], backendRefs: backends(100, 0) }],
    });
    edited(world, { hosts: ['c.example.com'] }, 3);
    await answer(world, [accepted]);
    expect(await world.observe()).toMatchObject({ drifted: true });
    expect((await world.observe()).problem).toBeUndefined();
    await world.apply(ALL_TO_PRIMARY);
    expect(routeOf(world).spec.hostnames).toEqual(['c.example.com']);
  });

  test('is no answer to a change when it was served before', async () => {
    const world = await served();
    await answer(world, [refusal]);
    const observed = await world.observe();
    expect(observed).toMatchObject({ drifted: false, problem: { reason: 'RouteNotAccepted' } });
    expect(observed.refused).toBeUndefined();
  });

  test('loses its copies', async () => {
    const analysis = { mirror: true, iterations: 2 };
    const world = await worldOf({ analysis, context: { strategy: 'blue-green' } });
    await world.apply(MIRRORED);
    await answer(world, [refusal]);
    expect(await world.observe()).toMatchObject({ refused: true, weights: MIRRORED });
    await world.apply(ALL_TO_PRIMARY);
    expect(routeOf(world).spec.rules?.[0]?.filters).toBeUndefined();
  });

  test('is not written at all where the class does not list what it needs', async () => {
    const world = await worldOf({ listed: [{ name: 'HTTPRoute' }] });
    await world.apply(STEP);
    await world.observe();
    edited(world, { corsPolicy: { allowOrigin: ['*'] } }, 2);
    expect(await world.check()).toMatchObject({ reason: 'RouteUnsupported' });
    expect(await world.observe()).toMatchObject({ drifted: false, weights: STEP });
    await world.apply(ALL_TO_PRIMARY);
    expect(routeOf(world).spec.rules).toEqual([{ matches: [PATH], backendRefs: backends(100, 0) }]);
  });
});
