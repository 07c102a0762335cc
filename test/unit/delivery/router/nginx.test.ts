import { describe, expect, test } from 'vitest';
import { router } from '../../../../src/delivery/router/nginx.ts';
import { ALL_TO_PRIMARY } from '../../../../src/delivery/router/types.ts';
import type { Ingress } from '../../../../src/delivery/canary-ingress.ts';
import type { CanaryAnalysis, CanarySpec } from '../../../../src/domain/canary.ts';
import { RESOURCES } from '../../../../src/domain/resources.ts';
import { canaryOf } from '../../../support/plan-fixture.ts';
import { RouterWorld } from '../../../support/router-world.ts';

const STEP = { primary: 70, canary: 30, mirrored: false };
const ALL_TO_CANARY = { primary: 0, canary: 100, mirrored: false };
const NGINX = 'nginx.ingress.kubernetes.io';
const FLUX = {
  'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
  'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
};

const backend = (name: string): object => ({ service: { name, port: { number: 9898 } } });

function ingressOf(annotations: Record<string, string> = {}, service = 'app'): Ingress {
  const paths = [
    { path: '/', pathType: 'Prefix', backend: backend(service) },
    { path: '/other', pathType: 'Prefix', backend: backend('other') },
  ];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop', labels: { app: 'app' }, annotations },
    spec: {
      ingressClassName: 'nginx',
      rules: [{ host: 'a.example', http: { paths } }, { host: 'b.example' }],
    },
  } as Ingress;
}

async function worldOf({
  analysis = {},
  spec = {},
  main = ingressOf(),
}: {
  analysis?: CanaryAnalysis;
  spec?: Partial<CanarySpec>;
  main?: Ingress | undefined;
} = {}): Promise<RouterWorld> {
  const ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' };
  const canary = canaryOf({ provider: 'nginx', ingressRef, ...spec }, analysis);
  const world = new RouterWorld(router, canary);
  await world.client.create(RESOURCES.ingresses, main);
  return world;
}

function copyOf(world: RouterWorld): Ingress {
  const found = world.client.peek<Ingress>(RESOURCES.ingresses, 'shop', 'web-canary');
  if (found === undefined) throw new Error('no copy');
  return found;
}

test('a copy that leads to the canary; the Ingress itself is never written', async () => {
  const annotations = {
    'kubernetes.io/ingress.class': 'nginx',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    [`${NGINX}/proxy-read-timeout`]: '5',
    [`${NGINX}/canary-weight-total`]: '1000',
  };
  const main = ingressOf(annotations);
  const world = await worldOf({ main });
  await world.apply(ALL_TO_PRIMARY);
  await world.apply(STEP);
  const copy = copyOf(world);
  expect(copy.metadata).toMatchObject({
    labels: { app: 'app' },
    ownerReferences: [{ kind: 'Canary', name: 'app', controller: true, blockOwnerDeletion: true }],
  });
  expect(copy.metadata.annotations).toEqual({
    ...FLUX,
    'kubernetes.io/ingress.class': 'nginx',
    [`${NGINX}/proxy-read-timeout`]: '5',
    [`${NGINX}/canary`]: 'true',
    [`${NGINX}/canary-weight`]: '30',
  });
  expect(copy.spec).toEqual({
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'a.example',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: backend('app-canary') },
            { path: '/other', pathType: 'Prefix', backend: backend('other') },
          ],
        },
      },
      { host: 'b.example' },
    ],
  });
  const live = world.client.peek<Ingress>(RESOURCES.ingresses, 'shop', 'web');
  expect([live?.spec, live?.metadata.annotations]).toEqual([main.spec, annotations]);
});

test('both are looked at, so a change of the Ingress is followed with the live weight', async () => {
  const world = await worldOf();
  await world.apply(STEP);
  const live = await world.client.get<Ingress>(RESOURCES.ingresses, {
    namespace: 'shop',
    name: 'web',
  });
  if (live === undefined) throw new Error('no ingress');
  const tls = [{ hosts: ['a.example'], secretName: 'tls' }];
  await world.client.replace<Ingress>(RESOURCES.ingresses, {
    ...live,
    metadata: { ...live.metadata, annotations: { [`${NGINX}/ssl-redirect`]: 'true' } },
    spec: { ...live.spec, tls },
  });
  expect(await world.observe()).toMatchObject({ drifted: true, weights: STEP });
  await world.apply(STEP);
  expect(copyOf(world).spec['tls']).toEqual(tls);
  expect(copyOf(world).metadata.annotations).toMatchObject({
    [`${NGINX}/ssl-redirect`]: 'true',
    [`${NGINX}/canary-weight`]: '30',
  });
  expect(await world.observe()).toMatchObject({ drifted: false, weights: STEP });
});

test('annotations of others stay on the copy, those of the controller do not', async () => {
  const world = await worldOf();
  await world.apply(STEP);
  const copy = copyOf(world);
  const annotations = {
    ...copy.metadata.annotations,
    note: '1',
    [`${NGINX}/canary-by-header`]: 'x',
  };
  await world.client.replace(RESOURCES.ingresses, {
    ...copy,
    metadata: { ...copy.metadata, annotations },
  });
  expect(await world.observe()).toMatchObject({ drifted: true, weights: STEP });
  await world.apply(STEP);
  expect(copyOf(world).metadata.annotations).toEqual({ ...copy.metadata.annotations, note: '1' });
});

