import { createApp, type App } from '../../src/app.ts';
import type { Approval, ApprovalAction } from '../../src/domain/approval.ts';
import type { ObjectClient } from '../../src/domain/client.ts';
import {
  ANALYSIS_ANNOTATION,
  GOOD_ANNOTATION,
  HELD_ANNOTATION,
} from '../../src/domain/governed-deployment.ts';
import { ClusterError } from '../../src/domain/errors.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import type { KubeObject } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import type { RolloutRun, RolloutRunStatus } from '../../src/domain/run.ts';
import type { Transport, TransportRequest, TransportResponse } from '../../src/domain/transport.ts';
import { VirtualClock } from '../../src/domain/virtual-clock.ts';
import { createObjectClient } from '../../src/kube/object-client.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../src/sandbox/api-server/api-server.ts';
import { createMemoryNetwork } from '../../src/sandbox/memory-network.ts';
import { createSandboxOutbound } from '../../src/sandbox/outbound.ts';
import { seededRandom } from '../../src/sandbox/story/seeded-random.ts';
import { GATEWAY, startSurroundings, type Surroundings } from '../../src/sandbox/surroundings.ts';
import { configOf, installCrds } from './app-cluster.ts';

const NAMESPACE = 'shop';
const NAME = 'podinfo';
const CONTROLLER = {
  username: 'system:serviceaccount:sluice-system:sluice-controller',
  groups: ['system:serviceaccounts', 'system:authenticated'],
};
const HOST = 'podinfo.example.com';
const KEY = { namespace: NAMESPACE, name: NAME };

/** A Deployment as far as the tests look at it. */
export interface PlainDeployment extends KubeObject {
  spec: {
    paused?: boolean;
    replicas: number;
    template: { spec: { containers: { name: string; image: string }[] } };
  };
  status?: { availableReplicas?: number; updatedReplicas?: number };
}

/** A governed Deployment on the in-memory API server, with pods, the webhook and the controller, on a virtual clock. */
export class RollingWorld {
  readonly clock = new VirtualClock();
  readonly #random = seededRandom('rolling');
  readonly #stop = new AbortController();
  readonly #api = createApiServer({
    clock: this.clock,
    random: this.#random,
    callWebhook: (target, body) => {
      if (this.#app === undefined) return Promise.reject(new Error('there is no webhook'));
      return Promise.resolve(this.#app.review(target.path, body));
    },
  });
  readonly client: ObjectClient = createObjectClient({
    transport: this.#api.transport(SANDBOX_ADMIN),
    fieldManager: 'test',
  });
  #app: App | undefined;
  #surroundings: Surroundings | undefined;
  #approvals = 0;
  #fault: { after: number; isWritten: boolean } | undefined;

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** @param shape of the first version: labels, annotations */
  async start(
    shape: { annotations?: Record<string, string>; labels?: Record<string, string> } = {},
  ): Promise<void> {
    const { client, clock, signal } = this;
    await installCrds(client, ['sluice.yaml', 'flagger.yaml']);
    const network = createMemoryNetwork();
    this.#surroundings = await startSurroundings({
      client,
      clock,
      random: this.#random,
      network,
      logger: silentLogger,
      signal,
      requestsPerSecond: 10,
    });
    for (const [name, labels] of [
      ['sluice-system', {}],
      [NAMESPACE, { 'sluice.dev/governed': 'true' }],
    ] as const) {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
      await client.create(RESOURCES.namespaces, namespace, { signal });
    }
    const flags = {
      roles: 'webhook,controller',
      webhookUrl: 'https://sluice.invalid',
      metricsServer: this.#surroundings.metricServer,
      scan: 'false',
      machineApprovers: SANDBOX_ADMIN.username,
    };
    const transport = this.#api.transport(CONTROLLER);
    this.#app = createApp(configOf(flags), {
      transport: (request) => this.#disturbed(request, transport),
      clock,
      random: this.#random,
      logger: silentLogger,
      outbound: createSandboxOutbound(network),
      listen: false,
    });
    await this.#app.start(signal);
    await this.until('ready', () => this.#app?.ready().ok === true);
    await client.create(RESOURCES.deployments, deployment(shape), { signal });
    await client.create(RESOURCES.services, SERVICE, { signal });
    await client.create(RESOURCES.httpRoutes, ROUTE, { signal });
    this.#surroundings.load.add(HOST);
    await this.untilDeployment('its baseline', ({ metadata }) => {
      return metadata.annotations?.[GOOD_ANNOTATION] !== undefined || shape.labels !== undefined;
    });
  }

  async close(): Promise<void> {
    const stopped = this.#app?.stop();
    await this.clock.advance(60_000);
    await stopped;
    this.#stop.abort();
    await this.#surroundings?.close();
    await this.#api.close();
  }

  /** Lets virtual time pass until it is so. */
  async until(what: string, isSo: () => boolean | Promise<boolean>, ms = 600_000): Promise<void> {
    const end = this.clock.now() + ms;
    for (;;) {
      if (await isSo()) return;
      if (this.clock.now() >= end) throw new Error(`never: ${what}`);
      await this.clock.advance(500);
    }
  }

  /**
   * One write of the product goes wrong: the answer is lost.
   * @param after how many of its writes of Deployments and runs go well before
   * @param isWritten whether the API server has carried it out all the same
   */
  lose(after: number, isWritten: boolean): void {
    this.#fault = { after, isWritten };
  }

  async #disturbed(request: TransportRequest, transport: Transport): Promise<TransportResponse> {
    const isWrite = request.method !== 'GET' && /deployments|rolloutruns/.test(request.path);
    const fault = isWrite ? this.#fault : undefined;
    if (fault === undefined) return transport(request);
    if (fault.after > 0) {
      fault.after -= 1;
      return transport(request);
    }
    this.#fault = undefined;
    if (fault.isWritten) await transport(request);
    throw new ClusterError('Unreachable', 'ECONNRESET');
  }

  async deployment(): Promise<PlainDeployment> {
    const { signal } = this;
    const found = await this.client.get<PlainDeployment>(RESOURCES.deployments, KEY, { signal });
    if (found === undefined) throw new Error('no Deployment');
    return found;
  }

  untilDeployment(what: string, isSo: (deployment: PlainDeployment) => boolean): Promise<void> {
    return this.until(what, async () => isSo(await this.deployment()));
  }

  untilRun(what: string, isSo: (status: RolloutRunStatus) => boolean): Promise<void> {
    return this.until(what, async () => {
      const status = (await this.runs()).at(-1)?.status;
      return status !== undefined && isSo(status);
    });
  }

  async runs(): Promise<readonly RolloutRun[]> {
    const scope = { namespace: NAMESPACE, signal: this.signal };
    const { items } = await this.client.list<RolloutRun>(RESOURCES.rolloutRuns, scope);
    return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  async events(): Promise<string[]> {
    const scope = { namespace: NAMESPACE, signal: this.signal };
    const { items } = await this.client.list<KubeObject & { message: string }>(
      RESOURCES.events,
      scope,
    );
    return items.map(({ message }) => message);
  }

  /** As a person with kubectl would. */
  patch(body: unknown): Promise<PlainDeployment> {
    const patch = { type: 'merge', body } as const;
    return this.client.patch<PlainDeployment>(RESOURCES.deployments, KEY, patch, {
      signal: this.signal,
    });
  }

  setImage(image: string): Promise<PlainDeployment> {
    return this.patch({ spec: { template: { spec: { containers: [container(image)] } } } });
  }

  /** As a GitOps tool would: the manifest as it stands in Git. */
  apply(image: string): Promise<PlainDeployment> {
    const patch = { type: 'apply', body: deployment({}, image), force: true } as const;
    return this.client.patch<PlainDeployment>(RESOURCES.deployments, KEY, patch, {
      signal: this.signal,
    });
  }

  /** Says something of the newest run. */
  async say(action: ApprovalAction): Promise<void> {
    const run = (await this.runs()).at(-1);
    this.#approvals += 1;
    const approval: Approval = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Approval',
      metadata: { name: `${action.toLowerCase()}-${this.#approvals}`, namespace: NAMESPACE },
      spec: {
        subject: {
          kind: 'RolloutRun',
          name: run?.metadata.name ?? '',
          uid: run?.metadata.uid ?? '',
        },
        action,
      },
    };
    await this.client.create(RESOURCES.approvals, approval, { signal: this.signal });
  }

  /** A window that closes the gate from now on. */
  async freeze(): Promise<void> {
    const window = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'ChangeWindow',
      metadata: { name: 'freeze', namespace: 'sluice-system' },
      spec: {
        type: 'Deny',
        schedule: { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' },
        reason: 'frozen',
      },
    };
    await this.client.create(RESOURCES.changeWindows, window, { signal: this.signal });
    await this.clock.advance(1000);
  }

  async thaw(): Promise<void> {
    const key = { namespace: 'sluice-system', name: 'freeze' };
    await this.client.delete(RESOURCES.changeWindows, key, { signal: this.signal });
  }
}

