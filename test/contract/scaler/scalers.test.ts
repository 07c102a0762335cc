import { describe, expect, test } from 'vitest';
import {
  isSameScaler,
  primaryScalerOf,
  primaryScalerWrites,
} from '../../../src/delivery/primary-scaler.ts';
import { SCALERS } from '../../../src/delivery/scaler/index.ts';
import { scaler as scaledObjects } from '../../../src/delivery/scaler/scaled-object.ts';
import type { Scaler } from '../../../src/delivery/scaler/types.ts';
import { namesOf } from '../../../src/delivery/names.ts';
import type { CanarySpec } from '../../../src/domain/canary.ts';
import { apiVersionOf, type KubeObject } from '../../../src/domain/object.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

type Reference = NonNullable<CanarySpec['autoscalerRef']>;

/** Fields of a spec that make it scale between two and nine pods. */
const BOUNDED: Readonly<Record<string, Record<string, unknown>>> = {
  HorizontalPodAutoscaler: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' },
    minReplicas: 2,
    maxReplicas: 9,
    metrics: [{ type: 'Resource' }],
    behavior: { scaleDown: { stabilizationWindowSeconds: 5 } },
  },
  ScaledObject: {
    scaleTargetRef: { name: 'app', envSourceContainerName: 'main' },
    minReplicaCount: 2,
    maxReplicaCount: 9,
    pollingInterval: 7,
    triggers: [{ type: 'cron', metadata: { start: '0 6 * * *' } }],
  },
};

function targetOf(scaler: Scaler, spec: Record<string, unknown> = {}): KubeObject {
  const object = {
    apiVersion: apiVersionOf(scaler.resource),
    kind: scaler.kind,
    metadata: {
      name: 'load',
      namespace: 'shop',
      uid: 'uid',
      resourceVersion: '4',
      labels: { team: 'a', 'kustomize.toolkit.fluxcd.io/name': 'x' },
    },
    spec: { ...BOUNDED[scaler.kind], ...spec },
  };
  return object;
}

function contextOf(scaler: Scaler, more: Partial<Reference> = {}) {
  const reference = { apiVersion: apiVersionOf(scaler.resource), kind: scaler.kind, name: 'load' };
  const canary = canaryOf({ autoscalerRef: { ...reference, ...more } });
  return { canary, names: namesOf(canary) };
}

interface Made extends KubeObject {
  spec: Record<string, unknown> & { scaleTargetRef: Record<string, unknown> };
}

describe.each([...SCALERS].map((scaler): [string, Scaler] => [scaler.kind, scaler]))(
  '%s',
  (_kind, scaler) => {
    const make = (more: Partial<Reference> = {}, live?: KubeObject, floor?: number): Made =>
      primaryScalerOf(
        scaler,
        { target: targetOf(scaler), live },
        contextOf(scaler, more),
        floor,
      ) as Made;

    test("the primary's scales the primary, between the target's bounds", () => {
      const made = make();
      expect(made.metadata.name).toBe('load-primary');
      expect(made.spec.scaleTargetRef).toEqual({
        ...(BOUNDED[scaler.kind]?.['scaleTargetRef'] as object),
        name: 'app-primary',
      });
      expect(scaler.bounds(made)).toEqual({ min: 2, max: 9 });
      expect(made.metadata.labels).toEqual({ team: 'a' });
      expect(made.metadata.ownerReferences).toMatchObject([{ name: 'app', controller: true }]);
    });

    test('overrides win', () => {
      const made = make({ primaryScalerReplicas: { minReplicas: 4, maxReplicas: 12 } });
      expect(scaler.bounds(made)).toEqual({ min: 4, max: 12 });
      expect(scaler.bounds(make({ primaryScalerReplicas: { minReplicas: 1 } }))).toEqual({
        min: 1,
        max: 9,
      });
    });

    test('a floor raises the lower bound, never above the upper one, and never lowers it', () => {
      expect(scaler.bounds(make({}, undefined, 5)).min).toBe(5);
      expect(scaler.bounds(make({}, undefined, 50)).min).toBe(9);
      expect(scaler.bounds(make({}, undefined, 1)).min).toBe(2);
    });

    test('what is made is the same as itself, and a repeated write writes nothing', () => {
      const made = make();
      expect(primaryScalerWrites(scaler, undefined, made)).toMatchObject([{ op: 'create' }]);
      expect(primaryScalerWrites(scaler, made, make({}, made))).toEqual([]);
    });

    test('another bound is a difference, labels of others are none', () => {
      const made = make();
      const labelled = { ...made, metadata: { ...made.metadata, labels: { team: 'a', x: 'y' } } };
      expect(isSameScaler(scaler, labelled, made)).toBe(true);
      expect(make({}, labelled).metadata.labels).toEqual({ team: 'a', x: 'y' });
      const other = scaler.withMin(made, 3);
      expect(isSameScaler(scaler, other, made)).toBe(false);
      expect(primaryScalerWrites(scaler, other, made)).toMatchObject([{ op: 'replace' }]);
    });

    test('one that lost its owner gets it back', () => {
      const orphan = structuredClone(make());
      delete orphan.metadata.ownerReferences;
      expect(isSameScaler(scaler, orphan, make({}, orphan))).toBe(false);
    });

    test('pausing and resuming do nothing twice', () => {
      const target = targetOf(scaler);
      const paused = scaler.paused(target);
      if (paused === undefined) {
        expect(scaler.pausePatch(target)).toEqual([]);
        expect(scaler.resumePatch(target)).toEqual([]);
        return;
      }
      expect(paused).toBe(false);
      expect(scaler.resumePatch(target)).toEqual([]);
      expect(scaler.pausePatch(target).length).toBeGreaterThan(1);
    });
  },
);