test('another prefix', async () => {
  const world = await worldOf();
  const options = { ingressClass: '', ingressAnnotationsPrefix: 'custom.example' };
  world.context = { ...world.context, options };
  await world.apply(STEP);
  expect(copyOf(world).metadata.annotations).toEqual({
    ...FLUX,
    'custom.example/canary': 'true',
    'custom.example/canary-weight': '30',
  });
  expect((await world.observe()).weights).toEqual(STEP);
});

test('without the Ingress the copy keeps its paths, and its weight can be taken back', async () => {
  const { signal } = new AbortController();
  const world = await worldOf();
  await world.apply(STEP);
  const { spec } = copyOf(world);
  await world.client.delete(RESOURCES.ingresses, { namespace: 'shop', name: 'web' }, { signal });
  expect(await world.observe()).toMatchObject({ drifted: false, weights: STEP });
  await world.apply(ALL_TO_PRIMARY);
  expect(copyOf(world).spec).toEqual(spec);
  expect((await world.observe()).weights).toEqual(ALL_TO_PRIMARY);
});

describe('requests that belong to the canary', () => {
  const by = (name: string): string => `${NGINX}/canary-by-${name}`;
  test.each<[string, Record<string, unknown>[], object]>([
    [
      'header and cookie',
      [{ headers: { 'x-canary': { exact: 'in' } } }, { headers: { cookie: { exact: 'c' } } }],
      { [by('header')]: 'x-canary', [by('header-value')]: 'in', [by('cookie')]: 'c' },
    ],
    [
      'a pattern',
      [{ headers: { 'x-canary': { regex: 'in.*' } } }],
      { [by('header')]: 'x-canary', [by('header-pattern')]: 'in.*' },
    ],
    [
      'the last of several',
      [{ headers: { a: { exact: '1' } } }, { headers: { b: { regex: '2' } } }],
      { [by('header')]: 'b', [by('header-pattern')]: '2' },
    ],
  ])('%s', async (_name, match, expected) => {
    const world = await worldOf({ analysis: { match, iterations: 3 } });
    await world.apply(ALL_TO_PRIMARY);
    const plain = copyOf(world).metadata.annotations;
    await world.apply(ALL_TO_CANARY);
    expect(copyOf(world).metadata.annotations).toEqual({ ...plain, ...expected });
    expect(plain).toMatchObject({ [`${NGINX}/canary-weight`]: '0' });
    expect(await world.observe()).toMatchObject({ weights: ALL_TO_CANARY, drifted: false });
    await world.apply(ALL_TO_PRIMARY);
    expect(copyOf(world).metadata.annotations).toEqual(plain);
    expect((await world.observe()).weights).toEqual(ALL_TO_PRIMARY);
  });
});

describe('what is missing or cannot be done is a problem', () => {
  const header = (value: object): CanaryAnalysis => ({
    match: [{ headers: { a: value } }],
    iterations: 3,
  });
  test.each<[string, Parameters<typeof worldOf>[0], string]>([
    ['no reference', { spec: { ingressRef: undefined } as never }, 'IngressRefMissing'],
    ['no Ingress', { main: { ...ingressOf(), metadata: { name: 'x' } } }, 'IngressMissing'],
    ['no path to the apex', { main: ingressOf({}, 'else') }, 'IngressBackendMissing'],
    ['weights among them', { analysis: { match: [{ headers: {} }] } }, 'RouteUnsupported'],
    ['a prefix', { analysis: header({ prefix: 'a' }) }, 'RouteUnsupported'],
    [
      'a pattern of a cookie',
      { analysis: { match: [{ headers: { cookie: { regex: 'a' } } }], iterations: 3 } },
      'RouteUnsupported',
    ],
    [
      'a query',
      { analysis: { match: [{ queryParams: { a: { exact: '1' } } }], iterations: 3 } },
      'RouteUnsupported',
    ],
    ['nothing', { analysis: { match: [{}], iterations: 3 } }, 'RouteUnsupported'],
  ])('%s', async (_name, options, reason) => {
    expect(await (await worldOf(options)).check()).toMatchObject({ reason });
  });

  test('the rest is none', async () => {
    expect(await (await worldOf()).check()).toBeUndefined();
    const world = await worldOf({ analysis: header({ exact: '1' }) });
    expect(await world.check()).toBeUndefined();
  });
});

test('a weight that is no number counts as none and is drift', async () => {
  const world = await worldOf();
  await world.apply(ALL_TO_PRIMARY);
  const copy = copyOf(world);
  const annotations = { ...copy.metadata.annotations, [`${NGINX}/canary-weight`]: 'many' };
  await world.client.replace(RESOURCES.ingresses, {
    ...copy,
    metadata: { ...copy.metadata, annotations },
  });
  expect(await world.observe()).toMatchObject({ drifted: true, weights: ALL_TO_PRIMARY });
});
