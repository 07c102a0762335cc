import { describe, expect, test } from 'vitest';
import { router } from '../../../../src/delivery/router/istio.ts';
import { ALL_TO_PRIMARY, type RouteContext } from '../../../../src/delivery/router/types.ts';
import type { VirtualService } from '../../../../src/delivery/virtual-service.ts';
import type { CanaryAnalysis, CanarySpec, CanaryService } from '../../../../src/domain/canary.ts';
import type { KubeObject } from '../../../../src/domain/object.ts';
import { RESOURCES } from '../../../../src/domain/resources.ts';
import { canaryOf } from '../../../support/plan-fixture.ts';
import { RouterWorld } from '../../../support/router-world.ts';

const STEP = { primary: 70, canary: 30, mirrored: false };
const ALL_TO_CANARY = { primary: 0, canary: 100, mirrored: false };
const MIRRORED = { primary: 100, canary: 0, mirrored: true };
const FLUX = {
  'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
  'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
};

function worldOf(
  service: Partial<CanaryService> = {},
  analysis: CanaryAnalysis = {},
  context: Partial<RouteContext> = {},
): RouterWorld {
  const spec: Partial<CanarySpec> = { provider: 'istio', service: { port: 9898, ...service } };
  return new RouterWorld(router, canaryOf(spec, analysis), context);
}

function routeOf(world: RouterWorld): VirtualService {
  const found = world.client.peek<VirtualService>(RESOURCES.virtualServices, 'shop', 'app');
  if (found === undefined) throw new Error('no VirtualService');
  return found;
}

async function specWith(
  service: Partial<CanaryService>,
  analysis: CanaryAnalysis = {},
  weights = STEP,
  context: Partial<RouteContext> = {},
): Promise<VirtualService['spec']> {
  const world = worldOf(service, analysis, context);
  await world.apply(weights);
  return routeOf(world).spec;
}

const to = (host: string, weight: number, more: object = {}): object => ({
  destination: { host },
  weight,
  ...more,
});

describe('hosts and gateways', () => {
  test.each<[string, Partial<CanaryService>, object]>([
    ['none: the apex in the mesh', {}, { hosts: ['app'], gateways: ['mesh'] }],
    [
      'hosts get the apex',
      { hosts: ['a.example'], gateways: ['infra/gw'] },
      { hosts: ['a.example', 'app'], gateways: ['infra/gw'] },
    ],
    ['not twice', { hosts: ['app'] }, { hosts: ['app'] }],
    ['not beside all hosts', { hosts: ['*'] }, { hosts: ['*'] }],
  ])('%s', async (_name, service, expected) => {
    expect(await specWith(service)).toMatchObject(expected);
  });

  test('a delegate has neither', async () => {
    const spec = await specWith({ delegation: true });
    expect(spec.hosts).toEqual([]);
    expect(spec).not.toHaveProperty('gateways');
  });
});

describe('ports of destinations', () => {
  test.each<[string, Partial<CanaryService>, boolean]>([
    [
      'discovered, through a gateway',
      { portDiscovery: true, gateways: ['infra/gw', 'mesh'] },
      true,
    ],
    [
      'discovered, in the mesh first',
      { portDiscovery: true, gateways: ['mesh', 'infra/gw'] },
      false,
    ],
    ['discovered, without gateways', { portDiscovery: true }, false],
    ['discovered, of a delegate', { portDiscovery: true, delegation: true }, true],
    ['not discovered', { gateways: ['infra/gw'] }, false],
  ])('%s', async (_name, service, named) => {
    const { http } = await specWith(service);
    const port = http?.[0]?.route[0]?.destination.port;
    expect(port).toEqual(named ? { number: 9898 } : undefined);
  });
});

test('what the spec says stands in the rule', async () => {
  const shared = {
    match: [{ uri: { prefix: '/api' } }],
    timeout: '15s',
    retries: { attempts: 3, perTryTimeout: '1s', retryOn: 'gateway-error,connect-failure' },
    headers: { request: { add: { 'x-added': 'yes' } } },
    corsPolicy: { allowOrigin: ['example.com'], allowMethods: ['GET'] },
  };
  const rewrite = { uri: '/', authority: 'inner', type: 'ReplacePrefixMatch' };
  const { http } = await specWith({ ...shared, rewrite });
  expect(http).toEqual([
    {
      ...shared,
      rewrite: { uri: '/', authority: 'inner' },
      route: [to('app-primary', 70), to('app-canary', 30)],
    },
  ]);
});

