import { createServer } from 'node:http';
import { ApiError, type Api, type ApiObject } from './api.ts';
import { ADDRESSES, PodAddresses, POD_CIDR } from './network.ts';
import { timestamp, type Pod } from './pod-container.ts';
import type { ImageTable } from './pod-images.ts';
import { PodWorker, type PodWorkerContext } from './pod-worker.ts';

const NODE = 'suite';
const HEARTBEAT_MS = 5000;
/** Prometheus asks here for the pods to scrape: Debian builds it without Kubernetes discovery. */
export const DISCOVERY_URL = `http://${ADDRESSES.apiServer}:9092/`;

/**
 * A kubelet and scheduler made of processes: registers one node, binds every pod to it and runs each in a network
 * namespace of its own under its ServiceAccount.
 */
export class PodRunner {
  readonly #workers = new Map<string, PodWorker>();
  readonly #context: PodWorkerContext;

  constructor(api: Api, images: ImageTable, folder: string) {
    this.#context = { api, images, folder, addresses: new PodAddresses() };
  }

  async start(): Promise<void> {
    const { api } = this.#context;
    await api.create('/api/v1/nodes', {
      metadata: { name: NODE, labels: { 'kubernetes.io/hostname': NODE } },
      spec: { podCIDR: POD_CIDR },
    });
    await this.#heartbeat();
    setInterval(() => void this.#heartbeat().catch(ignore), HEARTBEAT_MS).unref();
    api.watch('/api/v1/pods', (type, objects) => {
      this.#see(type, objects as Pod[]);
    });
    this.#serveDiscovery();
  }

  /** Pods of a namespace whose name starts with the prefix and whose process runs. */
  workers(namespace: string, prefix: string): PodWorker[] {
    return [...this.#workers.values()].filter(
      ({ pod, running }) =>
        running && pod.metadata.namespace === namespace && pod.metadata.name.startsWith(prefix),
    );
  }

  async #heartbeat(): Promise<void> {
    const room = { cpu: '64', memory: '256Gi', pods: '500' };
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'PodRunner',
      lastHeartbeatTime: timestamp(),
      lastTransitionTime: timestamp(),
    };
    await this.#context.api.merge(`/api/v1/nodes/${NODE}/status`, {
      status: {
        capacity: room,
        allocatable: room,
        addresses: [{ type: 'InternalIP', address: ADDRESSES.apiServer }],
        conditions: [ready],
      },
    });
  }

  #see(type: string, pods: readonly Pod[]): void {
    if (type === 'LIST') {
      const live = new Set(pods.map((pod) => pod.metadata.uid));
      for (const [uid, worker] of this.#workers) if (!live.has(uid)) this.#end(worker, 0);
    }
    for (const pod of pods) this.#reconcile(type, pod);
  }

  #reconcile(type: string, pod: Pod): void {
    const { nodeName = NODE } = pod.spec;
    if (nodeName !== NODE) return;
    const worker = this.#workers.get(String(pod.metadata.uid));
    if (type === 'DELETED') {
      if (worker !== undefined) this.#end(worker, 0);
    } else if (pod.metadata.deletionTimestamp !== undefined) {
      this.#end(
        worker ?? new PodWorker(pod, this.#context),
        pod.metadata.deletionGracePeriodSeconds ?? 30,
      );
    } else if (pod.spec.nodeName === undefined) {
      if (type !== 'MODIFIED') void this.#bind(pod).catch(report);
    } else if (worker !== undefined) {
      worker.pod = pod;
    } else {
      const started = new PodWorker(pod, this.#context);
      this.#workers.set(started.uid, started);
      void started.start().catch(report);
    }
  }

  #end(worker: PodWorker, graceSeconds: number): void {
    void worker.stop(graceSeconds).then(() => this.#workers.delete(worker.uid), report);
  }

  async #bind(pod: Pod): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    const path = `/api/v1/namespaces/${String(namespace)}/pods/${name}/binding`;
    try {
      await this.#context.api.create(path, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: NODE },
      });
    } catch (error) {
      if (!(error instanceof ApiError && [404, 409].includes(error.status))) throw error;
    }
  }

  #serveDiscovery(): void {
    const server = createServer((_request, response) => {
      const targets = [...this.#workers.values()]
        .filter((worker) => worker.running && worker.address !== '')
        .map(({ pod, address }) => ({ targets: [address], labels: labelsOf(pod) }));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(targets));
    });
    server.listen(Number(new URL(DISCOVERY_URL).port), ADDRESSES.apiServer);
  }
}

/** The labels that Kubernetes discovery would give, so that the usual relabelling rules work unchanged. */
function labelsOf(pod: ApiObject): Record<string, string> {
  const prefixed = (kind: string, entries: Record<string, string> = {}): [string, string][] =>
    Object.entries(entries).map(([key, value]) => [
      `__meta_kubernetes_pod_${kind}_${key.replace(/[^a-zA-Z0-9_]/g, '_')}`,
      value,
    ]);
  return {
    __meta_kubernetes_namespace: String(pod.metadata.namespace),
    __meta_kubernetes_pod_name: pod.metadata.name,
    ...Object.fromEntries(prefixed('annotation', pod.metadata.annotations)),
    ...Object.fromEntries(prefixed('label', pod.metadata.labels)),
  };
}

function ignore(): void {
  // The API server is away; the next heartbeat tries again.
}

function report(error: unknown): void {
  console.error(`pod runner: ${String(error)}`);
}
