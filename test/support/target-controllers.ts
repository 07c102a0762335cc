import type { KubeObject } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import { NAME, NAMESPACE, type DeliveryWorld } from './delivery-world.ts';

/** Time that the cluster's own controllers take, milliseconds. */
const LAG_MS = 1000;

export interface TestDaemonSet extends KubeObject {
  spec: {
    selector: { matchLabels: Record<string, string> };
    updateStrategy?: { type: string };
    template: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: {
        nodeSelector?: Record<string, string>;
        containers: { name: string; image: string }[];
      };
    };
  };
  status?: Record<string, unknown>;
}

/** A DaemonSet named as the world's target. */
export function daemonSetOf(
  image: string,
  spec: Partial<TestDaemonSet['spec']> = {},
): TestDaemonSet {
  const labels = { app: NAME };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
      ...spec,
    },
  };
}

/** Runs DaemonSets of two nodes: their pods are ready after a second, those of an image `…-crash` never. */
export function runDaemonSets(world: DeliveryWorld): void {
  world.client.onChange((type, object) => {
    if (type.plural !== 'daemonsets') return;
    world.wake();
    const { generation = 0, name } = object.metadata;
    if ((object as TestDaemonSet).status?.['observedGeneration'] === generation) return;
    world.clock.setTimer(() => {
      const live = world.client.peek<TestDaemonSet>(RESOURCES.daemonSets, NAMESPACE, name);
      if (live?.metadata.generation !== generation) return;
      const { nodeSelector = {}, containers } = live.spec.template.spec;
      const wanted = nodeSelector['flagger.app/scale-to-zero'] === undefined ? 2 : 0;
      const fails = containers[0]?.image.endsWith('-crash') === true;
      const status = {
        observedGeneration: generation,
        desiredNumberScheduled: wanted,
        updatedNumberScheduled: wanted,
        numberAvailable: fails ? 0 : wanted,
      };
      void world.client.replaceStatus(RESOURCES.daemonSets, { ...live, status } as KubeObject);
    }, LAG_MS);
  });
}

export interface TestKnativeService extends KubeObject {
  spec: { template: { spec: Record<string, unknown> }; traffic?: Record<string, unknown>[] };
  status?: {
    observedGeneration?: number;
    latestCreatedRevisionName?: string;
    traffic?: Record<string, unknown>[];
  };
}

/** Knative, as far as rollouts see it: a ready revision for each template, traffic reported a second after it is asked. */
export function runKnative(world: DeliveryWorld): void {
  const templates: string[] = [];
  world.client.onChange((type, object) => {
    if (type.group !== RESOURCES.knativeServices.group || type.plural !== 'services') return;
    world.wake();
    const { generation = 0, name } = object.metadata;
    if ((object as TestKnativeService).status?.observedGeneration === generation) return;
    world.clock.setTimer(() => {
      void follow(world, name, templates);
    }, LAG_MS);
  });
}

async function follow(world: DeliveryWorld, name: string, templates: string[]): Promise<void> {
  const type = RESOURCES.knativeServices;
  const live = world.client.peek<TestKnativeService>(type, NAMESPACE, name);
  if (live === undefined || live.status?.observedGeneration === live.metadata.generation) return;
  const template = JSON.stringify(live.spec.template);
  if (!templates.includes(template)) templates.push(template);
  const newest = `${name}-0000${templates.indexOf(template) + 1}`;
  if (world.client.peek(RESOURCES.knativeRevisions, NAMESPACE, newest) === undefined) {
    const revision = {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Revision',
      metadata: { name: newest, namespace: NAMESPACE },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    };
    await world.client.create(RESOURCES.knativeRevisions, revision);
  }
  const current = world.client.peek<TestKnativeService>(type, NAMESPACE, name) ?? live;
  const traffic = (current.spec.traffic ?? [{ latestRevision: true, percent: 100 }]).map((each) =>
    each['latestRevision'] === true ? { ...each, revisionName: newest } : each,
  );
  const status = {
    observedGeneration: current.metadata.generation,
    latestCreatedRevisionName: newest,
    traffic,
  };
  await world.client.replaceStatus(type, { ...current, status } as KubeObject);
}
