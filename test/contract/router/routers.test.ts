import { describe, expect, test } from 'vitest';
import type { Ingress } from '../../../src/delivery/canary-ingress.ts';
import type { HttpRoute } from '../../../src/delivery/http-route.ts';
import { ROUTERS } from '../../../src/delivery/router/index.ts';
import { ALL_TO_PRIMARY, type Router } from '../../../src/delivery/router/types.ts';
import type { CanarySpec } from '../../../src/domain/canary.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { canaryOf } from '../../support/plan-fixture.ts';
import { RouterWorld } from '../../support/router-world.ts';

const HALF = { primary: 70, canary: 30, mirrored: false };
const SERVICE = {
  port: 9898,
  hosts: ['app.example.com'],
  gatewayRefs: [{ name: 'gateway', namespace: 'infra' }],
};

const ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'app' };
const backend = { service: { name: 'app', port: { number: 9898 } } };
const INGRESS: Ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'app', namespace: 'shop' },
  spec: { rules: [{ http: { paths: [{ backend }] } }] },
};

async function worldOf(router: Router, spec: Partial<CanarySpec> = {}): Promise<RouterWorld> {
  const world = new RouterWorld(router, canaryOf({ service: SERVICE, ingressRef, ...spec }));
  const metadata = { name: 'gateway', namespace: 'infra' };
  await world.client.create(RESOURCES.gateways, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata,
  });
  await world.client.create(RESOURCES.ingresses, INGRESS);
  return world;
}

const routers: readonly Router[] = ROUTERS;

describe.each(routers)('router $providers', (router) => {
  test('a fitting spec has no problem', async () => {
    expect(await (await worldOf(router)).check()).toBeUndefined();
  });

  test('before anything is written all traffic is the primary’s', async () => {
    expect((await (await worldOf(router)).observe()).weights).toEqual(ALL_TO_PRIMARY);
  });

  test('what is written is observed, and written once', async () => {
    const world = await worldOf(router);
    await world.apply(HALF);
    const observed = await world.observe();
    expect(observed).toMatchObject({ present: true, drifted: false });
    expect(observed.weights).toEqual(router.capabilities.weighted ? HALF : ALL_TO_PRIMARY);
    const writes = world.client.writes.length;
    expect(await world.apply(HALF)).toBe(false);
    expect(world.client.writes).toHaveLength(writes);
  });

  test('weights sum to 100', async () => {
    const world = await worldOf(router);
    for (const canary of [0, 1, 50, 99, 100, 0]) {
      await world.apply({ primary: 100 - canary, canary, mirrored: false });
      const { weights } = await world.observe();
      expect(weights.primary + weights.canary).toBe(100);
    }
  });
});

