import { expect, test } from 'vitest';
import type { ConfigObject } from '../../../src/delivery/config-digest.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';

const TEN_MINUTES_MS = 600_000;
const SEEN_MS = 500;
const SETTINGS = 'settings';

const HPA: KubeObject & { spec: Record<string, unknown> } = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'load', namespace: NAMESPACE },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
    minReplicas: 2,
    maxReplicas: 4,
  },
};

/** Settled after a rollout, with every copy that the application has: configs, autoscalers, Services and a route. */
async function settled(): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  world.useCaches();
  await world.createGateway();
  await world.createTarget();
  const metadata = { name: SETTINGS, namespace: NAMESPACE };
  const settings: ConfigObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { a: '1' },
  };
  await world.client.create(RESOURCES.configMaps, settings);
  await world.client.create(RESOURCES.horizontalPodAutoscalers, HPA);
  const target = structuredClone(world.target());
  Object.assign(target.spec.template.spec, {
    volumes: [{ name: 's', configMap: { name: SETTINGS } }],
  });
  await world.client.replace(RESOURCES.deployments, target);
  const { apiVersion, kind } = HPA;
  await world.createCanary({ autoscalerRef: { apiVersion, kind, name: 'load' } });
  world.start();
  await world.until('Initialized');
  await world.release('podinfo:2');
  await world.until('Succeeded');
  await world.clock.advance(30_000);
  return world;
}

test('an idle Canary costs no request in ten minutes, however often it is looked at', async () => {
  const world = await settled();
  let requests = 0;
  world.client.intercept = () => {
    requests += 1;
  };
  for (let at = 0; at < TEN_MINUTES_MS; at += 15_000) {
    world.wake();
    await world.clock.advance(15_000);
  }
  expect(requests).toBe(0);
});

interface Labelled extends KubeObject {
  spec: Record<string, unknown>;
}

/** Changes one object of the Canary, as somebody else does. */
const CHANGES: readonly (readonly [string, (world: DeliveryWorld) => Promise<unknown>])[] = [
  ["the target's template", (world) => world.release('podinfo:3')],
  [
    'a ConfigMap',
    (world) => {
      const live = world.client.peek<ConfigObject & KubeObject>(
        RESOURCES.configMaps,
        NAMESPACE,
        SETTINGS,
      );
      const changed = { ...live, data: { a: '2' } };
      return world.client.replace(RESOURCES.configMaps, changed as ConfigObject & KubeObject);
    },
  ],
  ["the canary's share on the route", (world) => world.setWeight(50)],
  [
    "the primary's autoscaler",
    (world) => {
      const live = world.client.peek<Labelled>(
        RESOURCES.horizontalPodAutoscalers,
        NAMESPACE,
        'load-primary',
      );
      const spec = { ...live?.spec, maxReplicas: 3 };
      return world.client.replace(RESOURCES.horizontalPodAutoscalers, {
        ...live,
        spec,
      } as Labelled);
    },
  ],
  [
    'a generated Service',
    (world) => {
      const live = world.client.peek<Labelled>(RESOURCES.services, NAMESPACE, NAME);
      const spec = { ...live?.spec, selector: { app: 'elsewhere' } };
      return world.client.replace(RESOURCES.services, { ...live, spec } as Labelled);
    },
  ],
];

test.each(CHANGES)('a change of %s is seen within half a second', async (_name, change) => {
  const world = await settled();
  await change(world);
  const before = world.client.writes.length;
  await world.untilTrue(() => world.client.writes.length > before, 'a write', SEEN_MS);
});
