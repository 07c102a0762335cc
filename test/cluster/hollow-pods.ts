import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type Api } from './api.ts';
import { timestamp, type Pod } from './pod-container.ts';

/** Pods whose template names this node are objects alone: nothing runs, and they are ready at once. */
export const HOLLOW_NODE = 'hollow';

const NODE = `/api/v1/nodes/${HOLLOW_NODE}`;
const HEARTBEAT_MS = 5000;

/** A node without machine, for suites with more pods than a machine could run. */
export async function startHollowNode(api: Api): Promise<void> {
  await api.create('/api/v1/nodes', { metadata: { name: HOLLOW_NODE } });
  await heartbeat(api);
  setInterval(() => void heartbeat(api).catch(ignore), HEARTBEAT_MS).unref();
  let addresses = 0;
  const seen = new Set<string>();
  api.watch('/api/v1/pods', (type, objects) => {
    for (const pod of objects as Pod[]) {
      if (pod.spec.nodeName !== HOLLOW_NODE || type === 'DELETED') continue;
      const uid = String(pod.metadata.uid);
      if (pod.metadata.deletionTimestamp !== undefined) void remove(api, pod);
      else if (!seen.has(uid)) {
        seen.add(uid);
        void report(api, pod, addresses++);
      }
    }
  });
}

async function heartbeat(api: Api): Promise<void> {
  const at = timestamp();
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Hollow',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  };
  const room = { cpu: '640', memory: '2560Gi', pods: '2000' };
  await api.merge(`${NODE}/status`, {
    status: { capacity: room, allocatable: room, conditions: [ready] },
  });
}

async function report(api: Api, pod: Pod, index: number): Promise<void> {
  const at = timestamp();
  const podIP = `10.245.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`;
  const types = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'];
  const status = {
    phase: 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
    startTime: at,
    conditions: types.map((type) => ({ type, status: 'True', lastTransitionTime: at })),
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: at } },
    })),
  };
  await retried(() => api.merge(`${pathOf(pod)}/status`, { status }));
}

function remove(api: Api, pod: Pod): Promise<void> {
  const options = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } };
  return retried(() => api.remove(pathOf(pod), options));
}

async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (error instanceof ApiError && [404, 409].includes(error.status)) return;
      await delay(300);
    }
  }
}

function pathOf({ metadata }: Pod): string {
  return `/api/v1/namespaces/${String(metadata.namespace)}/pods/${metadata.name}`;
}

function ignore(): void {
  // The API server is away; the next heartbeat tries again.
}