/** What the Deployment's annotations and pods say, in one text. */
export function stateOf({ metadata, spec, status }: PlainDeployment): string {
  const image = spec.template.spec.containers[0]?.image ?? '';
  const isHeld = metadata.annotations?.[HELD_ANNOTATION] !== undefined;
  const marks = [...(spec.paused === true ? ['paused'] : []), ...(isHeld ? ['held'] : [])];
  return [image, ...marks, `${status?.updatedReplicas ?? 0} updated`].join(' ');
}

function container(image: string): { name: string; image: string; ports: object[] } {
  return { name: 'podinfod', image, ports: [{ name: 'http', containerPort: 9898 }] };
}

const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: KEY,
  spec: { selector: { app: NAME }, ports: [{ name: 'http', port: 9898, targetPort: 9898 }] },
};
const ROUTE = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: KEY,
  spec: {
    parentRefs: [GATEWAY],
    hostnames: [HOST],
    rules: [{ backendRefs: [{ name: NAME, port: 9898 }] }],
  },
};

/** Judged by the success rate, every 10 s, twice once all pods are there. */
export const ANALYSIS = {
  [ANALYSIS_ANNOTATION]: JSON.stringify({
    interval: '10s',
    iterations: 2,
    threshold: 2,
    metrics: [{ name: 'request-success-rate', interval: '30s', thresholdRange: { min: 99 } }],
  }),
};

function deployment(
  shape: { annotations?: Record<string, string>; labels?: Record<string, string> },
  image = 'podinfo:1.0.0',
): PlainDeployment {
  const { annotations, labels = { 'sluice.dev/governed': 'true' } } = shape;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...KEY,
      labels,
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      replicas: 2,
      progressDeadlineSeconds: 60,
      selector: { matchLabels: { app: NAME } },
      template: { metadata: { labels: { app: NAME } }, spec: { containers: [container(image)] } },
    },
  } as unknown as PlainDeployment;
}
