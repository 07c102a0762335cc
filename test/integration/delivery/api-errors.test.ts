import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { ErringClient, FAULTS, type Fault } from '../../support/erring-client.ts';
import { FaultyClient } from '../../support/faulty-client.ts';

interface Story {
  readonly name: string;
  /** How it ends: the Canary's phase and the primary's image. */
  readonly end: readonly [phase: string, image: string];
  readonly options: Parameters<DeliveryWorld['create']>;
  readonly bad?: boolean;
  /** What somebody does once the canary has traffic. */
  readonly then?: (world: DeliveryWorld) => Promise<unknown>;
  /** What there is beside target and Canary. */
  readonly prepare?: (world: DeliveryWorld) => Promise<unknown>;
}

const INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: NAME, namespace: NAMESPACE },
  spec: {
    rules: [
      {
        host: 'app.example.com',
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: NAME, port: { number: 80 } } },
            },
          ],
        },
      },
    ],
  },
};

const SCALER = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: NAME, namespace: NAMESPACE },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
    minReplicas: 2,
    maxReplicas: 4,
  },
};

const SCALED_OBJECT = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: NAME, namespace: NAMESPACE },
  spec: {
    scaleTargetRef: { name: NAME },
    minReplicaCount: 2,
    maxReplicaCount: 4,
    triggers: [{ type: 'cron', metadata: { timezone: 'UTC' } }],
  },
};

const SETTINGS = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: NAMESPACE },
  data: { colour: 'blue' },
};

const PROMOTED = ['Succeeded', 'podinfo:2'] as const;

const STORIES: readonly Story[] = [
  { name: 'a release', end: PROMOTED, options: [] },
  { name: 'a bad release', end: ['Failed', 'podinfo:1'], options: [], bad: true },
  { name: 'a blue/green release', end: PROMOTED, options: [{}, { iterations: 2, stepWeight: 0 }] },
  {
    name: 'a mirrored release',
    end: PROMOTED,
    options: [{}, { iterations: 2, stepWeight: 0, mirror: true }],
  },
  {
    name: 'an A/B release',
    end: PROMOTED,
    options: [
      {},
      { iterations: 2, stepWeight: 0, match: [{ headers: { 'x-canary': { exact: 'yes' } } }] },
    ],
  },
  {
    name: 'a release without a mesh',
    end: PROMOTED,
    options: [
      { provider: 'kubernetes', service: { port: 80 } },
      { iterations: 2, stepWeight: 0 },
    ],
  },
  {
    name: 'a release with Istio',
    end: PROMOTED,
    options: [{ provider: 'istio', service: { port: 80 } }],
  },
  {
    name: 'a release with nginx',
    end: PROMOTED,
    options: [
      {
        provider: 'nginx',
        service: { port: 80 },
        ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: NAME },
      },
    ],
    prepare: (world) => world.client.create(RESOURCES.ingresses, INGRESS),
  },
  {
    name: 'a release with an autoscaler',
    end: PROMOTED,
    options: [
      {
        autoscalerRef: {
          apiVersion: 'autoscaling/v2',
          kind: 'HorizontalPodAutoscaler',
          name: NAME,
        },
      },
    ],
    prepare: (world) => world.client.create(RESOURCES.horizontalPodAutoscalers, SCALER),
  },
  {
    name: 'a release with KEDA',
    end: PROMOTED,
    options: [
      { autoscalerRef: { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: NAME } },
    ],
    prepare: (world) => world.client.create(RESOURCES.scaledObjects, SCALED_OBJECT),
  },
  {
    name: 'a release with configuration',
    end: PROMOTED,
    options: [],
    prepare: async (world) => {
      await world.client.create(RESOURCES.configMaps, SETTINGS);
      const target = structuredClone(world.target());
      Object.assign(target.spec.template.spec, {
        volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
      });
      await world.client.replace(RESOURCES.deployments, target);
    },
  },
  {
    name: 'an abort',
    end: ['Failed', 'podinfo:1'],
    options: [],
    then: (world) => world.say('Abort'),
  },
  {
    name: 'a deletion with revert',
    end: ['gone', 'podinfo:1'],
    options: [{ revertOnDeletion: true }],
    then: (world) =>
      world.client.delete(
        RESOURCES.canaries,
        { namespace: NAMESPACE, name: NAME },
        { signal: new AbortController().signal },
      ),
  },
];

interface Ended {
  readonly phase: string;
  readonly image: string | undefined;
  readonly replicas: number | undefined;
  readonly outcomes: readonly (string | undefined)[];
}

interface Played {
  readonly ended: Ended;
  readonly requests: readonly boolean[];
  readonly unsafe: readonly string[];
  /** Writes of a process that begins anew in the end. */
  readonly again: number;
  readonly weights: readonly number[];
}

const LONG_MS = 900_000;

