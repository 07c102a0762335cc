import { describe, expect, test } from 'vitest';
import type { Canary, CanarySpec } from '../../../src/domain/canary.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { NAME, NAMESPACE, DeliveryWorld } from '../../support/delivery-world.ts';
import {
  daemonSetOf,
  runDaemonSets,
  runKnative,
  type TestDaemonSet,
  type TestKnativeService,
} from '../../support/target-controllers.ts';

const KEY = { namespace: NAMESPACE, name: NAME };
const SIGNAL = new AbortController().signal;
const ZERO = 'flagger.app/scale-to-zero';

interface TestService extends KubeObject {
  spec: Record<string, unknown>;
}

const peekService = (world: DeliveryWorld, name: string): TestService | undefined =>
  world.client.peek<TestService>(RESOURCES.services, NAMESPACE, name);

describe('a DaemonSet', () => {
  const peek = (world: DeliveryWorld, name = NAME): TestDaemonSet | undefined =>
    world.client.peek<TestDaemonSet>(RESOURCES.daemonSets, NAMESPACE, name);

  async function started(
    spec: Partial<CanarySpec> = {},
    target: KubeObject = daemonSetOf('app:1'),
  ): Promise<DeliveryWorld> {
    const world = new DeliveryWorld();
    runDaemonSets(world);
    await world.client.create(RESOURCES.daemonSets, target);
    await world.createCanary(
      {
        provider: 'kubernetes',
        targetRef: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: NAME },
        service: { port: 80 },
        progressDeadlineSeconds: 60,
        ...spec,
      },
      { stepWeight: 0, maxWeight: 0, iterations: 2 },
    );
    world.start();
    return world;
  }

  async function release(world: DeliveryWorld, image: string): Promise<void> {
    const live = peek(world);
    if (live === undefined) throw new Error('no target');
    const changed = structuredClone(live);
    changed.spec.template.spec.containers = [{ name: 'app', image }];
    await world.client.replace(RESOURCES.daemonSets, changed);
  }

  test('is rolled out, and runs on no node while nobody needs it', async () => {
    const world = await started();
    await world.until('Initialized');
    expect(peek(world)?.spec.template.spec.nodeSelector).toEqual({ [ZERO]: 'true' });
    expect(peek(world, `${NAME}-primary`)?.spec.template.spec).toEqual({
      containers: [{ name: 'app', image: 'app:1' }],
    });
    expect(peekService(world, NAME)?.spec['selector']).toEqual({ app: `${NAME}-primary` });
    await release(world, 'app:2');
    await world.untilTrue(() => world.phase() === 'Progressing', 'a rollout');
    expect(peek(world)?.spec.template.spec.nodeSelector ?? {}).toEqual({});
    await world.until('Succeeded');
    expect(peek(world, `${NAME}-primary`)?.spec.template.spec.containers[0]?.image).toBe('app:2');
    expect(peek(world)?.spec.template.spec.nodeSelector).toEqual({ [ZERO]: 'true' });
    // Being scaled to zero is no change.
    await world.clock.advance(120_000);
    expect(world.runs()).toHaveLength(1);
  });

  test('a node selector of its own stays, in the primary too', async () => {
    const target = daemonSetOf('app:1');
    target.spec.template.spec.nodeSelector = { disk: 'ssd' };
    const world = await started({}, target);
    await world.until('Initialized');
    expect(peek(world)?.spec.template.spec.nodeSelector).toEqual({ disk: 'ssd', [ZERO]: 'true' });
    expect(peek(world, `${NAME}-primary`)?.spec.template.spec.nodeSelector).toEqual({
      disk: 'ssd',
    });
  });

  test('one whose pods do not come up is rolled back after the deadline', async () => {
    const world = await started();
    await world.until('Initialized');
    await release(world, 'app:2-crash');
    await world.until('Failed');
    expect(world.lastRun().status?.outcome?.reason).toBe('ProgressDeadlineExceeded');
    expect(world.events).toContainEqual(
      expect.stringContaining(
        `canary damonset ${NAME}.${NAMESPACE} not ready with retryable true: waiting for rollout`,
      ),
    );
    expect(peek(world, `${NAME}-primary`)?.spec.template.spec.containers[0]?.image).toBe('app:1');
  });

  test('one that is updated by deleting pods cannot be rolled out', async () => {
    const target = daemonSetOf('app:1', { updateStrategy: { type: 'OnDelete' } });
    const world = await started({}, target);
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')).toMatchObject({ reason: 'UpdateStrategyUnfit' });
    expect(world.client.all(RESOURCES.services)).toEqual([]);
  });

  test('a primary that is edited by hand gets back what was promoted', async () => {
    const world = await started();
    await world.until('Initialized');
    const primary = structuredClone(peek(world, `${NAME}-primary`) as TestDaemonSet);
    primary.spec.template.spec.containers = [{ name: 'app', image: 'evil' }];
    await world.client.replace(RESOURCES.daemonSets, primary);
    await world.clock.advance(5000);
    expect(peek(world, `${NAME}-primary`)?.spec.template.spec.containers[0]?.image).toBe('app:1');
    expect(world.repairs).toEqual(['primary']);
  });
});

