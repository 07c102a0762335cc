import { expect, test } from 'vitest';
import { workload } from '../../../src/delivery/workload/deployment.ts';
import type { Readiness } from '../../../src/delivery/workload/types.ts';
import { contextOf, NOW, targetOf, written } from './fixture.ts';

test('a primary has the size of its target', () => {
  const primary = written(workload.createPrimary(targetOf(), contextOf()));
  expect(workload.replicas(primary)).toBe(3);
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
  const primary = written(workload.createPrimary(target, contextOf()));
  expect(JSON.stringify(primary.spec.template.spec)).toBe(
    JSON.stringify(spec)
      .replaceAll('"app":"app"}', '"app":"app-primary"}')
      .replace('["app","other"]', '["app-primary","other"]'),
  );
  expect(target.spec.template.spec).toEqual(spec);
});

test('scaling is guarded by what was observed', () => {
  expect(workload.scale(targetOf(), 0)).toMatchObject([
    {
      op: 'patch',
      key: { namespace: 'shop', name: 'app' },
      body: [
        { op: 'test', path: '/metadata/uid', value: 'target-uid' },
        { op: 'test', path: '/spec/replicas', value: 3 },
        { op: 'add', path: '/spec/replicas', value: 0 },
      ],
    },
  ]);
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
  expect(
    workload.readiness(targetOf({}, status), { percent, deadlineSeconds: 60, now: NOW }),
  ).toEqual(expected);
});