/** Plays a story in which one request of the reconciler fails; nothing but that goes wrong. */
async function play(story: Story, at: number, fault: Fault): Promise<Played> {
  const world = new DeliveryWorld();
  if (story.bad === true) world.metric = () => 0;
  await world.create(...story.options);
  await story.prepare?.(world);
  const unsafe = watched(world);
  const erring = new ErringClient(world.client, at, fault);
  world.faults = new FaultyClient(erring);
  world.start();
  await world.until('Initialized', LONG_MS);
  await world.release('podinfo:2');
  if (story.then !== undefined) {
    await world.untilTrue(() => world.weight() > 0, 'traffic on the canary', LONG_MS);
    await story.then(world);
  }
  await world.clock.advance(LONG_MS);
  await world.kill();
  const before = tallied(world);
  world.faults = new FaultyClient(world.client);
  world.start();
  await world.clock.advance(60_000);
  const again = tallied(world) - before;
  await world.kill();
  return { ended: endOf(world), requests: erring.requests, unsafe, again, weights: world.weights };
}

/** Writes so far, but for marks on Approvals: one that was not there when it was to be marked is marked later. */
function tallied(world: DeliveryWorld): number {
  return world.client.writes.filter(({ resource }) => resource !== 'approvals').length;
}

function endOf(world: DeliveryWorld): Ended {
  const canary = world.client.peek<KubeObject & { status?: { phase?: string } }>(
    RESOURCES.canaries,
    NAMESPACE,
    NAME,
  );
  return {
    phase: canary?.status?.phase ?? 'gone',
    image: world.primaryImage(),
    replicas: world.target().spec.replicas,
    outcomes: world.runs().map(({ status }) => status?.outcome?.reason),
  };
}

/** Notes what must never be seen on the route, at the moment in which it is written. */
function watched(world: DeliveryWorld): string[] {
  const unsafe: string[] = [];
  let share = 0;
  world.client.onChange((type, object) => {
    const shares = SHARES[type.plural]?.(object);
    if (shares === undefined) return;
    const [rest, next] = shares;
    if (next + rest !== 100) unsafe.push(`weights ${rest} and ${next}`);
    if (next > share && !serves(world, NAME)) unsafe.push(`${next} to a canary without pods`);
    if (next < share && !serves(world, `${NAME}-primary`)) unsafe.push('back to nobody');
    share = next;
  });
  return unsafe;
}

interface Backend {
  name: string;
  weight?: number;
}

interface HttpRoute extends KubeObject {
  spec: { rules: { backendRefs: Backend[] }[] };
}

interface VirtualService extends KubeObject {
  spec: { http: { route: { destination: { host: string }; weight?: number }[] }[] };
}

/** The shares of primary and canary in what each router writes, read without the routers' code. */
const SHARES: Readonly<
  Record<string, (object: KubeObject) => [primary: number, canary: number] | undefined>
> = {
  httproutes: (object) => split((object as HttpRoute).spec.rules[0]?.backendRefs ?? []),
  virtualservices: (object) =>
    split(
      ((object as VirtualService).spec.http[0]?.route ?? []).map(
        ({ destination, weight = 100 }) => ({
          name: destination.host,
          weight,
        }),
      ),
    ),
  ingresses: ({ metadata }) => {
    const weight = metadata.annotations?.['nginx.ingress.kubernetes.io/canary-weight'];
    return weight === undefined ? undefined : [100 - Number(weight), Number(weight)];
  },
};

function split(backends: readonly Backend[]): [number, number] {
  const weightOf = (end: string): number =>
    backends
      .filter(({ name }) => name.endsWith(end))
      .reduce((sum, { weight = 0 }) => sum + weight, 0);
  return [weightOf('-primary'), weightOf('-canary')];
}

function serves(world: DeliveryWorld, name: string): boolean {
  const found = world.client.peek<KubeObject & { status?: { availableReplicas?: number } }>(
    RESOURCES.deployments,
    NAMESPACE,
    name,
  );
  return (found?.status?.availableReplicas ?? 0) > 0;
}

/** Every fault at each write; at each read one of those that a read can have, in turn. */
function faultsAt(isWrite: boolean, i: number): readonly Fault[] {
  const read = FAULTS.filter((fault) => fault !== 'lost' && fault !== 'Conflict');
  return isWrite ? FAULTS : [read[i % read.length] ?? 'ServerError'];
}

test.each(STORIES)(
  '$name ends the same whichever request the API server fails',
  async (story) => {
    const whole = await play(story, Infinity, 'ServerError');
    expect(whole.ended).toMatchObject({ phase: story.end[0], image: story.end[1] });
    expect(whole.unsafe).toEqual([]);
    expect(whole.again).toBe(0);
    for (const [i, isWrite] of whole.requests.entries()) {
      for (const fault of faultsAt(isWrite, i)) {
        const at = `${fault} at ${isWrite ? 'write' : 'read'} ${i} of ${whole.requests.length}`;
        const played = await play(story, i, fault).catch((error: unknown) => {
          throw new Error(at, { cause: error });
        });
        expect(played.unsafe, at).toEqual([]);
        expect(played.ended, at).toEqual(whole.ended);
        // A route of whose kind the API server says that it is not served counts as none: the share begins anew.
        const isHidden = fault === 'NotFound' && !isWrite;
        if (!isHidden) expect(played.weights, at).toEqual(whole.weights);
        expect(played.again, at).toBe(0);
      }
    }
  },
  600_000,
);
