import type { Canary } from '../../src/domain/canary.ts';
import type { RolloutBudget, RolloutBudgetSpec } from '../../src/domain/budget.ts';
import type { ObjectCache } from '../../src/domain/client.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import { keyOf, keyText, type KubeObject, type ResourceType } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../../src/domain/run.ts';
import { VirtualClock } from '../../src/domain/virtual-clock.ts';
import { DEFAULT_DELIVERY_CONFIG, type DeliveryDeps } from '../../src/delivery/config.ts';
import { createCanaryReconciler } from '../../src/delivery/reconciler.ts';
import { createGovernanceSource } from '../../src/app/governance-source.ts';
import { wakeBudgetWaiters } from '../../src/app/budget-waiters.ts';
import { evaluateWindows } from '../../src/governance/windows.ts';
import { createController } from '../../src/kube/controller.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { configOf } from './app-cluster.ts';
import { FaultyClient } from './faulty-client.ts';
import { MemoryClient } from './memory-client.ts';

export const NAMESPACE = 'shop';

/** One Canary of the world. Weights and shares in percent. */
export interface Shop {
  readonly name: string;
  readonly steps: readonly number[];
  readonly share: number;
}

interface RouteObject extends KubeObject {
  spec: { rules: { backendRefs: { weight: number }[] }[] };
}

/**
 * Several Canaries that share a budget, on a virtual clock: the real controller with its workers, the real engine, and
 * copies that are as late as a test wants them.
 */
export class BudgetWorld {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly client = new MemoryClient(this.clock);
  /** The greatest sum of weight times share that live routes ever had, percent. */
  peak = 0;
  /** The greatest number of runs that had begun and not ended. */
  most = 0;
  /** Names of Canaries in the order in which their runs got traffic. */
  readonly served: string[] = [];
  /** How late copies are, milliseconds. */
  lag = 0;
  faults = new FaultyClient(this.client);
  readonly #shops: readonly Shop[];
  readonly #weights = new Map<string, number>();
  readonly #caches = new Map<string, ObjectCache<KubeObject>>();
  #stop: (() => Promise<void>) | undefined;
  #enqueue: (key: string) => void = () => undefined;

  constructor(shops: readonly Shop[]) {
    this.#shops = shops;
    this.client.onChange((type, object) => {
      if (type.plural === 'deployments') this.#ready(object);
      if (type.plural === 'httproutes') this.#routed(object as RouteObject);
      if (type.plural === 'rolloutruns') this.#counted();
      const { name, namespace = '' } = object.metadata;
      const owner = name.replace(/-primary$|-canary$|-\d+$/, '');
      if (owner.startsWith('s')) this.#enqueue(keyText({ namespace, name: owner }));
    });
  }