describe('a Service as target', () => {
  const target = (spec: Record<string, unknown> = {}): KubeObject =>
    ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        ...KEY,
        labels: { 'app.kubernetes.io/name': 'podinfo', team: 'a' },
        annotations: { note: 'n', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.0.0.7',
        clusterIPs: ['10.0.0.7'],
        ipFamilies: ['IPv4'],
        selector: { app: 'v1' },
        ports: [{ name: 'http', port: 80, targetPort: 9898, nodePort: 30_001 }],
        ...spec,
      },
    }) as KubeObject;

  async function started(
    spec: Partial<CanarySpec> = {},
    object: KubeObject = target(),
    setUp: (world: DeliveryWorld) => void = () => undefined,
  ): Promise<DeliveryWorld> {
    const world = new DeliveryWorld();
    setUp(world);
    world.config = { includeLabelPrefix: ['app.kubernetes.io'] };
    await world.createGateway();
    await world.client.create(RESOURCES.services, object);
    await world.createCanary({
      targetRef: { apiVersion: 'core/v1', kind: 'Service', name: NAME },
      ...spec,
    });
    world.start();
    return world;
  }

  async function lead(world: DeliveryWorld, change: Record<string, unknown>): Promise<void> {
    const live = peekService(world, NAME);
    if (live === undefined) throw new Error('no target');
    await world.client.replace(RESOURCES.services, {
      ...live,
      spec: { ...live.spec, ...change },
    } as KubeObject);
  }

  test('its copies lead where it led and where it leads, and get addresses of their own', async () => {
    const world = await started();
    await world.until('Initialized');
    for (const role of ['primary', 'canary']) {
      const copy = peekService(world, `${NAME}-${role}`);
      expect(copy?.spec).toEqual({
        type: 'ClusterIP',
        ipFamilies: ['IPv4'],
        selector: { app: 'v1' },
        ports: [{ name: 'http', port: 80, targetPort: 9898 }],
      });
      expect(copy?.metadata).toMatchObject({
        labels: { 'app.kubernetes.io/name': 'podinfo', team: 'a' },
        annotations: { note: 'n' },
        ownerReferences: [{ kind: 'Canary', controller: true }],
      });
    }
    expect(peekService(world, NAME)?.spec['selector']).toEqual({ app: 'v1' });
    await lead(world, { selector: { app: 'v2' } });
    await world.untilTrue(() => world.weight() === 30, 'weight 30');
    expect(peekService(world, `${NAME}-primary`)?.spec['selector']).toEqual({ app: 'v1' });
    expect(peekService(world, `${NAME}-canary`)?.spec['selector']).toEqual({ app: 'v2' });
    await world.until('Succeeded');
    const primary = peekService(world, `${NAME}-primary`);
    expect(primary?.spec['selector']).toEqual({ app: 'v2' });
    // Flagger drops the owner here, so that the Service would outlive the Canary.
    expect(primary?.metadata).toMatchObject({
      labels: { 'app.kubernetes.io/name': 'podinfo' },
      ownerReferences: [{ kind: 'Canary' }],
    });
    expect(world.weights).toEqual([0, 30, 60, 0]);
    await world.clock.advance(60_000);
    expect(world.runs()).toHaveLength(1);
    expect(world.repairs).toEqual([]);
  });

  test('it is measured as Istio measures it, whatever routes to it', async () => {
    const world = await started();
    await world.until('Initialized');
    await lead(world, { selector: { app: 'v2' } });
    await world.until('Succeeded');
    expect(world.queries[0]).toContain('istio_requests_total');
  });

  test('with the Service copies watched it costs no request while idle', async () => {
    const world = await started({}, target(), (it) => {
      it.useCaches();
    });
    await world.until('Initialized');
    await lead(world, { selector: { app: 'v2' } });
    await world.until('Succeeded');
    expect(world.repairs).toEqual([]);
  });

  test('an ExternalName leads outside, and back', async () => {
    const external = target({ type: 'ExternalName', externalName: 'one.example.com' });
    const spec = (external as TestService).spec;
    delete spec['clusterIP'];
    delete spec['clusterIPs'];
    const world = await started({}, external);
    await world.until('Initialized');
    await lead(world, { externalName: 'two.example.com' });
    await world.until('Succeeded');
    expect(peekService(world, `${NAME}-primary`)?.spec['externalName']).toBe('two.example.com');
  });

  test('the copies keep the addresses that the cluster gave them', async () => {
    const world = await started();
    await world.until('Initialized');
    for (const role of ['primary', 'canary']) {
      const copy = peekService(world, `${NAME}-${role}`) as TestService;
      const clusterIP = role === 'primary' ? '10.0.0.8' : '10.0.0.9';
      const given = { ...copy.spec, clusterIP, clusterIPs: [clusterIP] };
      await world.client.replace(RESOURCES.services, { ...copy, spec: given } as KubeObject);
    }
    await lead(world, { selector: { app: 'v2' } });
    await world.until('Succeeded');
    expect(peekService(world, `${NAME}-primary`)?.spec).toMatchObject({
      clusterIP: '10.0.0.8',
      clusterIPs: ['10.0.0.8'],
      selector: { app: 'v2' },
    });
    expect(peekService(world, `${NAME}-canary`)?.spec).toMatchObject({ clusterIP: '10.0.0.9' });
  });

  test('a promotion that was written and not recorded is recognised after a crash', async () => {
    const world = await started();
    await world.until('Initialized');
    await lead(world, { selector: { app: 'v2' } });
    await world.untilTrue(
      () =>
        (peekService(world, `${NAME}-primary`)?.spec['selector'] as { app: string }).app === 'v2',
      'the promotion',
    );
    await world.kill();
    const { resourceVersion } = peekService(world, `${NAME}-primary`)?.metadata ?? {};
    world.start();
    await world.until('Succeeded');
    expect(peekService(world, `${NAME}-primary`)?.metadata.resourceVersion).toBe(resourceVersion);
  });

  test('the name of the Services is its own', async () => {
    const gatewayRefs = [{ name: 'gateway', namespace: 'infra' }];
    const world = await started({ service: { port: 80, name: 'other', gatewayRefs } });
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')).toMatchObject({ reason: 'ServiceNameUnfit' });
  });
});