describe('gatewayapi:v1', () => {
  const router = routers.find(({ providers }) => providers.includes('gatewayapi:v1'));
  if (router === undefined) throw new Error('no router');
  const routeOf = (world: RouterWorld): HttpRoute | undefined =>
    world.client.peek<HttpRoute>(RESOURCES.httpRoutes, 'shop', 'app');

  test('the route is the one that Flagger writes', async () => {
    const world = await worldOf(router);
    await world.apply(HALF);
    expect(routeOf(world)).toMatchObject({
      metadata: {
        annotations: {
          'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
          'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
        },
        ownerReferences: [
          { kind: 'Canary', name: 'app', controller: true, blockOwnerDeletion: true },
        ],
      },
    });
    expect(routeOf(world)?.spec).toEqual({
      hostnames: ['app.example.com'],
      parentRefs: [
        {
          group: 'gateway.networking.k8s.io',
          kind: 'Gateway',
          name: 'gateway',
          namespace: 'infra',
        },
      ],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: [
            { group: '', kind: 'Service', name: 'app-primary', port: 9898, weight: 70 },
            { group: '', kind: 'Service', name: 'app-canary', port: 9898, weight: 30 },
          ],
        },
      ],
    });
  });

  test('matches, filters, rewrites and time-outs of the spec stand in the rule', async () => {
    const world = await worldOf(router, {
      service: {
        ...SERVICE,
        timeout: '15s',
        match: [
          {
            uri: { prefix: '/api' },
            method: { exact: 'GET' },
            headers: { 'x-b': { regex: 'c.*' }, 'x-a': { exact: '1' } },
          },
        ],
        rewrite: { uri: '/', authority: 'inner.example', type: 'ReplacePrefixMatch' },
        headers: { request: { add: { b: '2', a: '1' }, remove: ['c'] } },
      },
    });
    await world.apply(HALF);
    expect(routeOf(world)?.spec.rules?.[0]).toMatchObject({
      matches: [
        {
          path: { type: 'PathPrefix', value: '/api' },
          method: 'GET',
          headers: [
            { name: 'x-a', type: 'Exact', value: '1' },
            { name: 'x-b', type: 'RegularExpression', value: 'c.*' },
          ],
        },
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
          type: 'URLRewrite',
          urlRewrite: {
            hostname: 'inner.example',
            path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' },
          },
        },
      ],
      timeouts: { request: '15s' },
    });
  });

  test('a change of the spec is drift that keeps the live weights', async () => {
    const world = await worldOf(router);
    await world.apply(HALF);
    const canary = canaryOf({ service: { ...SERVICE, hosts: ['other.example.com'] } });
    world.context = { ...world.context, canary };
    const observed = await world.observe();
    expect(observed).toMatchObject({ drifted: true, weights: HALF });
    await world.apply(observed.weights);
    expect(routeOf(world)?.spec.hostnames).toEqual(['other.example.com']);
    expect((await world.observe()).weights).toEqual(HALF);
  });

  test('labels and annotations of others stay', async () => {
    const world = await worldOf(router);
    await world.apply(HALF);
    const live = routeOf(world);
    if (live === undefined) throw new Error('no route');
    const metadata = {
      ...live.metadata,
      labels: { team: 'a' },
      annotations: { ...live.metadata.annotations, note: 'b' },
    };
    await world.client.replace(RESOURCES.httpRoutes, { ...live, metadata });
    await world.apply(ALL_TO_PRIMARY);
    expect(routeOf(world)?.metadata).toMatchObject({
      labels: { team: 'a' },
      annotations: { note: 'b' },
    });
  });

  test.each([
    ['True', 1, undefined],
    ['False', 1, 'status is False'],
    ['Unknown', 1, 'status is Unknown'],
    ['True', 0, 'it has not seen the latest change'],
  ])(
    'a parent that says Accepted=%s for generation %d: %s',
    async (status, observedGeneration, state) => {
      const world = await worldOf(router);
      await world.apply(HALF);
      const live = routeOf(world);
      if (live === undefined) throw new Error('no route');
      const conditions = [{ type: 'Accepted', status, observedGeneration }];
      const parents = [{ parentRef: { name: 'gateway', namespace: 'infra' }, conditions }];
      await world.client.replaceStatus(RESOURCES.httpRoutes, { ...live, status: { parents } });
      const { problem } = await world.observe();
      if (state === undefined) expect(problem).toBeUndefined();
      else
        expect(problem?.message).toBe(`HTTPRoute app.shop parent gateway is not ready, ${state}`);
    },
  );

  test.each([
    ['no parent', { ...SERVICE, gatewayRefs: [] }, 'GatewayRefsMissing'],
    [
      'a parent that is not there',
      { ...SERVICE, gatewayRefs: [{ name: 'nobody', namespace: 'infra' }] },
      'GatewayMissing',
    ],
    [
      'a match that a route cannot say',
      { ...SERVICE, match: [{ scheme: { exact: 'https' } }] },
      'RouteUnsupported',
    ],
  ])('%s is a problem', async (_name, service, reason) => {
    expect(await (await worldOf(router, { service })).check()).toMatchObject({ reason });
  });
});

test('providers are known under one name each', () => {
  const names = routers.flatMap(({ providers }) => providers);
  expect(new Set(names).size).toBe(names.length);
});