  async create(spec: RolloutBudgetSpec): Promise<void> {
    const gateway = { name: 'gateway', namespace: 'infra' };
    await this.client.create(RESOURCES.gateways, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: gateway,
    });
    await this.client.create(RESOURCES.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE },
    });
    const budget: RolloutBudget = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutBudget',
      metadata: { name: 'all', namespace: NAMESPACE },
      spec,
    };
    await this.client.create(RESOURCES.rolloutBudgets, budget);
    for (const shop of this.#shops) {
      await this.client.create(RESOURCES.deployments, targetOf(shop.name, 1));
      await this.client.create(RESOURCES.canaries, canaryOf(shop));
    }
  }

  /** Gives a Canary's target another image. */
  async release(name: string, tag: number): Promise<void> {
    const live = this.client.peek(RESOURCES.deployments, NAMESPACE, name);
    const { metadata } = live ?? { metadata: { name, namespace: NAMESPACE } };
    const next = { ...targetOf(name, tag), metadata, status: undefined };
    const { spec } = live as unknown as { spec: { replicas: number } };
    const replaced = { ...next, spec: { ...next.spec, replicas: spec.replicas } };
    await this.client.replace(RESOURCES.deployments, replaced);
  }

  /** @param first the Canaries that it looks at by itself; the others when something of them changes */
  start(first: readonly string[] = this.#shops.map(({ name }) => name)): void {
    const stop = new AbortController();
    const engine = this.#engine();
    let enqueue: (key: string) => void = () => undefined;
    const runs = this.#cache<RolloutRun>(RESOURCES.rolloutRuns);
    const reconciler = createCanaryReconciler({
      ...this.#deps(runs),
      gateKeeper: engine.gateKeeper,
      wake: (key) => {
        enqueue(keyText(key));
      },
    });
    const controller = createController({
      name: 'canary',
      reconciler,
      workers: 4,
      clock: this.clock,
      random: () => 0.5,
      logger: silentLogger,
    });
    enqueue = (key) => {
      if (!stop.signal.aborted) controller.enqueue(key);
    };
    this.#enqueue = enqueue;
    wakeBudgetWaiters(runs, enqueue);
    this.#stop = async () => {
      stop.abort(new Error('stopped'));
      engine.close();
      await reconciler.close();
    };
    void controller.run(stop.signal);
    for (const name of first) enqueue(keyText({ namespace: NAMESPACE, name }));
  }

  /** Ends the controller as a killed process would. */
  async kill(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
    this.#enqueue = () => undefined;
  }

  runs(): RolloutRun[] {
    return this.client.all(RESOURCES.rolloutRuns) as RolloutRun[];
  }

  /** Whether nothing is under way and every target is what its primary runs. */
  isSettled(): boolean {
    const canaries = this.client.all(RESOURCES.canaries) as Canary[];
    return (
      canaries.every(({ status }) => ['Initialized', 'Succeeded'].includes(status?.phase ?? '')) &&
      this.runs().every(({ status }) => TERMINAL_RUN_PHASES.has(status?.phase ?? 'Pending'))
    );
  }

  #engine(): ReturnType<typeof createPolicyEngine> {
    const caches = {
      exceptions: this.#cache(RESOURCES.policyExceptions),
      approvals: this.#cache(RESOURCES.approvals),
      budgets: this.#cache(RESOURCES.rolloutBudgets),
      runs: this.#cache(RESOURCES.rolloutRuns),
      namespaces: this.#cache(RESOURCES.namespaces),
      canaries: this.#cache(RESOURCES.canaries),
    } as unknown as Parameters<typeof createGovernanceSource>[1];
    return createPolicyEngine({
      policies: this.#cache(RESOURCES.rolloutPolicies),
      bindings: this.#cache(RESOURCES.rolloutPolicyBindings),
      windows: this.#cache(RESOURCES.changeWindows),
      namespaces: caches.namespaces,
      governance: createGovernanceSource(configOf(), caches),
      evaluateWindows,
      clock: this.clock,
      freshnessMs: 60_000,
      systemNamespace: 'sluice-system',
      logger: silentLogger,
    });
  }

  #deps(runs: ObjectCache<RolloutRun>): Omit<DeliveryDeps, 'gateKeeper'> {
    return {
      client: this.faults,
      caches: { runs },
      clock: this.clock,
      random: () => 0.5,
      logger: silentLogger,
      events: { record: () => undefined },
      outbound: () =>
        Promise.resolve({
          status: 200,
          headers: {},
          body: JSON.stringify({
            status: 'success',
            data: { resultType: 'vector', result: [{ metric: {}, value: [0, '1'] }] },
          }),
          truncated: false,
        }),
      config: { ...DEFAULT_DELIVERY_CONFIG, minIntervalMs: 1000 },
    };
  }

  /** The copy of a resource, as a replica that does not lead yet keeps it, too. */
  #cache<T extends KubeObject>(type: ResourceType): ObjectCache<T> {
    const known = this.#caches.get(type.plural) ?? this.#copy<KubeObject>(type);
    this.#caches.set(type.plural, known);
    return known as unknown as ObjectCache<T>;
  }

  /** A copy that shows each change `lag` later. */
  #copy<T extends KubeObject>(type: ResourceType): ObjectCache<T> {
    const copy = new Map<string, T>();
    const listeners = new Set<(key: string) => void>();
    for (const object of this.client.all(type)) copy.set(keyText(keyOf(object)), object as T);
    this.client.onChange((changed, object) => {
      if (changed.plural !== type.plural) return;
      const follow = (): void => {
        copy.set(keyText(keyOf(object)), object as T);
        for (const listener of listeners) listener(keyText(keyOf(object)));
      };
      if (this.lag === 0) follow();
      else this.clock.setTimer(follow, this.lag);
    });
    return {
      synced: true,
      get: (key) => copy.get(keyText(key)),
      list: () => [...copy.values()],
      ageMs: () => 0,
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
  }

  #ready(object: KubeObject): void {
    const { generation = 0, name, namespace = '' } = object.metadata;
    const status = (object as { status?: { observedGeneration?: number } }).status;
    if (status?.observedGeneration === generation) return;
    this.clock.setTimer(() => {
      const live = this.client.peek(RESOURCES.deployments, namespace, name);
      if (live?.metadata.generation !== generation) return;
      const { replicas } = (live as unknown as { spec: { replicas: number } }).spec;
      const available = { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' };
      const next = {
        observedGeneration: generation,
        replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
        conditions: [available],
      };
      const ready = { ...live, status: next };
      void this.client.replaceStatus(RESOURCES.deployments, ready);
    }, 300);
  }

  #routed({ metadata, spec }: RouteObject): void {
    const weight = spec.rules[0]?.backendRefs[1]?.weight ?? 0;
    const before = this.#weights.get(metadata.name) ?? 0;
    if (before === 0 && weight > 0) this.served.push(metadata.name);
    this.#weights.set(metadata.name, weight);
    const sum = this.#shops.reduce(
      (total, { name, share }) => total + ((this.#weights.get(name) ?? 0) * share) / 100,
      0,
    );
    this.peak = Math.max(this.peak, Math.round(sum * 100) / 100);
  }

  #counted(): void {
    const begun = this.runs().filter(
      ({ status }) =>
        status !== undefined &&
        !TERMINAL_RUN_PHASES.has(status.phase) &&
        status.steps.some(({ action }) => action !== 'wait'),
    );
    this.most = Math.max(this.most, begun.length);
  }
}

function targetOf(name: string, tag: number) {
  const labels = { app: name };
  const containers = [{ name: 'app', image: `podinfo:${tag}` }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

function canaryOf({ name, steps, share }: Shop): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: {
      name,
      namespace: NAMESPACE,
      annotations: { 'sluice.dev/traffic-share': String(share) },
    },
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: { port: 80, gatewayRefs: [{ name: 'gateway', namespace: 'infra' }] },
      analysis: { interval: '2s', threshold: 3, stepWeights: [...steps] },
    },
  };
}
