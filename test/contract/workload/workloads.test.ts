import { describe, expect, test } from 'vitest';
import type { PrimaryContext, Readiness, Workload } from '../../../src/delivery/workload/types.ts';
import { WORKLOADS } from '../../../src/delivery/workload/index.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

const SELECTOR = { key: 'app', value: 'app' };
const NOW = Date.UTC(2026, 0, 1, 12);

interface TestWorkload extends KubeObject {
  spec: Record<string, unknown> & {
    replicas?: number;
    template: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: Record<string, unknown>;
    };
  };
  status?: Record<string, unknown>;
}

function targetOf(
  spec: Record<string, unknown> = {},
  status: Record<string, unknown> = {},
): TestWorkload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'app',
      namespace: 'shop',
      uid: 'target-uid',
      generation: 2,
      labels: { team: 'a', 'toolkit.fluxcd.io/name': 'x' },
      annotations: {
        note: 'n',
        'kustomize.toolkit.fluxcd.io/checksum': 'c',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'sluice.dev/changed-by': '{}',
      },
    },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 5,
      selector: { matchLabels: { app: 'app' } },
      template: {
        metadata: { labels: { app: 'app', tier: 'web' }, annotations: { scrape: 'true' } },
        spec: { containers: [{ name: 'app', image: 'app:2' }] },
      },
      ...spec,
    },
    status: { observedGeneration: 2, ...status },
  };
}

function contextOf(): PrimaryContext {
  return {
    canary: canaryOf(),
    selector: SELECTOR,
    includeLabelPrefix: [],
    configs: new Set(),
    rolloutId: 'rollout-1',
  };
}

const workloads: readonly Workload[] = WORKLOADS;

describe.each(workloads)('workload $kind', (workload) => {
  test('a primary has the same pods under its own label, owned by the Canary', () => {
    const target = targetOf();
    const primary = workload.createPrimary(target, contextOf()) as TestWorkload;
    expect(primary.metadata).toMatchObject({
      name: 'app-primary',
      namespace: 'shop',
      ownerReferences: [{ kind: 'Canary', controller: true }],
    });
    expect(primary.spec['selector']).toEqual({ matchLabels: { app: 'app-primary' } });
    expect(primary.spec.template.metadata.labels).toEqual({ app: 'app-primary', tier: 'web' });
    expect(primary.spec.template.metadata.annotations).toEqual({
      scrape: 'true',
      'flagger-id': 'rollout-1',
    });
    expect(workload.replicas(primary)).toBe(3);
    expect(workload.samePods(primary, target, SELECTOR)).toBe(true);
  });

  test('marks of tools about the target are not copied', () => {
    const target = targetOf();
    const primary = workload.createPrimary(target, contextOf());
    expect(primary.metadata.annotations).toEqual({ note: 'n' });
    expect(primary.metadata.labels).toEqual({ app: 'app-primary' });
  });

  test('labels with a configured prefix are copied, Flux’s own never', () => {
    const target = targetOf();
    const context = { ...contextOf(), includeLabelPrefix: ['*'] };
    expect(workload.createPrimary(target, context).metadata.labels).toEqual({
      app: 'app-primary',
      team: 'a',
    });
  });

  test('a target at zero still gets a primary that serves', () => {
    const target = targetOf({ replicas: 0 });
    expect(workload.replicas(workload.createPrimary(target, contextOf()))).toBe(1);
  });

  test('a promotion takes the pods and keeps what is the primary’s own', () => {
    const old = targetOf();
    const primary = { ...(workload.createPrimary(old, contextOf()) as TestWorkload) };
    primary.metadata = {
      ...primary.metadata,
      resourceVersion: '7',
      annotations: { ...primary.metadata.annotations, mine: '1' },
    };
    const next = targetOf({
      template: {
        metadata: { labels: { app: 'app' } },
        spec: { containers: [{ name: 'app', image: 'app:3' }] },
      },
    });
    const context = { ...contextOf(), rolloutId: 'rollout-2' };
    const promoted = workload.promotePrimary(primary, next, context) as TestWorkload;
    expect(promoted.metadata).toMatchObject({
      resourceVersion: '7',
      annotations: { note: 'n', mine: '1' },
    });
    expect(workload.identity(promoted)).toBe('rollout-2');
    expect(promoted.spec.template.spec['containers']).toEqual([{ name: 'app', image: 'app:3' }]);
    expect(promoted.spec.template.metadata.annotations).toEqual({ 'flagger-id': 'rollout-2' });
    expect(promoted.spec['selector']).toEqual({ matchLabels: { app: 'app-primary' } });
    expect(workload.samePods(primary, next, SELECTOR)).toBe(false);
    expect(workload.samePods(promoted, next, SELECTOR)).toBe(true);
  });

  test('copies of ConfigMaps and Secrets that Flagger made count as the same pods', () => {
    const env = (suffix: string): unknown => [
      { name: 'A', valueFrom: { configMapKeyRef: { name: `config${suffix}`, key: 'a' } } },
    ];
    const withEnv = (suffix: string): TestWorkload =>
      targetOf({
        template: {
          metadata: { labels: { app: 'app' } },
          spec: { containers: [{ name: 'app', image: 'app:2', env: env(suffix) }] },
        },
      });
    const primary = workload.createPrimary(withEnv('-primary'), contextOf());
    expect(workload.samePods(primary, withEnv(''), SELECTOR)).toBe(true);
  });

  test('pods keep apart from their own kind: anti-affinity and spread follow the label', () => {
    const term = { labelSelector: { matchLabels: { app: 'app' } }, topologyKey: 'zone' };
    const expression = {
      labelSelector: {
        matchExpressions: [{ key: 'app', operator: 'In', values: ['app', 'other'] }],
      },
    };
    const spec = {
      containers: [{ name: 'app', image: 'app:2' }],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [term],
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: expression },
          ],
        },
      },
      topologySpreadConstraints: [term],
    };
    const target = targetOf({ template: { metadata: { labels: { app: 'app' } }, spec } });
    const primary = workload.createPrimary(target, contextOf()) as TestWorkload;
    expect(JSON.stringify(primary.spec.template.spec)).toBe(
      JSON.stringify(spec)
        .replaceAll('"app":"app"}', '"app":"app-primary"}')
        .replace('["app","other"]', '["app-primary","other"]'),
    );
    expect(target.spec.template.spec).toEqual(spec);
  });

  test('the selector label is the first candidate that the target uses', () => {
    const target = targetOf({ selector: { matchLabels: { name: 'n', app: 'a' } } });
    expect(workload.selector(target, ['app', 'name'])).toEqual({ key: 'app', value: 'a' });
    expect(workload.selector(target, ['other', 'name'])).toEqual({ key: 'name', value: 'n' });
    expect(workload.selector(target, ['other'])).toBeUndefined();
  });

  test('scaling is guarded by what was observed', () => {
    expect(workload.scalePatch(targetOf(), 0)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'target-uid' },
      { op: 'test', path: '/spec/replicas', value: 3 },
      { op: 'add', path: '/spec/replicas', value: 0 },
    ]);
  });
});

