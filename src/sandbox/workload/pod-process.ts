import type { Clock } from '../../domain/clock.ts';
import type { NetworkListener, SandboxNetwork } from '../network.ts';
import type { Pod } from '../objects.ts';
import type { SampleStore } from '../metrics/sample-store.ts';
import { createPodinfo, parsePodinfoImage } from './podinfo.ts';

export interface PodProcessOptions {
  readonly clock: Clock;
  readonly network: SandboxNetwork;
  readonly samples: SampleStore;
}

/** What became of starting a pod's container. */
export type PodProcess =
  | { readonly state: 'running'; readonly listener: NetworkListener }
  | { readonly state: 'crashed' }
  | { readonly state: 'imageUnknown' };

/**
 * Starts the pod's first container. Its answers are counted under the labels that Flagger's Prometheus relabelling
 * gives them (kubernetes_namespace, kubernetes_pod_name and the pod's own labels).
 */
export async function startPodProcess(pod: Pod, options: PodProcessOptions): Promise<PodProcess> {
  const { clock, network, samples } = options;
  const container = pod.spec.containers[0];
  const image = container === undefined ? undefined : parsePodinfoImage(container.image);
  if (image === undefined) return { state: 'imageUnknown' };
  if (image.crashes) return { state: 'crashed' };
  const podLabels = labelsOf(pod);
  const handler = createPodinfo({
    image,
    hostname: pod.metadata.name,
    clock,
    measured: ({ method, path, status, durationSeconds }) => {
      const labels = { ...podLabels, method, path, status: String(status) };
      samples.record({ labels, durationSeconds });
    },
  });
  const port = container?.ports?.[0]?.containerPort ?? 80;
  return { state: 'running', listener: await network.listen(handler, { port }) };
}

function labelsOf(pod: Pod): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
    labels[key.replaceAll(/[^a-zA-Z0-9_]/g, '_')] = value;
  }
  const { namespace = '', name } = pod.metadata;
  return { ...labels, kubernetes_namespace: namespace, kubernetes_pod_name: name };
}