test('the two DestinationRules have the traffic policy as a whole and no annotations', async () => {
  const trafficPolicy = { tls: { mode: 'DISABLE' }, loadBalancer: { simple: 'LEAST_REQUEST' } };
  const world = worldOf({ trafficPolicy });
  await world.apply(ALL_TO_PRIMARY);
  for (const name of ['app-canary', 'app-primary']) {
    const rule = world.client.peek(RESOURCES.destinationRules, 'shop', name);
    expect(rule).toMatchObject({ spec: { host: name, trafficPolicy } });
    expect(rule?.metadata).not.toHaveProperty('annotations');
    expect(rule?.metadata).not.toHaveProperty('labels');
  }
});

describe('metadata', () => {
  const selector = { key: 'app.kubernetes.io/name', value: 'app' };

  test('of the apex, with its selector label', async () => {
    const apex = { labels: { test: 'label' }, annotations: { test: 'annotation' } };
    const world = worldOf({ apex }, {}, { selector });
    await world.apply(STEP);
    expect(routeOf(world).metadata).toMatchObject({
      labels: { 'app.kubernetes.io/name': 'app', test: 'label' },
      annotations: { ...FLUX, test: 'annotation' },
      ownerReferences: [{ kind: 'Canary', name: 'app', controller: true }],
    });
  });

  test('no labels when the spec names none for the apex', async () => {
    const world = worldOf({}, {}, { selector });
    await world.apply(STEP);
    expect(routeOf(world).metadata).not.toHaveProperty('labels');
    expect(routeOf(world).metadata.annotations).toEqual(FLUX);
  });

  test('unmanaged keys are left alone', async () => {
    const unmanagedMetadata = { labels: ['test'], annotations: Object.keys(FLUX) };
    const world = worldOf({ apex: { labels: { test: 'a', mine: 'b' } }, unmanagedMetadata });
    await world.apply(STEP);
    expect(routeOf(world).metadata).toMatchObject({ labels: { mine: 'b' }, annotations: {} });
  });

  test('labels and annotations of others stay', async () => {
    const world = worldOf();
    await world.apply(STEP);
    const live = routeOf(world);
    const metadata = { ...live.metadata, labels: { team: 'a' } };
    await world.client.replace(RESOURCES.virtualServices, { ...live, metadata });
    expect(await world.observe()).toMatchObject({ drifted: false });
    await world.apply(ALL_TO_PRIMARY);
    expect(routeOf(world).metadata.labels).toEqual({ team: 'a' });
  });
});

describe('requests that belong to the canary', () => {
  const match = [
    { headers: { 'x-canary': { exact: 'insider' } } },
    { headers: { cookie: { regex: 'a.*' } }, sourceLabels: { app: 'web' } },
  ];

  test('two rules: what matches by weight, the rest to the primary', async () => {
    const { http } = await specWith({ timeout: '1s' }, { match, iterations: 3 }, ALL_TO_CANARY);
    expect(http).toEqual([
      { match, timeout: '1s', route: [to('app-primary', 0), to('app-canary', 100)] },
      { timeout: '1s', route: [to('app-primary', 0)] },
    ]);
  });

  test('every condition with every match of the service', async () => {
    const service = [
      { uri: { prefix: '/a' }, headers: { other: { exact: '1' } } },
      { uri: { prefix: '/b' }, method: { exact: 'GET' } },
    ];
    const { http } = await specWith({ match: service }, { match, iterations: 3 }, ALL_TO_CANARY);
    expect(http?.[0]?.match).toEqual([
      { uri: { prefix: '/a' }, ...match[0] },
      { uri: { prefix: '/b' }, method: { exact: 'GET' }, ...match[0] },
      { uri: { prefix: '/a' }, ...match[1], headers: { cookie: { regex: 'a.*' } } },
      { uri: { prefix: '/b' }, method: { exact: 'GET' }, ...match[1] },
    ]);
    expect(http?.[1]?.match).toEqual(service);
  });

  test('a condition on the query is kept beside matches of the service', async () => {
    const queryParams = { canary: { exact: '1' } };
    const service = [{ uri: { prefix: '/a' } }];
    const { http } = await specWith({ match: service }, { match: [{ queryParams }] });
    expect(http?.[0]?.match).toEqual([{ uri: { prefix: '/a' }, queryParams }]);
  });

  test('weights among them', async () => {
    const world = worldOf({}, { match });
    await world.apply(STEP);
    expect(routeOf(world).spec.http?.[0]?.route).toEqual([
      to('app-primary', 70),
      to('app-canary', 30),
    ]);
    expect((await world.observe()).weights).toEqual(STEP);
  });
});

