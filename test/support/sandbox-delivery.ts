import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { DEFAULT_DELIVERY_CONFIG } from '../../src/delivery/config.ts';
import { createCanaryReconciler } from '../../src/delivery/reconciler.ts';
import type { Canary, CanaryAnalysis, CanarySpec } from '../../src/domain/canary.ts';
import type { ObjectClient } from '../../src/domain/client.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import { keyText, type KubeObject, type ResourceType } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import type { RolloutRun } from '../../src/domain/run.ts';
import { VirtualClock } from '../../src/domain/virtual-clock.ts';
import { createController } from '../../src/kube/controller.ts';
import { createObjectClient } from '../../src/kube/object-client.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../src/sandbox/api-server/api-server.ts';
import { LiveStore } from '../../src/sandbox/live-store.ts';
import { createMemoryNetwork } from '../../src/sandbox/memory-network.ts';
import type { NetworkAnswer } from '../../src/sandbox/network.ts';
import { SANDBOX_RESOURCES } from '../../src/sandbox/objects.ts';
import { createSandboxOutbound } from '../../src/sandbox/outbound.ts';
import { seededRandom } from '../../src/sandbox/story/seeded-random.ts';
import { GATEWAY, startSurroundings, type Surroundings } from '../../src/sandbox/surroundings.ts';

const NAMESPACE = 'shop';
const NAME = 'podinfo';
const HOST = 'podinfo.example.com';
const CONTROLLER = {
  username: 'system:serviceaccount:sluice-system:sluice-controller',
  groups: [],
};

const ALLOW: Decision = {
  verdict: 'allow',
  violations: [],
  warnings: [],
  patch: [],
  auditAnnotations: {},
  cost: 0,
  snapshotDigest: '',
  factsDigest: '',
};

