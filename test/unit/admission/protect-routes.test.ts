import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { EXECUTOR } from './fixture.ts';
import { edited, OF_FLAGGER, OWNER, refusals } from './protect-fixture.ts';

type Row = readonly [what: string, path: string, value: unknown, refused: string | undefined];

const share = (host: string, weight: unknown): object => ({ destination: { host }, weight });

function serviceOf(primary: unknown, canary: unknown, more: object = {}): Json {
  return {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'VirtualService',
    metadata: { name: 'web', ownerReferences: [OWNER] },
    spec: {
      hosts: ['web'],
      gateways: ['mesh'],
      http: [
        {
          timeout: '1s',
          route: [share('web-primary', primary), share('web-canary', canary)],
          ...more,
        },
      ],
    },
  } as unknown as Json;
}

describe('a VirtualService', () => {
  const live = serviceOf(70, 30);

  it.each<readonly [string, Json, number]>([
    ['the share lowered', serviceOf(90, 10), 0],
    ['the share at zero', serviceOf(100, 0), 0],
    ['the share left out, which is none', serviceOf(100, undefined), 0],
    ['the share raised', serviceOf(20, 80), 1],
    ['the primary lowered alone', serviceOf(10, 30), 1],
    ['a mirror', serviceOf(70, 30, { mirror: { host: 'web-canary' } }), 1],
    ['as it was', serviceOf(70, 30), 0],
  ])('%s', (_what, object, count) => {
    expect(refusals('virtualservices', { object, oldObject: live })).toHaveLength(count);
  });

  const mirroring = (value: number): Json =>
    serviceOf(100, 0, { mirror: { host: 'web-canary' }, mirrorPercentage: { value } });

  it.each<readonly [string, Json, number]>([
    ['the mirror ended', serviceOf(100, 0), 0],
    ['less of it', mirroring(10), 0],
    ['more of it', mirroring(50), 1],
    ['all of it', serviceOf(100, 0, { mirror: { host: 'web-canary' } }), 1],
  ])('%s', (_what, object, count) => {
    expect(refusals('virtualservices', { object, oldObject: mirroring(20) })).toHaveLength(count);
  });

  it('of connections', () => {
    const tcpOf = (primary: number, canary: number): Json =>
      edited(live, 'spec', {
        hosts: ['web'],
        tcp: [{ route: [share('web-primary', primary), share('web-canary', canary)] }],
      });
    const oldObject = tcpOf(70, 30);
    expect(refusals('virtualservices', { object: tcpOf(100, 0), oldObject })).toEqual([]);
    expect(refusals('virtualservices', { object: tcpOf(50, 50), oldObject })).toHaveLength(1);
  });

  it.each<Row>([
    ['its hosts', 'spec.hosts', ['evil.example.com'], 'spec.hosts'],
    ['its gateways', 'spec.gateways', ['infra/public'], 'spec.gateways'],
    ['its rules', 'spec.http', [], 'spec.http'],
    ['another member', 'spec.exportTo', ['.'], 'spec.exportTo'],
    ['no owner', 'metadata.ownerReferences', undefined, 'metadata.ownerReferences'],
    ['labels', 'metadata.labels', { team: 'a' }, undefined],
    ['annotations', 'metadata.annotations', { a: 'b' }, undefined],
  ])('%s', (_what, path, value, refused) => {
    const found = refusals('virtualservices', {
      object: edited(live, path, value),
      oldObject: live,
    });
    if (refused === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(`${refused}: `)]);
  });

  it('is neither made nor deleted by others, and is Sluice’s and Flagger’s own to write', () => {
    expect(refusals('virtualservices', { object: live })).toHaveLength(1);
    expect(refusals('virtualservices', { oldObject: live })).toHaveLength(1);
    const object = serviceOf(0, 100);
    const write = { object, oldObject: live };
    expect(refusals('virtualservices', { ...write, username: EXECUTOR })).toEqual([]);
    const checks = { canaries: () => [OF_FLAGGER] };
    expect(refusals('virtualservices', { ...write, checks })).toEqual([]);
  });

  it('that no Canary owns is anybody’s', () => {
    const oldObject = edited(live, 'metadata.ownerReferences', undefined);
    const object = edited(serviceOf(0, 100), 'metadata.ownerReferences', undefined);
    expect(refusals('virtualservices', { object, oldObject })).toEqual([]);
  });
});