describe('mirroring', () => {
  test.each<[string, CanaryAnalysis, object]>([
    ['all of it', {}, {}],
    ['a part of it', { mirrorWeight: 25 }, { mirrorPercentage: { value: 25 } }],
  ])('%s', async (_name, analysis, percentage) => {
    const world = worldOf({}, { mirror: true, ...analysis });
    await world.apply(MIRRORED);
    expect(routeOf(world).spec.http).toEqual([
      {
        mirror: { host: 'app-canary' },
        ...percentage,
        route: [to('app-primary', 100), to('app-canary', 0)],
      },
    ]);
    expect(await world.observe()).toMatchObject({ weights: MIRRORED, drifted: false });
    await world.apply(STEP);
    expect(routeOf(world).spec.http?.[0]).not.toHaveProperty('mirror');
    expect((await world.observe()).weights).toEqual(STEP);
  });
});

describe('TCP', () => {
  test('connections go by weight', async () => {
    const world = worldOf({ appProtocol: 'TCP', match: [{ port: 9898 }], hosts: ['*'] });
    await world.apply(STEP);
    expect(routeOf(world).spec).toEqual({
      hosts: ['*'],
      gateways: ['mesh'],
      tcp: [{ match: [{ port: 9898 }], route: [to('app-primary', 70), to('app-canary', 30)] }],
    });
    expect(await world.observe()).toMatchObject({ weights: STEP, drifted: false });
  });
});

describe('session affinity', () => {
  const sessionAffinity = { cookieName: 'fc', maxAge: 21600, secure: true, path: '/' };
  const cookies = { canary: 'fc=AbCdEfGhIj', primary: 'pc=KlMnOpQrSt' };
  const sets = (cookie: string): object => ({
    headers: { response: { add: { 'Set-Cookie': cookie } } },
  });
  const has = (pattern: string): object => ({ headers: { Cookie: { regex: pattern } } });

  test('whoever has the cookie stays, whoever gets the canary is told it', async () => {
    const { http } = await specWith({}, { sessionAffinity }, STEP, {
      cookies: { canary: cookies.canary },
    });
    expect(http).toEqual([
      {
        match: [has('.*fc.*AbCdEfGhIj.*')],
        route: [to('app-primary', 0), to('app-canary', 100)],
      },
      {
        route: [
          to('app-primary', 70),
          to('app-canary', 30, sets('fc=AbCdEfGhIj; Max-Age=21600; Path=/; Secure')),
        ],
      },
    ]);
  });

  test('with a cookie for the primary, which lasts an interval', async () => {
    const analysis = { sessionAffinity: { ...sessionAffinity, primaryCookieName: 'pc' } };
    const match = [{ uri: { prefix: '/a' } }];
    const world = worldOf({ match }, { ...analysis, interval: '90s' }, { cookies });
    await world.apply(STEP);
    expect(routeOf(world).spec.http).toEqual([
      {
        match: [{ uri: { prefix: '/a' }, ...has('.*fc.*AbCdEfGhIj.*') }],
        route: [to('app-primary', 0), to('app-canary', 100)],
      },
      {
        match: [{ uri: { prefix: '/a' }, ...has('.*pc.*KlMnOpQrSt.*') }],
        route: [to('app-primary', 100), to('app-canary', 0)],
      },
      {
        match,
        route: [
          to('app-primary', 70, sets('pc=KlMnOpQrSt; Max-Age=90; Path=/; Secure')),
          to('app-canary', 30, sets('fc=AbCdEfGhIj; Max-Age=21600; Path=/; Secure')),
        ],
      },
    ]);
    expect(await world.observe()).toMatchObject({ weights: STEP, drifted: false });
  });

  test('without a share the cookie of the canary before expires, and nothing else is told so', async () => {
    const headers = { response: { add: { 'x-a': '1' } } };
    const world = worldOf({ headers }, { sessionAffinity }, { cookies: { previous: 'fc=Old' } });
    await world.apply(MIRRORED);
    const route = [to('app-primary', 100), to('app-canary', 0)];
    expect(routeOf(world).spec.http).toEqual([
      {
        match: [has('.*fc.*Old.*')],
        headers: { response: { add: { 'x-a': '1', 'Set-Cookie': 'fc=Old; Max-Age=-1' } } },
        route,
      },
      { headers, mirror: { host: 'app-canary' }, route },
    ]);
    expect((await world.observe()).weights).toEqual(MIRRORED);
  });

  test('before the first canary there is one rule', async () => {
    expect((await specWith({}, { sessionAffinity }, ALL_TO_PRIMARY)).http).toHaveLength(1);
  });
});

