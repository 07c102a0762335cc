import { expect, test } from 'vitest';
import { workload } from '../../../src/delivery/workload/daemon-set.ts';
import type { Readiness } from '../../../src/delivery/workload/types.ts';
import { contextOf, NOW, SELECTOR, targetOf, written, type TestWorkload } from './fixture.ts';

const ZERO = 'flagger.app/scale-to-zero';
const PATH = '/spec/template/spec/nodeSelector';

function target(nodeSelector?: Record<string, string>): TestWorkload {
  const found = targetOf();
  delete found.spec.replicas;
  if (nodeSelector !== undefined) found.spec.template.spec['nodeSelector'] = nodeSelector;
  return found;
}

test.each<[string, Record<string, string> | undefined, number, unknown[]]>([
  ['to none', undefined, 0, [{ op: 'add', path: PATH, value: { [ZERO]: 'true' } }]],
  [
    'to none beside a selector of its own',
    { disk: 'ssd' },
    0,
    [{ op: 'add', path: `${PATH}/flagger.app~1scale-to-zero`, value: 'true' }],
  ],
  [
    'up again',
    { [ZERO]: 'true' },
    2,
    [
      { op: 'test', path: `${PATH}/flagger.app~1scale-to-zero`, value: 'true' },
      { op: 'remove', path: PATH },
    ],
  ],
  [
    'up again with a selector of its own',
    { disk: 'ssd', [ZERO]: 'true' },
    2,
    [
      { op: 'test', path: `${PATH}/flagger.app~1scale-to-zero`, value: 'true' },
      { op: 'remove', path: `${PATH}/flagger.app~1scale-to-zero` },
    ],
  ],
])('scaled %s', (_what, selector, replicas, change) => {
  const uid = { op: 'test', path: '/metadata/uid', value: 'target-uid' };
  expect(workload.scale(target(selector), replicas)).toMatchObject([
    { op: 'patch', key: { namespace: 'shop', name: 'app' }, body: [uid, ...change] },
  ]);
});

test('what is so already is not written', () => {
  expect(workload.scale(target({ [ZERO]: 'true' }), 0)).toEqual([]);
  expect(workload.scale(target(), 3)).toEqual([]);
});

test('being scaled to zero is no part of the revision, and never of the primary', () => {
  const zero = target({ [ZERO]: 'true' });
  expect(workload.template(zero)).toEqual(workload.template(target()));
  expect(workload.template(target({}))).toEqual(workload.template(target()));
  const primary = written(workload.createPrimary(zero, contextOf()));
  expect(primary.spec.template.spec['nodeSelector']).toBeUndefined();
  expect(workload.samePods(primary, zero, SELECTOR)).toBe(true);
  expect(workload.replicas(zero)).toBe(0);
  expect(workload.replicas(primary)).toBe(1);
});

test('its affinity says which nodes are meant: it is not rewritten', () => {
  const affinity = {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: 'app' } }, topologyKey: 'zone' },
      ],
    },
  };
  const found = target();
  found.spec.template.spec['affinity'] = affinity;
  const primary = written(workload.createPrimary(found, contextOf()));
  expect(primary.spec.template.spec['affinity']).toEqual(affinity);
});

const ROLLOUT = 'waiting for rollout to finish: ';
const full = { desiredNumberScheduled: 4, updatedNumberScheduled: 4, numberAvailable: 4 };

test.each<[string, Record<string, unknown>, number, Readiness]>([
  ['ready', full, 100, { state: 'ready' }],
  [
    'an old observation',
    { ...full, observedGeneration: 1 },
    100,
    {
      state: 'progressing',
      message: `${ROLLOUT}observed daemonset generation less than desired generation`,
    },
  ],
  [
    'pods not updated',
    { ...full, updatedNumberScheduled: 1 },
    100,
    { state: 'progressing', message: `${ROLLOUT}1 out of 4 new pods have been updated` },
  ],
  [
    'pods not available',
    { ...full, numberAvailable: 1 },
    50,
    {
      state: 'progressing',
      message: `${ROLLOUT}1 of 2 (readyThreshold 50%) updated pods are available`,
    },
  ],
  ['enough pods available', { ...full, numberAvailable: 2 }, 50, { state: 'ready' }],
])('readiness: %s', (_what, status, percent, expected) => {
  const rule = { percent, deadlineSeconds: 60, now: NOW, since: NOW - 60_000 };
  expect(workload.readiness(targetOf({}, status), rule)).toEqual(expected);
});

test('beyond its deadline it is stuck, once somebody has said when it began', () => {
  const found = targetOf({}, { ...full, numberAvailable: 0 });
  const rule = { percent: 100, deadlineSeconds: 60, now: NOW };
  expect(workload.readiness(found, { ...rule, since: NOW - 60_001 })).toEqual({
    state: 'stuck',
    message: 'exceeded its progressDeadlineSeconds: 60',
  });
  expect(workload.readiness(found, rule).state).toBe('progressing');
});
