import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { EXECUTOR } from './fixture.ts';
import { edited, OF_FLAGGER, OWNER, refusals } from './protect-fixture.ts';

const RUN_BY_US: Json = { status: { lastAppliedSpec: 'sluice.v1:1' } };

const primary: Json = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web-primary',
    labels: { app: 'web-primary', team: 'a' },
    annotations: { note: 'a' },
    ownerReferences: [OWNER],
  },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web-primary' } },
    template: {
      metadata: { labels: { app: 'web-primary' }, annotations: { a: 'b' } },
      spec: { containers: [{ name: 'web', image: 'web:1' }] },
    },
  },
};

const service: Json = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', ownerReferences: [OWNER] },
  spec: {
    type: 'ClusterIP',
    selector: { app: 'web-primary' },
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
  },
};

const backend = (name: string, weight: unknown): object => ({
  group: '',
  kind: 'Service',
  name,
  port: 80,
  weight,
});
const routeOf = (primaryWeight: unknown, canaryWeight: unknown): Json =>
  ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', ownerReferences: [OWNER] },
    spec: {
      parentRefs: [{ name: 'gateway' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: [backend('web-primary', primaryWeight), backend('web-canary', canaryWeight)],
        },
      ],
    },
  }) as unknown as Json;
const route = routeOf(70, 30);

type Row = readonly [what: string, path: string, value: unknown, refused: string | undefined];

describe('the primary', () => {
  it.each<Row>([
    ['another image', 'spec.template.spec.containers', [], 'spec.template'],
    ['a label of its pods', 'spec.template.metadata.labels.x', 'y', 'spec.template'],
    ['an annotation of its pods', 'spec.template.metadata.annotations.x', 'y', 'spec.template'],
    ['its selector', 'spec.selector.matchLabels.app', 'web', 'spec.selector'],
    ['paused', 'spec.paused', true, 'spec.paused'],
    ['the selecting label', 'metadata.labels.app', 'web', 'metadata.labels[app]'],
    ['no owner', 'metadata.ownerReferences', undefined, 'metadata.ownerReferences'],
    [
      'an owner that says nothing',
      'metadata.ownerReferences',
      [{ ...OWNER, controller: false }],
      'metadata.ownerReferences',
    ],
    ['replicas', 'spec.replicas', 5, undefined],
    ['not paused', 'spec.paused', false, undefined],
    ['another label', 'metadata.labels.team', 'b', undefined],
    ['an annotation', 'metadata.annotations.x', 'y', undefined],
    [
      'kubectl rollout restart',
      'spec.template.metadata.annotations',
      { a: 'b', 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' },
      undefined,
    ],
    [
      'another owner beside',
      'metadata.ownerReferences',
      [OWNER, { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }],
      undefined,
    ],
  ])('%s', (_what, path, value, refused) => {
    const found = refusals('deployments', {
      object: edited(primary, path, value),
      oldObject: primary,
    });
    if (refused === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(`${refused}: `)]);
  });

  it('keeps the mark of the promotion in the pods', () => {
    const annotations = { 'flagger-id': 'another' };
    const object = edited(primary, 'spec.template.metadata.annotations', annotations);
    expect(refusals('deployments', { object, oldObject: primary })).toEqual([
      expect.stringContaining('spec.template: '),
    ]);
  });

  it('names everything at once', () => {
    const object = edited(edited(primary, 'spec.template.spec', {}), 'spec.paused', true);
    expect(refusals('deployments', { object, oldObject: primary })).toHaveLength(2);
  });

  it('is for the executor to write', () => {
    const object = edited(primary, 'spec.template.spec', {});
    const write = { object, oldObject: primary, username: EXECUTOR };
    expect(refusals('deployments', write)).toEqual([]);
  });

  it('any other Deployment is free', () => {
    const plain = edited(primary, 'metadata.ownerReferences', undefined);
    const object = edited(plain, 'spec.template.spec', {});
    expect(refusals('deployments', { object, oldObject: plain })).toEqual([]);
    expect(refusals('deployments', { object: plain })).toEqual([]);
    expect(refusals('deployments', { oldObject: plain })).toEqual([]);
  });

  it('nobody else makes something that belongs to a Canary', () => {
    expect(refusals('deployments', { object: primary })).toHaveLength(1);
    const plain = edited(primary, 'metadata.ownerReferences', undefined);
    expect(refusals('deployments', { object: primary, oldObject: plain })).toEqual([
      'metadata.ownerReferences: say to which Canary it belongs',
    ]);
  });
});

describe('deletion of what a Canary generated', () => {
  const deletion = (canaries: () => readonly never[] | undefined): string[] =>
    refusals('services', { oldObject: service, checks: { canaries } });

  it('waits for the Canary to go', () => {
    expect(refusals('services', { oldObject: service })).toHaveLength(1);
    expect(deletion(() => undefined)).toHaveLength(1);
    expect(deletion(() => [])).toEqual([]);
  });

  it('goes while the Canary is being deleted', () => {
    const gone = {
      apiVersion: '',
      kind: '',
      metadata: { name: 'web', uid: 'uid-web', deletionTimestamp: '2026-01-01T00:00:00Z' },
      spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
    };
    expect(
      refusals('services', { oldObject: service, checks: { canaries: () => [gone] } }),
    ).toEqual([]);
  });
});

