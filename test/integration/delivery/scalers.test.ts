import { describe, expect, test } from 'vitest';
import type { CanaryAnalysis, CanarySpec } from '../../../src/domain/canary.ts';
import type { KubeObject, ResourceType } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';

const SCALER = 'load';
const PRIMARY = `${NAME}-primary`;

interface Scaler extends KubeObject {
  spec: Record<string, unknown>;
}

const HPA_REF = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  name: SCALER,
};

function hpa(spec: Record<string, unknown> = {}): Scaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: {
      name: SCALER,
      namespace: NAMESPACE,
      labels: { team: 'a', 'kustomize.toolkit.fluxcd.io/name': 'x' },
    },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
      minReplicas: 3,
      maxReplicas: 8,
      metrics: [{ type: 'Resource', resource: { name: 'cpu' } }],
      ...spec,
    },
  };
}

function scaledObject(): Scaler {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: SCALER, namespace: NAMESPACE, annotations: { note: 'n' } },
    spec: {
      scaleTargetRef: { name: NAME },
      minReplicaCount: 2,
      triggers: [{ type: 'prometheus', metadata: { query: `sum(up{app="${NAME}-canary"})` } }],
    },
  };
}

class ScaledWorld extends DeliveryWorld {
  scaler(type: ResourceType, name: string): Scaler | undefined {
    return this.client.peek<Scaler>(type, NAMESPACE, name);
  }

  hpa(name = `${SCALER}-primary`): Scaler | undefined {
    return this.scaler(RESOURCES.horizontalPodAutoscalers, name);
  }

  async edit(type: ResourceType, name: string, spec: Record<string, unknown>): Promise<void> {
    const live = this.scaler(type, name);
    if (live === undefined) throw new Error('not there');
    await this.client.replace(type, { ...live, spec: { ...live.spec, ...spec } });
  }
}

async function started(
  scaler: Scaler | undefined,
  autoscalerRef: NonNullable<CanarySpec['autoscalerRef']>,
  analysis: CanaryAnalysis = {},
): Promise<ScaledWorld> {
  const world = new ScaledWorld();
  world.useCaches();
  await world.createGateway();
  await world.createTarget();
  if (scaler !== undefined) {
    const type = scaler.kind === 'ScaledObject' ? 'scaledObjects' : 'horizontalPodAutoscalers';
    await world.client.create(RESOURCES[type], scaler);
  }
  await world.createCanary({ autoscalerRef }, analysis);
  world.start();
  return world;
}

async function withHpa(
  primaryScalerReplicas?: { minReplicas?: number; maxReplicas?: number },
  spec: Record<string, unknown> = {},
): Promise<ScaledWorld> {
  const ref = primaryScalerReplicas === undefined ? HPA_REF : { ...HPA_REF, primaryScalerReplicas };
  const world = await started(hpa(spec), ref);
  await world.until('Initialized');
  await world.clock.advance(1000);
  return world;
}

/** Counts of the target's pods as they follow each other from now on. */
function followReplicas(world: ScaledWorld, name: string): (number | undefined)[] {
  const seen: (number | undefined)[] = [];
  world.client.onChange((type, object) => {
    if (type.plural !== 'deployments' || object.metadata.name !== name) return;
    const { spec } = object as KubeObject & { spec: { replicas?: number } };
    if (seen.at(-1) !== spec.replicas) seen.push(spec.replicas);
  });
  return seen;
}