const available = (status: string, secondsAgo: number): Record<string, unknown> => ({
  conditions: [
    {
      type: 'Available',
      status,
      reason: 'MinimumReplicasUnavailable',
      lastUpdateTime: new Date(NOW - secondsAgo * 1000).toISOString(),
    },
  ],
});
const full = { updatedReplicas: 3, replicas: 3, availableReplicas: 3 };
const ROLLOUT = 'waiting for rollout to finish: ';

test.each<[string, Record<string, unknown>, number, Readiness]>([
  ['ready', full, 100, { state: 'ready' }],
  [
    'an old observation',
    { ...full, observedGeneration: 1 },
    100,
    {
      state: 'progressing',
      message: `${ROLLOUT}observed deployment generation less than desired generation`,
    },
  ],
  [
    'pods not updated',
    { ...full, updatedReplicas: 1 },
    100,
    { state: 'progressing', message: `${ROLLOUT}1 out of 3 new replicas have been updated` },
  ],
  [
    'old pods',
    { ...full, replicas: 4 },
    100,
    { state: 'progressing', message: `${ROLLOUT}1 old replicas are pending termination` },
  ],
  [
    'pods not available',
    { ...full, availableReplicas: 1 },
    100,
    {
      state: 'progressing',
      message: `${ROLLOUT}1 of 3 (readyThreshold 100%) updated replicas are available`,
    },
  ],
  ['enough pods available', { ...full, availableReplicas: 1 }, 50, { state: 'ready' }],
  [
    'no pod of none',
    { updatedReplicas: 0, replicas: 0, availableReplicas: 0 },
    100,
    { state: 'progressing', message: `${ROLLOUT}0 out of 3 new replicas have been updated` },
  ],
  [
    'unavailable within the deadline',
    { ...full, availableReplicas: 0, ...available('False', 59) },
    100,
    {
      state: 'progressing',
      message: `${ROLLOUT}0 of 3 (readyThreshold 100%) updated replicas are available`,
    },
  ],
  [
    'unavailable beyond the deadline',
    { ...full, availableReplicas: 0, ...available('False', 61) },
    100,
    {
      state: 'stuck',
      message: `${ROLLOUT}0 of 3 (readyThreshold 100%) updated replicas are available`,
    },
  ],
  [
    'a missed deadline of the Deployment’s own',
    {
      ...full,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    },
    100,
    { state: 'stuck', message: 'deployment "app" exceeded its progress deadline' },
  ],
])('readiness of a Deployment: %s', (_name, status, percent, expected) => {
  const workload = workloads.find(({ kind }) => kind === 'Deployment');
  expect(
    workload?.readiness(targetOf({}, status), { percent, deadlineSeconds: 60, now: NOW }),
  ).toEqual(expected);
});