describe('a Knative Service', () => {
  const peek = (world: DeliveryWorld): TestKnativeService => {
    const found = world.client.peek<TestKnativeService>(RESOURCES.knativeServices, NAMESPACE, NAME);
    if (found === undefined) throw new Error('no target');
    return found;
  };
  const targetRef = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: NAME };

  async function started(spec: Partial<CanarySpec> = {}): Promise<DeliveryWorld> {
    const world = new DeliveryWorld();
    runKnative(world);
    await world.client.create(RESOURCES.knativeServices, {
      apiVersion: 'serving.knative.dev/v1',
      kind: 'Service',
      metadata: KEY,
      spec: { template: { spec: { containers: [{ image: 'app:1' }] } } },
    } as KubeObject);
    await world.createCanary({ provider: 'knative', targetRef, ...spec });
    world.start();
    return world;
  }

  async function release(world: DeliveryWorld, image: string): Promise<void> {
    const live = peek(world);
    const template = { spec: { containers: [{ image }] } };
    await world.client.replace(RESOURCES.knativeServices, {
      ...live,
      spec: { ...live.spec, template },
    } as KubeObject);
  }

  const shares = (world: DeliveryWorld): unknown[] =>
    (peek(world).spec.traffic ?? []).map(({ percent, revisionName }) =>
      revisionName === undefined ? percent : [revisionName, percent],
    );

  test('traffic moves from the revision that is the primary to the newest one', async () => {
    const world = await started();
    await world.until('Initialized');
    expect(peek(world).metadata.annotations).toEqual({
      'flagger.app/primary-revision': `${NAME}-00001`,
    });
    expect(shares(world)).toEqual([0, [`${NAME}-00001`, 100]]);
    await release(world, 'app:2');
    const seen: unknown[] = [];
    world.client.onChange((type) => {
      if (type.group !== 'serving.knative.dev') return;
      const text = JSON.stringify(shares(world));
      if (seen.at(-1) !== text) seen.push(text);
    });
    await world.until('Succeeded');
    expect(seen).toEqual([
      `[0,["${NAME}-00001",100]]`,
      `[30,["${NAME}-00001",70]]`,
      `[60,["${NAME}-00001",40]]`,
      `[0,["${NAME}-00002",100]]`,
    ]);
    expect(world.queries[0]).toContain(`${NAMESPACE}/${NAME}-00002`);
    expect(world.client.all(RESOURCES.services)).toEqual([]);
    expect(world.repairs).toEqual([]);
  });

  test('a bad revision loses its share and the primary keeps the traffic', async () => {
    const world = await started();
    await world.until('Initialized');
    await release(world, 'app:2');
    world.metric = () => 0;
    await world.until('Failed');
    expect(shares(world)).toEqual([0, [`${NAME}-00001`, 100]]);
  });

  test('deletion gives the traffic back to the newest revision, and takes away what was written', async () => {
    const world = await started({ revertOnDeletion: true });
    await world.until('Initialized');
    await world.client.delete(RESOURCES.canaries, KEY, { signal: SIGNAL });
    await world.untilTrue(() => world.client.all(RESOURCES.canaries).length === 0, 'the end');
    expect(peek(world).metadata.annotations).toEqual({});
    expect(peek(world).spec.traffic).toBeUndefined();
  });

  test.each<[string, Partial<CanarySpec>, string]>([
    ['another provider', { provider: 'gatewayapi:v1' }, 'ProviderUnfit'],
    [
      'an autoscaler',
      {
        autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'x' },
      },
      'AutoscalerUnfit',
    ],
  ])('with %s it is a named condition', async (_what, spec, reason) => {
    const world = await started(spec);
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')?.reason).toBe(reason);
  });

  test('the provider knative routes to nothing else', async () => {
    const world = new DeliveryWorld();
    await world.create({ provider: 'knative' });
    world.start();
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')?.reason).toBe('TargetUnfit');
  });

  test('another version of its API is not known', async () => {
    const world = await started({
      targetRef: { ...targetRef, apiVersion: 'serving.knative.dev/v1beta1' },
    });
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')?.reason).toBe('TargetKindUnknown');
  });
});