describe('a HorizontalPodAutoscaler', () => {
  test('is made for the primary at the initialisation, with overrides', async () => {
    const world = await withHpa({ minReplicas: 4, maxReplicas: 9 });
    expect(world.hpa()).toMatchObject({
      metadata: { ownerReferences: [{ name: NAME, controller: true }] },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: PRIMARY },
        minReplicas: 4,
        maxReplicas: 9,
        metrics: [{ type: 'Resource', resource: { name: 'cpu' } }],
      },
    });
    expect(world.hpa()?.metadata.labels).toEqual({ team: 'a' });
    expect(world.hpa()?.metadata.annotations).toBeUndefined();
    expect(world.target().spec.replicas).toBe(0);
    expect(world.hpa(SCALER)?.spec).toEqual(hpa().spec);
  });

  test('gives the canary its fewest pods to begin with, and the primary keeps its own', async () => {
    const world = await withHpa();
    await world.scale(PRIMARY, 5);
    await world.clock.advance(5000);
    const replicas = followReplicas(world, NAME);
    const ofPrimary = followReplicas(world, PRIMARY);
    await world.release('podinfo:2');
    await world.until('Succeeded');
    expect(replicas).toEqual([0, 3, 0]);
    expect(new Set(ofPrimary)).toEqual(new Set([5]));
  });

  test('of the target that changed is followed at the promotion and not before', async () => {
    const world = await withHpa({ minReplicas: 4 });
    await world.edit(RESOURCES.horizontalPodAutoscalers, SCALER, { maxReplicas: 20 });
    await world.release('podinfo:2');
    await world.untilTrue(() => world.weight() === 60, 'weight 60');
    expect(world.hpa()?.spec['maxReplicas']).toBe(8);
    await world.until('Promoting');
    expect(world.hpa()?.spec['maxReplicas']).toBe(20);
    expect(world.hpa()?.spec['minReplicas']).toBe(4);
  });

  test('of the primary that somebody edited or deleted is put right', async () => {
    const world = await withHpa();
    await world.edit(RESOURCES.horizontalPodAutoscalers, `${SCALER}-primary`, { maxReplicas: 3 });
    await world.untilTrue(() => world.hpa()?.spec['maxReplicas'] === 8, 'put right', 500);
    expect(world.repairs).toEqual(['scaler']);
    const { signal } = new AbortController();
    const key = { namespace: NAMESPACE, name: `${SCALER}-primary` };
    await world.client.delete(RESOURCES.horizontalPodAutoscalers, key, { signal });
    await world.untilTrue(() => world.hpa() !== undefined, 'made again', 500);
  });

  test('that is missing is a condition, and nothing starts', async () => {
    const world = await started(undefined, HPA_REF);
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')).toMatchObject({
      reason: 'ScalerMissing',
      message: 'HorizontalPodAutoscaler load.shop not found',
    });
    expect(world.primary()).toBeUndefined();
    await world.client.create(RESOURCES.horizontalPodAutoscalers, hpa());
    await world.until('Initialized');
  });

  test('whose status changes costs an idle Canary nothing', async () => {
    const world = await withHpa();
    await world.clock.advance(60_000);
    const { reads } = world.client;
    for (let i = 0; i < 40; i++) {
      const live = world.hpa();
      if (live === undefined) throw new Error('not there');
      await world.client.replaceStatus(RESOURCES.horizontalPodAutoscalers, {
        ...live,
        status: { currentReplicas: i },
      } as Scaler);
      await world.clock.advance(15_000);
    }
    expect(world.client.reads).toBe(reads);
  });

  test('of an unknown kind is a condition that lists the known ones', async () => {
    const world = await started(undefined, { ...HPA_REF, kind: 'Other' });
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')).toMatchObject({
      reason: 'ScalerKindUnknown',
      message: 'autoscaler kind Other is not known; known: HorizontalPodAutoscaler, ScaledObject',
    });
  });
});