/** A Canary on the sandbox's API server, with pods that answer requests, a gateway that splits them, and its metrics. */
export class SandboxDelivery {
  readonly clock = new VirtualClock();
  readonly client: ObjectClient;
  readonly events: string[] = [];
  readonly phases: string[] = [];
  readonly weights: number[] = [];
  readonly #random = seededRandom('delivery');
  readonly #stop = new AbortController();
  readonly #api = createApiServer({
    clock: this.clock,
    random: this.#random,
    callWebhook: () => Promise.reject(new Error('there is no webhook')),
  });
  readonly #network = createMemoryNetwork();
  #surroundings: Surroundings | undefined;
  #canary: Canary | undefined;
  #close: () => Promise<void> = () => Promise.resolve();

  constructor() {
    const transport = this.#api.transport(SANDBOX_ADMIN);
    this.client = createObjectClient({ transport, fieldManager: 'test' });
  }

  async start(spec: Partial<CanarySpec> = {}, analysis: CanaryAnalysis = {}): Promise<void> {
    const { clock, client } = this;
    const signal = this.#stop.signal;
    for (const file of ['flagger', 'sluice']) {
      for (const crd of loadAll(
        readFileSync(`manifests/crds/${file}.yaml`, 'utf8'),
      ) as KubeObject[]) {
        await client.create(RESOURCES.customResourceDefinitions, crd, { signal });
      }
    }
    const network = this.#network;
    const surroundings = await startSurroundings({
      client,
      clock,
      random: this.#random,
      network,
      logger: silentLogger,
      signal,
      requestsPerSecond: 20,
    });
    this.#surroundings = surroundings;
    surroundings.load.add(HOST);
    const close = await this.#startController(surroundings, createSandboxOutbound(network));
    this.#close = async () => {
      await close();
      await surroundings.close();
    };
    await this.#create(RESOURCES.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE },
    });
    await this.#create(RESOURCES.deployments, deployment());
    await this.#create(RESOURCES.canaries, canary(spec, analysis));
  }

  /** Plays until the Canary has this phase. */
  async until(phase: string): Promise<void> {
    if (await this.clock.runUntil(() => this.phases.at(-1) === phase, 900_000)) return;
    throw new Error(`never reached ${phase}\n${[...this.phases, ...this.events].join('\n')}`);
  }

  async release(image: string): Promise<void> {
    const body = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }];
    const key = { namespace: NAMESPACE, name: NAME };
    await this.client.patch(
      RESOURCES.deployments,
      key,
      { type: 'json', body },
      { signal: this.#stop.signal },
    );
  }

  /** One request to the application through the gateway. Its answer comes as the clock moves. */
  request(headers: Readonly<Record<string, string>> = {}): Promise<NetworkAnswer> {
    if (this.#surroundings === undefined) throw new Error('not started');
    return this.#network.request(this.#surroundings.gatewayAddress, {
      method: 'GET',
      path: '/',
      headers: { host: HOST, ...headers },
      signal: this.#stop.signal,
    });
  }

  async patchCanary(body: object): Promise<void> {
    const key = { namespace: NAMESPACE, name: NAME };
    const options = { signal: this.#stop.signal };
    await this.client.patch(RESOURCES.canaries, key, { type: 'merge', body }, options);
  }

  /** What the GatewayClass says it can do. */
  async listFeatures(names: readonly string[]): Promise<void> {
    const options = { signal: this.#stop.signal };
    const [live] = (await this.client.list<KubeObject>(SANDBOX_RESOURCES.gatewayClasses, options))
      .items;
    if (live === undefined) throw new Error('no GatewayClass');
    const status = { supportedFeatures: names.map((name) => ({ name })) };
    await this.client.replaceStatus(SANDBOX_RESOURCES.gatewayClasses, { ...live, status }, options);
  }

  /** Requests that the gateway has sent to one of the application's Services. */
  sentTo(service: string): number {
    return this.#surroundings?.gateway.tally().get(`${NAMESPACE}/${service}`)?.requests ?? 0;
  }

  async runs(): Promise<RolloutRun[]> {
    const { items } = await this.client.list<RolloutRun>(RESOURCES.rolloutRuns, {
      signal: this.#stop.signal,
    });
    return items;
  }

  get<T extends KubeObject>(type: ResourceType, name: string): Promise<T | undefined> {
    return this.client.get<T>(type, { namespace: NAMESPACE, name }, { signal: this.#stop.signal });
  }

  async delete(): Promise<void> {
    const key = { namespace: NAMESPACE, name: NAME };
    await this.client.delete(RESOURCES.canaries, key, { signal: this.#stop.signal });
  }

  /** Deletes the Canary and makes one of the same name in the same moment. */
  async recreate(): Promise<void> {
    await this.delete();
    await this.#create(RESOURCES.canaries, canary({}, {}));
  }

  async deleteNamespace(): Promise<void> {
    const key = { name: NAMESPACE };
    await this.client.delete(RESOURCES.namespaces, key, { signal: this.#stop.signal });
  }

  namespace(): Promise<KubeObject | undefined> {
    return this.client.get(
      RESOURCES.namespaces,
      { name: NAMESPACE },
      { signal: this.#stop.signal },
    );
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    await this.#close();
    await this.#api.close();
  }

  async #create(type: ResourceType, object: KubeObject): Promise<void> {
    await this.client.create(type, object, { signal: this.#stop.signal });
  }

  async #startController(
    { metricServer }: Surroundings,
    outbound: ReturnType<typeof createSandboxOutbound>,
  ): Promise<() => Promise<void>> {
    const { clock } = this;
    const random = this.#random;
    const signal = this.#stop.signal;
    const client = createObjectClient({
      transport: this.#api.transport(CONTROLLER),
      fieldManager: 'sluice',
    });
    const reconciler = createCanaryReconciler({
      client,
      clock,
      random,
      outbound,
      gateKeeper: { ask: () => ALLOW, subscribe: () => () => undefined },
      logger: silentLogger,
      events: {
        record: (_subject, type, _reason, message) => this.events.push(`${type} ${message}`),
      },
      config: { ...DEFAULT_DELIVERY_CONFIG, metricsServer: metricServer },
      wake: (key) => {
        controller.enqueue(keyText(key));
      },
    });
    const controller = createController({
      name: 'canary',
      reconciler,
      workers: 1,
      clock,
      random,
      logger: silentLogger,
    });
    const onChange = (object: KubeObject): void => {
      this.#watched(object);
      if (object.metadata.namespace === NAMESPACE) controller.enqueue(`${NAMESPACE}/${NAME}`);
    };
    const store = { client: this.client, clock, signal, onChange };
    for (const type of [RESOURCES.canaries, RESOURCES.deployments, RESOURCES.httpRoutes]) {
      await new LiveStore(type, store).start();
    }
    void controller.run(signal);
    return () => reconciler.close();
  }

  #watched(object: KubeObject): void {
    if (object.kind === 'Canary') {
      this.#canary = object as Canary;
      const phase = this.#canary.status?.phase ?? '';
      if (phase !== '' && this.phases.at(-1) !== phase) this.phases.push(phase);
    }
    if (object.kind !== 'HTTPRoute') return;
    const route = object as KubeObject & {
      spec: { rules: { backendRefs: { weight: number }[] }[] };
    };
    const weight = route.spec.rules[0]?.backendRefs[1]?.weight ?? 0;
    if (this.weights.at(-1) !== weight) this.weights.push(weight);
  }
}

export function deployment(): KubeObject {
  const labels = { app: NAME };
  const container = {
    name: 'app',
    image: 'podinfo:6.0.0',
    ports: [{ name: 'http', containerPort: 9898 }],
    readinessProbe: { httpGet: { path: '/readyz', port: 9898 }, periodSeconds: 1 },
  };
  const spec = {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  };
  const metadata = { name: NAME, namespace: NAMESPACE };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec } as KubeObject;
}

export function canary(spec: Partial<CanarySpec>, analysis: CanaryAnalysis): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
      service: { port: 80, targetPort: 9898, hosts: [HOST], gatewayRefs: [{ ...GATEWAY }] },
      progressDeadlineSeconds: 60,
      analysis: {
        interval: '10s',
        threshold: 2,
        maxWeight: 60,
        stepWeight: 20,
        metrics: [
          { name: 'request-success-rate', interval: '30s', thresholdRange: { min: 99 } },
          { name: 'request-duration', interval: '30s', thresholdRange: { max: 500 } },
        ],
        ...analysis,
      },
      ...spec,
    },
  };
}
