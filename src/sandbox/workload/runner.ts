import { sleep, type Clock, type Timer } from '../../domain/clock.ts';
import type { ObjectClient } from '../../domain/client.ts';
import { isClusterError } from '../../domain/errors.ts';
import type { Logger } from '../../domain/logger.ts';
import { keyOf, keyText, type KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { isSameJson } from '../same-json.ts';
import { LiveStore, type LiveStoreOptions } from '../live-store.ts';
import type { SampleStore } from '../metrics/sample-store.ts';
import type { SandboxNetwork } from '../network.ts';
import {
  SANDBOX_RESOURCES,
  PORT_ANNOTATION,
  type Deployment,
  type Endpoints,
  type Pod,
  type ReplicaSet,
  type Service,
} from '../objects.ts';
import { deploymentStatus } from './deployment-status.ts';
import { planEndpoints } from './endpoints-plan.ts';
import { newEndpoints, newPod, newReplicaSet } from './new-objects.ts';
import { Kubelet } from './kubelet.ts';
import { podStatus } from './pod-status.ts';
import { planReplicaSet } from './replica-set-plan.ts';
import { planRollout, type RolloutWrite } from './rollout-plan.ts';
import { nameSuffix } from './template-hash.ts';

export interface RunnerOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly network: SandboxNetwork;
  readonly samples: SampleStore;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const RETRY_MS = 100;

/**
 * Stands in for kube-controller-manager and kubelet: Deployments become ReplicaSets, ReplicaSets pods, pods HTTP
 * servers on the sandbox's network, and Services with a selector get Endpoints. Statuses are written as Kubernetes
 * writes them. One namespace is worked on at a time, from the newest state, until nothing is left to do.
 */
export class WorkloadRunner {
  readonly #options: RunnerOptions;
  readonly #deployments: LiveStore<Deployment>;
  readonly #replicaSets: LiveStore<ReplicaSet>;
  readonly #pods: LiveStore<Pod>;
  readonly #services: LiveStore<Service>;
  readonly #endpoints: LiveStore<Endpoints>;
  readonly #kubelet: Kubelet;
  readonly #dirty = new Set<string>();
  readonly #deadlines = new Map<string, Timer>();
  #wake: () => void = () => undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const mark = (object: KubeObject): void => {
      this.#mark(object.metadata.namespace ?? '');
    };
    const store: LiveStoreOptions = { ...options, onChange: mark };
    this.#deployments = new LiveStore(RESOURCES.deployments, store);
    this.#replicaSets = new LiveStore(SANDBOX_RESOURCES.replicaSets, store);
    this.#pods = new LiveStore(SANDBOX_RESOURCES.pods, store);
    this.#services = new LiveStore(RESOURCES.services, store);
    this.#endpoints = new LiveStore(SANDBOX_RESOURCES.endpoints, store);
    this.#kubelet = new Kubelet({ ...options, onChange: mark });
  }

  /** Loads what is there and works until the signal aborts. */
  async start(): Promise<void> {
    for (const store of this.#stores()) await store.start();
    void this.#work();
  }

  /** Ends all pod processes; call after the signal has aborted. */
  async close(): Promise<void> {
    for (const timer of this.#deadlines.values()) timer.cancel();
    await this.#kubelet.close();
  }

  #stores(): { start(): Promise<void> }[] {
    return [this.#deployments, this.#replicaSets, this.#pods, this.#services, this.#endpoints];
  }

  #mark(namespace: string): void {
    this.#dirty.add(namespace);
    this.#wake();
  }

  async #work(): Promise<void> {
    while (!this.#options.signal.aborted) {
      if (this.#dirty.size === 0) await this.#woken();
      for (const namespace of [...this.#dirty]) {
        this.#dirty.delete(namespace);
        await this.#reconcile(namespace).catch((error: unknown) => this.#retry(namespace, error));
      }
    }
  }

  async #retry(namespace: string, error: unknown): Promise<void> {
    const { signal, clock, logger } = this.#options;
    if (signal.aborted) return;
    if (!isClusterError(error, 'Conflict') && !isClusterError(error, 'NotFound')) {
      logger.warn({ namespace, err: error }, 'workloads are behind');
    }
    this.#dirty.add(namespace);
    await sleep(clock, RETRY_MS, signal).catch(() => undefined);
  }

  #woken(): Promise<void> {
    const { signal } = this.#options;
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async #reconcile(namespace: string): Promise<void> {
    for (const deployment of this.#deployments.list(namespace)) {
      await this.#rollOut(deployment);
    }
    for (const set of this.#replicaSets.list(namespace)) await this.#fill(set);
    await this.#runPods(namespace);
    for (const service of this.#services.list(namespace)) await this.#publish(service);
    for (const deployment of this.#deployments.list(namespace)) {
      await this.#reportDeployment(deployment);
    }
  }

  async #rollOut(deployment: Deployment): Promise<void> {
    const owned = this.#ownedSets(deployment);
    for (const write of planRollout(deployment, owned)) {
      await this.#execute(deployment, owned, write);
    }
  }

  async #execute(
    deployment: Deployment,
    owned: readonly ReplicaSet[],
    write: RolloutWrite,
  ): Promise<void> {
    if (write.action === 'create') {
      await this.#replicaSets.create(newReplicaSet(deployment, write)).catch(ignoreExisting);
      return;
    }
    const set = owned.find(({ metadata }) => metadata.name === write.name);
    if (set === undefined) return;
    if (write.action === 'delete') await this.#replicaSets.delete(set);
    else
      await this.#replicaSets.replace({ ...set, spec: { ...set.spec, replicas: write.replicas } });
  }

  async #fill(set: ReplicaSet): Promise<void> {
    const namespace = set.metadata.namespace;
    const pods = this.#pods.list(namespace).filter((pod) => isOwnedBy(pod, set));
    const plan = planReplicaSet(set, pods);
    for (let n = 0; n < plan.create; n += 1) {
      await this.#pods.create(newPod(set, nameSuffix(this.#options.random)));
    }
    for (const pod of plan.remove) await this.#pods.delete(pod);
    if (!isSameJson(set.status, plan.status)) {
      await this.#replicaSets.replaceStatus({ ...set, status: plan.status });
    }
  }

  async #runPods(namespace: string): Promise<void> {
    const pods = this.#pods.list(namespace);
    for (const pod of pods) {
      this.#kubelet.start(pod);
      await this.#reportPod(pod);
    }
    const alive = new Set(this.#pods.list().map((pod) => pod.metadata.uid));
    for (const uid of this.#kubelet.uids()) {
      if (!alive.has(uid)) this.#kubelet.stop(uid);
    }
  }

  async #reportPod(pod: Pod): Promise<void> {
    const sight = this.#kubelet.sight(pod.metadata.uid ?? '');
    if (sight === undefined) return;
    let latest = pod;
    const port = sight.port === undefined ? undefined : String(sight.port);
    if (port !== undefined && pod.metadata.annotations?.[PORT_ANNOTATION] !== port) {
      const body = { metadata: { annotations: { [PORT_ANNOTATION]: port } } };
      const { namespace = '', name } = pod.metadata;
      latest = await this.#pods.patch({ namespace, name }, { type: 'merge', body });
    }
    const status = podStatus(latest, sight, this.#options.clock.now());
    if (!isSameJson(latest.status, status)) await this.#pods.replaceStatus({ ...latest, status });
  }

  async #publish(service: Service): Promise<void> {
    const { name, namespace = '' } = service.metadata;
    const subsets = planEndpoints(service, this.#pods.list(namespace));
    if (subsets === undefined) return;
    const known = this.#endpoints.get({ namespace, name });
    if (known === undefined) {
      await this.#endpoints.create(newEndpoints(service, subsets)).catch(ignoreExisting);
    } else if (!isSameJson(known.subsets ?? [], subsets)) {
      await this.#endpoints.replace({ ...known, subsets });
    }
  }

  async #reportDeployment(deployment: Deployment): Promise<void> {
    const { clock } = this.#options;
    const report = deploymentStatus(deployment, this.#ownedSets(deployment), clock.now());
    if (!isSameJson(deployment.status, report.status)) {
      await this.#deployments.replaceStatus({ ...deployment, status: report.status });
    }
    this.#expect(deployment, report.deadlineAtMs);
  }

  // A rollout that makes no progress changes nothing, so its deadline needs a timer of its own.
  #expect(deployment: Deployment, deadlineAtMs: number | undefined): void {
    const { clock, signal } = this.#options;
    const key = keyText(keyOf(deployment));
    this.#deadlines.get(key)?.cancel();
    this.#deadlines.delete(key);
    if (deadlineAtMs === undefined || signal.aborted) return;
    const timer = clock.setTimer(
      () => {
        this.#deadlines.delete(key);
        this.#mark(deployment.metadata.namespace ?? '');
      },
      deadlineAtMs - clock.now() + 1,
    );
    this.#deadlines.set(key, timer);
  }

  #ownedSets(deployment: Deployment): ReplicaSet[] {
    const sets = this.#replicaSets.list(deployment.metadata.namespace);
    return sets.filter((set) => isOwnedBy(set, deployment));
  }
}

function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) === true;
}

function ignoreExisting(error: unknown): void {
  if (!isClusterError(error, 'AlreadyExists')) throw error;
}