describe('a primary that its autoscaler has given more pods than its fewest', () => {
  test('keeps them while the canary takes its traffic, and for a while after', async () => {
    const world = await withHpa();
    await world.scale(PRIMARY, 7);
    await world.clock.advance(5000);
    await world.release('podinfo:2');
    await world.untilTrue(() => world.weight() === 30, 'weight 30');
    expect(world.hpa()?.spec['minReplicas']).toBe(7);
    expect(world.repairs).toEqual([]);
    await world.until('Succeeded');
    await world.clock.advance(240_000);
    expect(world.hpa()?.spec['minReplicas']).toBe(7);
    await world.clock.advance(90_000);
    expect(world.hpa()?.spec['minReplicas']).toBe(3);
    expect(world.repairs).toEqual([]);
    const { reads } = world.client;
    await world.clock.advance(600_000);
    expect(world.client.reads).toBe(reads);
  });

  test('keeps them when a rollback gives it all traffic back', async () => {
    const world = await withHpa();
    await world.scale(PRIMARY, 7);
    await world.clock.advance(5000);
    await world.release('podinfo:2');
    await world.untilTrue(() => world.weight() === 30, 'weight 30');
    world.metric = () => 0;
    await world.until('Failed');
    expect(world.hpa()?.spec['minReplicas']).toBe(7);
    await world.clock.advance(330_000);
    expect(world.hpa()?.spec['minReplicas']).toBe(3);
  });

  test('keeps them from one rollout to the next', async () => {
    const world = await withHpa();
    await world.scale(PRIMARY, 7);
    await world.clock.advance(5000);
    await world.release('podinfo:2');
    await world.untilTrue(() => world.weight() === 30, 'weight 30');
    await world.release('podinfo:3');
    await world.until('Succeeded');
    expect(world.hpa()?.spec['minReplicas']).toBe(7);
    await world.clock.advance(330_000);
    expect(world.hpa()?.spec['minReplicas']).toBe(3);
  });

  test('never more than the most that its autoscaler allows', async () => {
    const world = await withHpa({ maxReplicas: 6 });
    await world.scale(PRIMARY, 9);
    await world.clock.advance(5000);
    await world.release('podinfo:2');
    await world.untilTrue(() => world.weight() === 30, 'weight 30');
    expect(world.hpa()?.spec['minReplicas']).toBe(6);
    await world.until('Succeeded');
    await world.clock.advance(330_000);
    expect(world.hpa()?.spec['minReplicas']).toBe(3);
  });
});

describe('a ScaledObject', () => {
  const REF = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: SCALER };
  const PAUSED = 'autoscaling.keda.sh/paused-replicas';

  const pauses = (world: ScaledWorld, name = SCALER): string | undefined =>
    world.scaler(RESOURCES.scaledObjects, name)?.metadata.annotations?.[PAUSED];

  test('pauses at zero, is resumed for a rollout, and paused again after it', async () => {
    const world = await started(scaledObject(), REF);
    await world.until('Initialized');
    expect(pauses(world)).toBe('0');
    expect(pauses(world, `${SCALER}-primary`)).toBeUndefined();
    expect(world.scaler(RESOURCES.scaledObjects, `${SCALER}-primary`)).toMatchObject({
      metadata: { annotations: { note: 'n' } },
      spec: {
        scaleTargetRef: { name: PRIMARY },
        minReplicaCount: 2,
        triggers: [{ type: 'prometheus', metadata: { query: `sum(up{app="${PRIMARY}"})` } }],
      },
    });
    await world.release('podinfo:2');
    await world.until('Progressing');
    await world.untilTrue(() => world.target().spec.replicas === 2, 'scaled up');
    expect(pauses(world)).toBeUndefined();
    await world.until('Succeeded');
    expect(pauses(world)).toBe('0');
    expect(world.target().spec.replicas).toBe(0);
  });

  test('is paused also where the target has no pods to begin with', async () => {
    const world = new ScaledWorld();
    await world.createGateway();
    await world.createTarget();
    await world.scale(NAME, 0);
    await world.client.create(RESOURCES.scaledObjects, scaledObject());
    await world.createCanary({ autoscalerRef: REF });
    world.start();
    await world.until('Initialized');
    expect(pauses(world)).toBe('0');
  });

  test('is paused after a rollback', async () => {
    const world = await started(scaledObject(), REF);
    await world.until('Initialized');
    world.metric = () => 0;
    await world.release('podinfo:2');
    await world.until('Failed');
    expect(pauses(world)).toBe('0');
  });

  test('is resumed when the Canary is deleted with revertOnDeletion', async () => {
    const world = new ScaledWorld();
    await world.createGateway();
    await world.createTarget();
    await world.client.create(RESOURCES.scaledObjects, scaledObject());
    await world.createCanary({ autoscalerRef: REF, revertOnDeletion: true });
    world.start();
    await world.until('Initialized');
    await world.clock.advance(1000);
    const { signal } = new AbortController();
    await world.client.delete(RESOURCES.canaries, { namespace: NAMESPACE, name: NAME }, { signal });
    const isGone = (): boolean =>
      world.client.peek(RESOURCES.canaries, NAMESPACE, NAME) === undefined;
    await world.untilTrue(isGone, 'gone');
    expect(pauses(world)).toBeUndefined();
    expect(world.target().spec.replicas).toBe(2);
  });
});