describe('a VirtualService that was there before', () => {
  const ORIGINAL = 'flagger.kubernetes.io/original-configuration';
  const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
  const spec = {
    hosts: ['app'],
    exportTo: ['.'],
    http: [{ route: [{ destination: { host: 'app' } }] }],
  };

  async function foreign(annotations: Record<string, string>): Promise<RouterWorld> {
    const world = worldOf();
    const object = {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: { name: 'app', namespace: 'shop', annotations },
      spec,
    };
    await world.client.create<KubeObject>(RESOURCES.virtualServices, object);
    return world;
  }

  async function reverted(world: RouterWorld): Promise<VirtualService> {
    for (const write of router.revert?.(await world.live(), world.context) ?? []) {
      if (write.op === 'replace') await world.client.replace(write.type, write.object);
    }
    return routeOf(world);
  }

  test('counts as all to the primary until it is taken over', async () => {
    const world = await foreign({});
    expect(await world.observe()).toEqual({
      present: true,
      drifted: true,
      weights: ALL_TO_PRIMARY,
    });
  });

  test('its spec is kept once, it gets no owner, and the deletion gives it back', async () => {
    const world = await foreign({ mine: '1' });
    await world.apply(ALL_TO_PRIMARY);
    await world.apply(STEP);
    const { metadata } = routeOf(world);
    expect(JSON.parse(metadata.annotations?.[ORIGINAL] ?? '')).toEqual(spec);
    expect(metadata).not.toHaveProperty('ownerReferences');
    const after = await reverted(world);
    expect(after.spec).toEqual(spec);
    expect(after.metadata.annotations).toEqual({ mine: '1' });
  });

  test('what kubectl applied counts before what we kept', async () => {
    const applied = { ...spec, hosts: ['applied'] };
    const world = await foreign({ [LAST_APPLIED]: JSON.stringify({ spec: applied }) });
    await world.apply(STEP);
    expect(routeOf(world).metadata.annotations).not.toHaveProperty([ORIGINAL]);
    expect((await reverted(world)).spec).toEqual(applied);
  });

  test('what cannot be read is left as it is', async () => {
    const world = await foreign({ [LAST_APPLIED]: '{"spec":' });
    await world.apply(STEP);
    const before = routeOf(world);
    expect((await reverted(world)).spec).toEqual(before.spec);
  });

  test('our own is not reverted, and gets its owner back', async () => {
    const world = worldOf();
    await world.apply(STEP);
    expect(router.revert?.(await world.live(), world.context)).toEqual([]);
    const live = routeOf(world);
    const metadata = { ...live.metadata, ownerReferences: [] };
    await world.client.replace(RESOURCES.virtualServices, { ...live, metadata });
    expect(await world.observe()).toMatchObject({ drifted: true, weights: STEP });
    await world.apply(STEP);
    expect(routeOf(world).metadata.ownerReferences).toHaveLength(1);
  });
});

describe('what cannot be done is a problem', () => {
  const match = [{ headers: { a: { exact: '1' } } }];
  test.each<[string, Partial<CanaryService>, CanaryAnalysis, string]>([
    ['hosts of a delegate', { delegation: true, hosts: ['a'] }, {}, 'DelegationConflict'],
    ['gateways of a delegate', { delegation: true, gateways: ['a'] }, {}, 'DelegationConflict'],
    ['TCP and match', { appProtocol: 'tcp' }, { match, iterations: 2 }, 'TcpUnsupported'],
    ['TCP and mirror', { appProtocol: 'tcp' }, { mirror: true }, 'TcpUnsupported'],
    [
      'TCP and affinity',
      { appProtocol: 'tcp' },
      { sessionAffinity: { cookieName: 'a' } },
      'TcpUnsupported',
    ],
    ['mirror among matching requests', {}, { mirror: true, match }, 'RouteUnsupported'],
    ['a suffix', {}, { match: [{ headers: { a: { suffix: '1' } } }] }, 'RouteUnsupported'],
  ])('%s', async (_name, service, analysis, reason) => {
    expect(await worldOf(service, analysis).check()).toMatchObject({ reason });
  });

  test('the rest is none', async () => {
    expect(await worldOf({ delegation: true }, { mirror: true }).check()).toBeUndefined();
    expect(await worldOf({}, { match, iterations: 2, mirror: true }).check()).toBeUndefined();
  });
});

test('a weight that somebody changed is observed, and an uneven pair is drift', async () => {
  const world = worldOf();
  await world.apply(ALL_TO_PRIMARY);
  const live = routeOf(world);
  const http = [{ route: [to('app-primary', 100), to('app-canary', 10)] }];
  await world.client.replace<KubeObject>(RESOURCES.virtualServices, {
    ...live,
    spec: { ...live.spec, http },
  } as KubeObject);
  expect(await world.observe()).toMatchObject({
    drifted: true,
    weights: { primary: 90, canary: 10 },
  });
});
