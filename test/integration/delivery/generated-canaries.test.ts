import { expect, test } from 'vitest';
import type { Canary } from '../../../src/domain/canary.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { CanaryGenerator } from '../../support/generated-canary.ts';

const TWIN = 'twin';
const CASES = 400;
const SEED = 'canaries';
/** Longest interval that is generated, and some rounds of it. */
const PATIENCE_MS = 20 * 120_000;
/** A Canary that is looked at more often than this, a second of virtual time, goes round in circles. */
const MAX_REQUESTS = 40_000;

const ANSWERED = { status: 200, headers: {}, body: '', truncated: false };
/** How many Canaries were in a phase in the end. */
const ended = new Map<string, number>();

const generator = new CanaryGenerator(SEED);
/** Phases in which a Canary may stay for ever only with a condition or a run that says why. */
const MOVING = ['', 'Initializing', 'Waiting', 'Progressing', 'WaitingPromotion', 'Promoting'];

type Surroundings = (world: DeliveryWorld, canary: Canary) => Promise<unknown>;

const PLAIN: readonly [string, Surroundings] = ['a target', () => Promise.resolve()];

/** What stands around a Canary beside its target: each takes its turn. */
const SURROUNDINGS: readonly (readonly [string, Surroundings])[] = [
  PLAIN,
  ['a target of no replicas', (world) => changeTarget(world, { replicas: 0 })],
  [
    'a target without a label that selects',
    (world) => {
      const labels = { team: 'a' };
      const { template } = world.target().spec;
      const metadata = { ...template.metadata, labels };
      const spec = { selector: { matchLabels: labels }, template: { ...template, metadata } };
      return changeTarget(world, spec);
    },
  ],
  [
    'a second Canary on the target',
    (world, canary) => {
      world.client.onChange(() => {
        world.wake(`${NAMESPACE}/${TWIN}`);
      });
      return world.client.create(RESOURCES.canaries, {
        ...canary,
        metadata: { ...canary.metadata, name: TWIN },
      });
    },
  ],
  [
    'a target with a name of 63 characters',
    async (world, canary) => {
      const name = 'p'.repeat(63);
      const { spec, apiVersion, kind, metadata } = world.target();
      const target = { apiVersion, kind, metadata: { ...metadata, name }, spec };
      delete target.metadata.uid;
      delete target.metadata.resourceVersion;
      await world.client.create(RESOURCES.deployments, target);
      const targetRef = { ...canary.spec.targetRef, name };
      Object.assign(canary, { spec: { ...canary.spec, targetRef } });
    },
  ],
];

/** What a Canary may refer to: each is named as the target. */
async function createOthers({ client }: DeliveryWorld): Promise<void> {
  const metadata = { name: NAME, namespace: NAMESPACE };
  const service = { name: NAME, port: { number: 80 } };
  const paths = [{ path: '/', pathType: 'Prefix', backend: { service } }];
  await client.create(RESOURCES.ingresses, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata,
    spec: { rules: [{ host: 'app.example.com', http: { paths } }] },
  } as KubeObject);
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME };
  await client.create(RESOURCES.horizontalPodAutoscalers, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 4 },
  } as KubeObject);
  await client.create(RESOURCES.metricTemplates, {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'MetricTemplate',
    metadata,
    spec: {
      provider: { type: 'prometheus', address: 'http://prometheus.example.com' },
      query: 'up',
    },
  } as KubeObject);
}

async function changeTarget(
  world: DeliveryWorld,
  spec: Partial<ReturnType<DeliveryWorld['target']>['spec']>,
): Promise<void> {
  const target = world.target();
  await world.client.replace(RESOURCES.deployments, {
    ...target,
    spec: { ...target.spec, ...spec },
  });
}

const cases = Array.from({ length: CASES }, (_, i) => {
  const [name, around] = SURROUNDINGS[i % SURROUNDINGS.length] ?? PLAIN;
  return { i, name, around, spec: generator.spec(NAME) };
});

test.each(cases)('$i, with $name, ends in a defined state', async ({ i, around, spec }) => {
  const world = new DeliveryWorld();
  await world.createGateway();
  await world.createTarget();
  const metadata = { name: NAME, namespace: NAMESPACE };
  const canary: Canary = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata, spec };
  await createOthers(world);
  if (i % 2 === 0) world.answer = () => ANSWERED;
  if (i % 4 === 0) world.metric = () => 0;
  await around(world, canary);
  await world.client.create(RESOURCES.canaries, canary);
  world.start();
  await world.clock.advance(PATIENCE_MS);
  await world.release('podinfo:2');
  await world.clock.advance(PATIENCE_MS);
  const defects = world.log.filter(({ message }) => message.includes('failed'));
  expect(defects).toEqual([]);
  for (const weight of world.weights) expect(weight).toBeGreaterThanOrEqual(0);
  for (const weight of world.weights) expect(weight).toBeLessThanOrEqual(100);
  for (const name of [NAME, TWIN]) {
    const each = world.client.peek<Canary>(RESOURCES.canaries, NAMESPACE, name);
    if (each === undefined) continue;
    expect(unsaid(world, each), `${each.metadata.name}: ${each.status?.phase ?? ''}`).toBe(false);
  }
  expect(world.client.writes.length).toBeLessThan(MAX_REQUESTS);
  const phase = world.phase();
  ended.set(phase, (ended.get(phase) ?? 0) + 1);
  await world.kill();
});

test('releases succeed and fail among them', () => {
  expect(ended.get('Succeeded') ?? 0).toBeGreaterThan(CASES / 12);
  expect(ended.get('Failed') ?? 0).toBeGreaterThan(CASES / 24);
});

/** Whether it stays where it cannot be left, and nothing says why. */
function unsaid(world: DeliveryWorld, { metadata, spec, status }: Canary): boolean {
  const own = world.runs().filter((run) => run.spec.subject.name === metadata.name);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isSaid =
    ready?.status === 'False' || own.at(-1)?.status?.held !== undefined || spec.suspend === true;
  return !isSaid && MOVING.includes(status?.phase ?? '');
}

test('every optional field is there in at least a fifth of the cases in which it can be', () => {
  const rare = [...generator.counted].filter(
    ([, { present, possible }]) => possible >= 50 && present < possible / 5,
  );
  expect(rare).toEqual([]);
  const never = [...generator.counted].filter(([, { present }]) => present === 0);
  expect(never).toEqual([]);
});
