import { expect, test } from 'vitest';
import { namesOf } from '../../../../src/delivery/names.ts';
import { router } from '../../../../src/delivery/router/knative.ts';
import type { RouteContext } from '../../../../src/delivery/router/types.ts';
import type { CanaryStatus } from '../../../../src/domain/canary.ts';
import type { KubeObject } from '../../../../src/domain/object.ts';
import { canaryOf } from '../../../support/plan-fixture.ts';

type Traffic = readonly Record<string, unknown>[];

const traffic = (percent: number, primary = 'app-1'): Traffic => [
  { latestRevision: true, percent },
  { revisionName: primary, percent: 100 - percent },
];

function service(
  spec: Traffic | undefined,
  { annotation = 'app-1', generation = 1, status = {} } = {},
): KubeObject {
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: 'app',
      namespace: 'shop',
      uid: 'uid',
      generation,
      annotations: { 'flagger.app/primary-revision': annotation },
    },
    spec: spec === undefined ? {} : { traffic: spec },
    status: { latestCreatedRevisionName: 'app-2', ...status },
  } as KubeObject;
}

function context(phase: CanaryStatus['phase'] = 'Progressing'): RouteContext {
  const canary = canaryOf({
    targetRef: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'app' },
  });
  canary.status = { phase, failedChecks: 0, canaryWeight: 0, iterations: 0 };
  const options = { ingressClass: '', ingressAnnotationsPrefix: '' };
  return { canary, names: namesOf(canary), strategy: 'canary', cookies: {}, options };
}

const weights = (canary: number): { primary: number; canary: number; mirrored: boolean } => ({
  primary: 100 - canary,
  canary,
  mirrored: false,
});

test('weights are what Knative reports, once it has seen what was asked for', () => {
  const seen = { observedGeneration: 1, traffic: traffic(10) };
  expect(router.observe([service(traffic(30), { status: seen })], context()).weights.canary).toBe(
    10,
  );
  const late = service(traffic(30), { generation: 2, status: seen });
  expect(router.observe([late], context()).weights.canary).toBe(30);
  expect(router.observe([service(traffic(30))], context())).toEqual({
    present: true,
    weights: weights(30),
    drifted: false,
  });
});

test('without traffic entries the newest revision has everything', () => {
  expect(router.observe([service(undefined)], context())).toMatchObject({
    weights: { canary: 100 },
    drifted: true,
  });
  const same = service(undefined, { annotation: 'app-2' });
  expect(router.observe([same], context()).weights.canary).toBe(0);
});

test('a shift is one patch of the traffic, guarded by what was read; none when it is right', () => {
  const live = service(traffic(0));
  expect(router.writes([live], context(), weights(30))).toMatchObject([
    {
      op: 'patch',
      key: { namespace: 'shop', name: 'app' },
      body: [
        { op: 'test', path: '/metadata/uid', value: 'uid' },
        { op: 'test', path: '/spec/traffic', value: traffic(0) },
        { op: 'add', path: '/spec/traffic', value: traffic(30) },
      ],
    },
  ]);
  expect(router.writes([live], context(), weights(0))).toEqual([]);
});

test('what somebody else wrote is a drift; in a promotion the former primary may keep its share', () => {
  const foreign = [{ revisionName: 'app-9', percent: 100 }];
  expect(router.observe([service(foreign)], context()).drifted).toBe(true);
  const promoted = service(traffic(60, 'app-1'), { annotation: 'app-2' });
  expect(router.observe([promoted], context('Promoting')).drifted).toBe(false);
  expect(router.observe([promoted], context('Succeeded')).drifted).toBe(true);
  expect(router.writes([promoted], context('Promoting'), weights(0))).toMatchObject([
    { body: [{}, {}, { value: traffic(0, 'app-2') }] },
  ]);
});

test('it takes away what it wrote, and only that', () => {
  expect(router.revert?.([service(traffic(30))], context())).toMatchObject([
    {
      body: [
        { op: 'test', path: '/metadata/uid' },
        { op: 'test', path: '/metadata/annotations/flagger.app~1primary-revision' },
        { op: 'remove', path: '/metadata/annotations/flagger.app~1primary-revision' },
        { op: 'test', path: '/spec/traffic' },
        { op: 'remove', path: '/spec/traffic' },
      ],
    },
  ]);
  expect(router.revert?.([undefined], context())).toEqual([]);
});

test('it routes to Knative Services alone', async () => {
  const read = (): Promise<undefined> => Promise.resolve(undefined);
  expect(await router.check(context(), read)).toBeUndefined();
  const other = { ...context(), canary: canaryOf() };
  expect(await router.check(other, read)).toMatchObject({ reason: 'TargetUnfit' });
});