describe('names', () => {
  test('one with a suffix that does not fit is named, and nothing is made', async () => {
    const world = new DeliveryWorld();
    const name = 'a'.repeat(60);
    const gatewayRefs = [{ name: 'gateway', namespace: 'infra' }];
    await world.create({ service: { name, port: 80, gatewayRefs } });
    world.start();
    await world.untilTrue(() => world.condition('Ready') !== undefined, 'a condition');
    expect(world.condition('Ready')).toMatchObject({ reason: 'NameTooLong' });
    expect(world.condition('Ready')?.message).toContain('would have 68 characters, 63 are allowed');
    expect(world.client.all(RESOURCES.services)).toEqual([]);
  });

  test.each<[string, Partial<CanarySpec>, string]>([
    ['target', {}, 'TargetShared'],
    [
      'Services',
      { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } },
      'ServiceShared',
    ],
  ])('of two Canaries with one %s the younger one waits', async (_what, spec, reason) => {
    const world = new DeliveryWorld();
    world.useCaches();
    await world.create({});
    await world.clock.advance(1000);
    const { gatewayRefs } = world.canary().spec.service ?? {};
    const younger = {
      ...world.canary(),
      metadata: { name: 'younger', namespace: NAMESPACE },
      spec: { ...world.canary().spec, service: { port: 80, name: NAME, gatewayRefs }, ...spec },
    } as Canary;
    await world.client.create(RESOURCES.canaries, younger);
    world.start();
    await world.until('Initialized');
    world.wake(`${NAMESPACE}/younger`);
    const conditions = (): string | undefined =>
      world.client
        .peek<Canary>(RESOURCES.canaries, NAMESPACE, 'younger')
        ?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
    await world.untilTrue(() => conditions() !== undefined, 'a condition');
    expect(conditions()).toBe(reason);
  });
});
