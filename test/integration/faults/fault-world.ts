import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { createApp, type App } from '../../../src/app.ts';
import type { Approval, ApprovalAction } from '../../../src/domain/approval.ts';
import type { ObjectClient } from '../../../src/domain/client.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import type { RolloutRun } from '../../../src/domain/run.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../../src/sandbox/api-server/api-server.ts';
import type { FaultRule } from '../../../src/sandbox/api-server/fault-rule.ts';
import { createFaults } from '../../../src/sandbox/api-server/faults.ts';
import { LiveStore } from '../../../src/sandbox/live-store.ts';
import { createMemoryNetwork } from '../../../src/sandbox/memory-network.ts';
import { createSandboxOutbound } from '../../../src/sandbox/outbound.ts';
import { seededRandom } from '../../../src/sandbox/story/seeded-random.ts';
import { startSurroundings, type Surroundings } from '../../../src/sandbox/surroundings.ts';
import { configOf } from '../../support/app-cluster.ts';
import { canary, deployment } from '../../support/sandbox-delivery.ts';

const NAMESPACE = 'shop';
const NAME = 'podinfo';
const HOST = 'podinfo.example.com';
const CONTROLLER = {
  username: 'system:serviceaccount:sluice-system:sluice-controller',
  groups: ['system:serviceaccounts', 'system:authenticated'],
};
const LIMIT_MS = 3_600_000;

interface Route extends KubeObject {
  spec: { rules: { backendRefs: { weight: number }[] }[] };
}

interface Target extends KubeObject {
  spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
}

/** How a rollout went, as far as it must not depend on what failed on the way. */
export interface Ending {
  readonly phases: readonly string[];
  /** The canary's share after each change of the route. */
  readonly weights: readonly number[];
  readonly runs: readonly string[];
  readonly primary: string | undefined;
  readonly replicas: number | undefined;
  /** Requests that the primary did not answer with success. */
  readonly lostOnPrimary: number;
}

/**
 * The whole controller (caches, leader election, work queue, delivery) on the sandbox's API server and a virtual clock,
 * with faults between the two; everybody else reaches the server undisturbed.
 */