describe('a DestinationRule', () => {
  const live = {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'DestinationRule',
    metadata: { name: 'web-canary', ownerReferences: [OWNER] },
    spec: { host: 'web-canary', trafficPolicy: { tls: { mode: 'DISABLE' } } },
  } as unknown as Json;

  it.each<Row>([
    ['its host', 'spec.host', 'evil', 'spec.host'],
    ['its policy', 'spec.trafficPolicy', undefined, 'spec.trafficPolicy'],
    ['subsets', 'spec.subsets', [], 'spec.subsets'],
    ['labels', 'metadata.labels', { a: 'b' }, undefined],
  ])('%s', (_what, path, value, refused) => {
    const found = refusals('destinationrules', {
      object: edited(live, path, value),
      oldObject: live,
    });
    if (refused === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(`${refused}: `)]);
  });
});

describe('the Ingress that leads to a canary', () => {
  const NGINX = 'nginx.ingress.kubernetes.io';
  const annotations = { [`${NGINX}/canary`]: 'true', [`${NGINX}/canary-weight`]: '30', note: 'a' };
  const ingressOf = (changed: Record<string, string | undefined> = {}): Json => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web-canary',
      ownerReferences: [OWNER],
      annotations: Object.fromEntries(
        Object.entries<string | undefined>({ ...annotations, ...changed }).filter(
          (each): each is [string, string] => each[1] !== undefined,
        ),
      ),
    },
    spec: { ingressClassName: 'nginx', rules: [] },
  });
  const tested: Record<string, string | undefined> = {
    [`${NGINX}/canary-weight`]: '0',
    [`${NGINX}/canary-by-header`]: 'x-canary',
    [`${NGINX}/canary-by-header-value`]: 'insider',
    [`${NGINX}/canary-by-cookie`]: 'canary',
  };

  it.each<
    readonly [
      string,
      Record<string, string | undefined>,
      Record<string, string | undefined>,
      number,
    ]
  >([
    ['the share lowered', {}, { [`${NGINX}/canary-weight`]: '10' }, 0],
    ['the share at zero', {}, { [`${NGINX}/canary-weight`]: '0' }, 0],
    ['the share raised', {}, { [`${NGINX}/canary-weight`]: '31' }, 1],
    ['a share that is no number', {}, { [`${NGINX}/canary-weight`]: 'many' }, 1],
    ['no share', {}, { [`${NGINX}/canary-weight`]: undefined }, 1],
    ['under another prefix', {}, { 'other.example/canary-weight': '50' }, 1],
    ['another total', {}, { [`${NGINX}/canary-weight-total`]: '30' }, 1],
    ['no canary any more', {}, { [`${NGINX}/canary`]: 'false' }, 1],
    ['a header', {}, { [`${NGINX}/canary-by-header`]: 'x' }, 1],
    ['another annotation', {}, { note: 'b', [`${NGINX}/ssl-redirect`]: 'true' }, 0],
    [
      'the header taken away',
      tested,
      {
        ...tested,
        [`${NGINX}/canary-by-header`]: undefined,
        [`${NGINX}/canary-by-header-value`]: undefined,
      },
      0,
    ],
    ['its value alone', tested, { ...tested, [`${NGINX}/canary-by-header-value`]: undefined }, 1],
    ['the cookie taken away', tested, { ...tested, [`${NGINX}/canary-by-cookie`]: undefined }, 0],
    ['another cookie', tested, { ...tested, [`${NGINX}/canary-by-cookie`]: 'all' }, 1],
  ])('%s', (_what, before, after, count) => {
    const write = { object: ingressOf(after), oldObject: ingressOf(before) };
    expect(refusals('ingresses', write)).toHaveLength(count);
    expect(refusals('ingresses', { ...write, subResource: 'status' })).toHaveLength(count);
  });

  it('keeps its spec', () => {
    const oldObject = ingressOf();
    const object = edited(oldObject, 'spec.rules', [{ host: 'evil.example.com' }]);
    expect(refusals('ingresses', { object, oldObject })).toEqual([
      expect.stringContaining('spec.rules: '),
    ]);
  });

  it('is protected, and the Ingress that it is a copy of is not', () => {
    const main = (weight: string): Json =>
      edited(ingressOf({ [`${NGINX}/canary-weight`]: weight }), 'metadata.ownerReferences', []);
    expect(refusals('ingresses', { object: main('50'), oldObject: main('0') })).toEqual([]);
    expect(
      refusals('ingresses', { subResource: 'status', object: main('50'), oldObject: main('0') }),
    ).toEqual([]);
  });
});