test('a lower bound that nobody gives is what Kubernetes and KEDA take', () => {
  const [hpa] = SCALERS;
  const bare = targetOf(hpa);
  const spec = { scaleTargetRef: {}, maxReplicas: 3 };
  expect(hpa.bounds({ ...bare, spec } as KubeObject)).toEqual({ min: 1, max: 3 });
  expect(hpa.sameSpec({ maxReplicas: 3 }, { maxReplicas: 3, minReplicas: 1 })).toBe(true);
  expect(scaledObjects.bounds({ ...bare, spec: {} } as KubeObject)).toEqual({ min: 0, max: 100 });
});

describe('a ScaledObject', () => {
  const made = (spec: Record<string, unknown>, more: Partial<Reference> = {}): Made =>
    primaryScalerOf(
      scaledObjects,
      { target: targetOf(scaledObjects, spec), live: undefined },
      contextOf(scaledObjects, more),
    ) as Made;

  test.each([
    ['sum(rate(requests{job="app"}[1m]))', 'sum(rate(requests{job="app-primary"}[1m]))'],
    ['up{service="app-canary"}', 'up{service="app-primary"}'],
    ['up{a="app-canary", b="app"}', 'up{a="app-primary", b="app-primary"}'],
    ['up{job="other"}', 'up{job="other"}'],
  ])('asks about the primary: %s', (query, expected) => {
    const { spec } = made({
      triggers: [{ type: 'prometheus', metadata: { query, threshold: '1' } }],
    });
    expect(spec['triggers']).toEqual([
      { type: 'prometheus', metadata: { query: expected, threshold: '1' } },
    ]);
  });

  test('takes the queries that the Canary names, and rewrites the others', () => {
    const triggers = [
      { type: 'prometheus', name: 'first', metadata: { query: 'app' } },
      { type: 'prometheus', name: 'second', metadata: { query: 'app' } },
      { type: 'cron', metadata: { start: 'app' } },
    ];
    const { spec } = made({ triggers }, { primaryScalerQueries: { first: 'mine' } });
    expect(spec['triggers']).toEqual([
      { type: 'prometheus', name: 'first', metadata: { query: 'mine' } },
      { type: 'prometheus', name: 'second', metadata: { query: 'app-primary' } },
      { type: 'cron', metadata: { start: 'app' } },
    ]);
  });

  test.each([
    [undefined, { horizontalPodAutoscalerConfig: {} }],
    [
      { restoreToOriginalReplicaCount: true, horizontalPodAutoscalerConfig: { name: 'mine' } },
      {
        restoreToOriginalReplicaCount: true,
        horizontalPodAutoscalerConfig: { name: 'mine-primary' },
      },
    ],
  ])('names the HorizontalPodAutoscaler of the primary: %o', (advanced, expected) => {
    const { spec } = made(advanced === undefined ? {} : { advanced });
    expect(spec['advanced']).toEqual(expected);
  });

  test('that is paused is no pattern for the pause of the primary', () => {
    const target = targetOf(scaledObjects);
    const annotations = {
      'autoscaling.keda.sh/paused-replicas': '0',
      'autoscaling.keda.sh/paused': 'true',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      note: 'n',
    };
    const paused = { ...target, metadata: { ...target.metadata, annotations } };
    const context = contextOf(scaledObjects);
    const { metadata } = primaryScalerOf(
      scaledObjects,
      { target: paused, live: undefined },
      context,
    );
    expect(metadata.annotations).toEqual({ note: 'n' });
    expect(scaledObjects.paused(paused)).toBe(true);
    expect(scaledObjects.pausePatch(paused)).toEqual([]);
    expect(scaledObjects.resumePatch(paused)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'uid' },
      {
        op: 'test',
        path: '/metadata/annotations/autoscaling.keda.sh~1paused-replicas',
        value: '0',
      },
      { op: 'remove', path: '/metadata/annotations/autoscaling.keda.sh~1paused-replicas' },
    ]);
  });
});