export class FaultWorld {
  readonly clock = new VirtualClock();
  readonly faults = createFaults({ clock: this.clock, random: seededRandom('faults') });
  readonly #random = seededRandom('world');
  readonly #stop = new AbortController();
  readonly #api = createApiServer({
    clock: this.clock,
    random: this.#random,
    callWebhook: () => Promise.reject(new Error('there is no webhook')),
    intercept: (request, user, next) =>
      user.username === CONTROLLER.username
        ? this.faults.intercept(request, user, next)
        : next(request),
  });
  readonly #client: ObjectClient = createObjectClient({
    transport: this.#api.transport(SANDBOX_ADMIN),
    fieldManager: 'test',
  });
  readonly #runs = this.#store<RolloutRun>('rolloutRuns');
  readonly #deployments = this.#store<Target>('deployments');
  #surroundings: Surroundings | undefined;
  #app: App | undefined;
  #phases: string[] = [];
  #weights: number[] = [];

  /**
   * Everything up to an initialised Canary at rest.
   * @param rules faults between the controller and the server from its first request on
   */
  async start(rules: readonly FaultRule[]): Promise<void> {
    this.faults.set(rules);
    const signal = this.#stop.signal;
    await this.#install();
    const network = createMemoryNetwork();
    this.#surroundings = await startSurroundings({
      client: this.#client,
      clock: this.clock,
      random: this.#random,
      network,
      logger: silentLogger,
      signal,
      requestsPerSecond: 10,
    });
    this.#surroundings.load.add(HOST);
    await this.#follow();
    this.#app = createApp(
      configOf({ roles: 'controller', metricsServer: this.#surroundings.metricServer }),
      {
        transport: this.#api.transport(CONTROLLER),
        clock: this.clock,
        random: this.#random,
        logger: silentLogger,
        outbound: createSandboxOutbound(network),
        listen: false,
      },
    );
    await this.#app.start(signal);
    await this.#create('namespaces', named('Namespace', NAMESPACE));
    await this.#create('deployments', deployment());
    await this.#create('canaries', canary({}, {}));
    await this.#until('Initialized', () => this.#phases.at(-1) === 'Initialized');
    await this.clock.advance(40_000);
  }

  /** Says something of the run that is under way. @returns milliseconds until its weight is 0 */
  async say(action: ApprovalAction): Promise<number> {
    const [run] = this.#runs.list();
    const approval: Approval = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Approval',
      metadata: { name: action.toLowerCase(), namespace: NAMESPACE },
      spec: {
        subject: {
          kind: 'RolloutRun',
          name: run?.metadata.name ?? '',
          uid: run?.metadata.uid ?? '',
        },
        action,
        approver: { username: 'bob' },
      },
    };
    await this.#create('approvals', approval);
    const since = this.clock.now();
    await this.#until('weight 0', () => this.#weights.at(-1) === 0);
    return this.clock.now() - since;
  }

  /** What came of it. */
  async outcome(action: ApprovalAction): Promise<string | undefined> {
    const key = { namespace: NAMESPACE, name: action.toLowerCase() };
    const options = { signal: this.#stop.signal };
    const found = await this.#client.get<Approval>(RESOURCES.approvals, key, options);
    return found?.status?.consumed?.outcome;
  }

  /**
   * Rolls an image out until its run has nothing left to do.
   * @param atWeight called when the canary has this share for the first time
   */
  async release(
    image: string,
    atWeight?: { readonly weight: number; readonly then: () => Promise<void> },
  ): Promise<Ending> {
    this.#phases = [];
    this.#weights = [];
    const before = this.#lostOnPrimary();
    const body = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }];
    const key = { namespace: NAMESPACE, name: NAME };
    const options = { signal: this.#stop.signal };
    await this.#client.patch(RESOURCES.deployments, key, { type: 'json', body }, options);
    if (atWeight !== undefined) {
      await this.#until('the weight', () => this.#weights.at(-1) === atWeight.weight);
      await atWeight.then();
    }
    await this.#until('the end of the run', () => this.#ended());
    await this.clock.advance(60_000);
    const at = (name: string): Target | undefined =>
      this.#deployments.get({ namespace: NAMESPACE, name });
    return {
      phases: this.#phases,
      weights: this.#weights,
      runs: this.#runs.list().map(({ metadata, status }) => {
        return `${metadata.name} ${status?.phase ?? ''} ${status?.outcome?.reason ?? ''}`;
      }),
      primary: at(`${NAME}-primary`)?.spec.template.spec.containers[0]?.image,
      replicas: at(NAME)?.spec.replicas,
      lostOnPrimary: this.#lostOnPrimary() - before,
    };
  }

  async close(): Promise<void> {
    this.faults.set([]);
    const stopped = this.#app?.stop();
    await this.clock.advance(30_000);
    await stopped;
    this.#stop.abort(new Error('the test is over'));
    await this.#surroundings?.close();
    await this.#api.close();
  }

  #store<T extends KubeObject>(type: 'rolloutRuns' | 'deployments'): LiveStore<T> {
    return new LiveStore<T>(RESOURCES[type], {
      client: this.#client,
      clock: this.clock,
      signal: this.#stop.signal,
      onChange: () => undefined,
    });
  }

  async #install(): Promise<void> {
    for (const file of ['flagger', 'sluice']) {
      const text = readFileSync(`manifests/crds/${file}.yaml`, 'utf8');
      for (const crd of loadAll(text) as KubeObject[]) {
        await this.#create('customResourceDefinitions', crd);
      }
    }
    await this.#create('namespaces', named('Namespace', 'sluice-system'));
  }

  /** Keeps what the test looks at; as admin, so that no fault hides anything from it. */
  async #follow(): Promise<void> {
    const { clock } = this;
    const signal = this.#stop.signal;
    const client = this.#client;
    const phases = new LiveStore(RESOURCES.canaries, {
      ...{ client, clock, signal },
      onChange: (object) => {
        const { phase = '' } = (object as { status?: { phase?: string } }).status ?? {};
        if (phase !== '' && this.#phases.at(-1) !== phase) this.#phases.push(phase);
      },
    });
    const routes = new LiveStore(RESOURCES.httpRoutes, {
      ...{ client, clock, signal },
      onChange: (object) => {
        const weight = (object as Route).spec.rules[0]?.backendRefs[1]?.weight ?? 0;
        if (this.#weights.at(-1) !== weight) this.#weights.push(weight);
      },
    });
    for (const store of [phases, routes, this.#runs, this.#deployments]) await store.start();
  }

  #ended(): boolean {
    const runs = this.#runs.list();
    return (
      runs.length > 0 &&
      runs.every(({ status }) =>
        status?.conditions.some((entry) => entry.type === 'Completed' && entry.status === 'True'),
      )
    );
  }

  /** The primary runs the first image until it is promoted. */
  #lostOnPrimary(): number {
    const tally = this.#surroundings?.load.tally() ?? [];
    return tally
      .filter(({ version }) => version === '6.0.0')
      .reduce((sum, { failed }) => sum + failed, 0);
  }

  async #until(what: string, done: () => boolean): Promise<void> {
    if (await this.clock.runUntil(done, LIMIT_MS)) return;
    const runs = JSON.stringify(this.#runs.list().map(({ status }) => status));
    throw new Error(`never reached: ${what}; ${this.#phases.join(' ')}; ${runs}`);
  }

  async #create(
    type: 'namespaces' | 'deployments' | 'canaries' | 'customResourceDefinitions' | 'approvals',
    object: KubeObject,
  ): Promise<void> {
    await this.#client.create(RESOURCES[type], object, { signal: this.#stop.signal });
  }
}

function named(kind: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name } };
}