describe('a Service', () => {
  it.each<Row>([
    ['its selector', 'spec.selector', { app: 'web' }, 'spec.selector'],
    ['its selector taken away', 'spec.selector', undefined, 'spec.selector'],
    ['its ports', 'spec.ports', [{ name: 'http', port: 81 }], 'spec.ports'],
    ['labels', 'metadata.labels', { mesh: 'yes' }, undefined],
    ['annotations', 'metadata.annotations', { mesh: 'yes' }, undefined],
    ['session affinity', 'spec.sessionAffinity', 'ClientIP', undefined],
    ['status', 'status', { loadBalancer: {} }, undefined],
    [
      'a node port',
      'spec.ports',
      [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080, nodePort: 30000 }],
      undefined,
    ],
  ])('%s', (_what, path, value, refused) => {
    const found = refusals('services', {
      object: edited(service, path, value),
      oldObject: service,
    });
    if (refused === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(`${refused}: `)]);
  });

  it('leads to no other name', () => {
    const object = edited(
      edited(service, 'spec.type', 'ExternalName'),
      'spec.externalName',
      'evil.example.com',
    );
    expect(refusals('services', { object, oldObject: service })).toEqual([
      'spec.externalName: would lead away from the pods',
    ]);
  });
});

describe('a route', () => {
  it.each<readonly [string, Json, number]>([
    ['the share lowered', routeOf(90, 10), 0],
    ['the share lowered, the primary as it is', routeOf(70, 10), 0],
    ['the share at zero', routeOf(100, 0), 0],
    ['the share raised', routeOf(20, 80), 1],
    ['the share raised by a little', routeOf(69, 31), 1],
    ['the primary lowered alone', routeOf(10, 30), 1],
    ['both at zero', routeOf(0, 0), 1],
    ['no weights, which are 1 each', routeOf(undefined, undefined), 1],
    ['as it was', routeOf(70, 30), 0],
  ])('%s', (_what, object, count) => {
    expect(refusals('httproutes', { object, oldObject: route })).toHaveLength(count);
  });

  it.each<Row>([
    ['its parents', 'spec.parentRefs', [], 'spec.parentRefs'],
    ['its hosts', 'spec.hostnames', ['evil.example.com'], 'spec.hostnames'],
    ['its rules', 'spec.rules', [], 'spec.rules'],
    ['labels', 'metadata.labels', { mesh: 'yes' }, undefined],
    ['annotations', 'metadata.annotations', { mesh: 'yes' }, undefined],
    ['status', 'status', { parents: [] }, undefined],
  ])('%s', (_what, path, value, refused) => {
    const found = refusals('httproutes', { object: edited(route, path, value), oldObject: route });
    if (refused === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(`${refused}: `)]);
  });
});

describe('writes of a status', () => {
  const stamped = edited(primary, 'metadata.annotations', { 'sluice.dev/changed-by': '{}' });

  it('change neither owners nor what Sluice keeps in annotations', () => {
    const write = { subResource: 'status', oldObject: stamped };
    const forged = { 'sluice.dev/changed-by': '{"username":"eve"}', 'sluice.dev/held': 'x' };
    const object = edited(stamped, 'metadata.annotations', forged);
    expect(refusals('deployments', { ...write, object })).toHaveLength(2);
    const stripped = edited(stamped, 'metadata.ownerReferences', []);
    expect(refusals('deployments', { ...write, object: stripped })).toHaveLength(1);
    expect(refusals('services', { ...write, object: stripped })).toHaveLength(1);
  });

  it('go otherwise', () => {
    const object = edited(stamped, 'status', { replicas: 2 });
    const write = { subResource: 'status', object, oldObject: stamped };
    expect(refusals('deployments', write)).toEqual([]);
  });

  it('of a Canary are for the executor', () => {
    const write = { subResource: 'status', object: RUN_BY_US, oldObject: {} };
    expect(refusals('canaries', write)).toHaveLength(1);
    expect(refusals('canaries', { ...write, username: EXECUTOR })).toEqual([]);
  });
});

it('what Flagger runs, status and all, is Flagger’s', () => {
  const checks = { canaries: () => [OF_FLAGGER] };
  const object = edited(primary, 'spec.template.spec', {});
  expect(refusals('deployments', { object, oldObject: primary, checks })).toEqual([]);
  expect(refusals('deployments', { object: primary, checks })).toEqual([]);
  const foreign: Json = { status: { lastAppliedSpec: '5d8c7f' } };
  const status = { subResource: 'status', object: foreign, oldObject: foreign };
  expect(refusals('canaries', status)).toEqual([]);
  expect(refusals('canaries', { ...status, oldObject: RUN_BY_US })).toHaveLength(1);
});

it('Canaries that Sluice does not run are not its own to protect', () => {
  const write = { subResource: 'status', object: RUN_BY_US, oldObject: {} };
  expect(refusals('canaries', { ...write, checks: { namespace: 'shop' } })).toHaveLength(1);
  expect(refusals('canaries', { ...write, checks: { namespace: 'other' } })).toEqual([]);
});

it('other kinds are free, whatever owns them', () => {
  const object: Json = { metadata: { name: 'x', ownerReferences: [OWNER] } };
  expect(refusals('configmaps', { object })).toEqual([]);
});
