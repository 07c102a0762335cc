import {
  PORT_ANNOTATION,
  type EndpointAddress,
  type EndpointSubset,
  type Pod,
  type Service,
} from '../objects.ts';
import { isReady } from './replica-set-plan.ts';

/**
 * The Endpoints subsets of a Service: one a pod, because in the sandbox each pod may listen on a port of its own.
 * @param pods of the Service's namespace
 * @returns undefined when the Service has no selector and its Endpoints are not ours
 */
export function planEndpoints(
  service: Service,
  pods: readonly Pod[],
): EndpointSubset[] | undefined {
  const { selector, ports = [] } = service.spec;
  if (selector === undefined) return undefined;
  const subsets: EndpointSubset[] = [];
  for (const pod of [...pods].sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))) {
    const ip = pod.status?.podIP;
    if (ip === undefined || !selects(selector, pod) || pod.metadata.deletionTimestamp) continue;
    const address = addressOf(pod, ip);
    subsets.push({
      ...(isReady(pod) ? { addresses: [address] } : { notReadyAddresses: [address] }),
      ports: ports.map(({ name, targetPort, port, protocol = 'TCP' }) => ({
        ...(name === undefined ? {} : { name }),
        port: podPort(pod, targetPort ?? port),
        protocol,
      })),
    });
  }
  return subsets;
}

function selects(selector: Readonly<Record<string, string>>, pod: Pod): boolean {
  const labels = pod.metadata.labels ?? {};
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function addressOf(pod: Pod, ip: string): EndpointAddress {
  const { name, namespace = '', uid } = pod.metadata;
  return {
    ip,
    targetRef: { kind: 'Pod', namespace, name, ...(uid === undefined ? {} : { uid }) },
  };
}

function podPort(pod: Pod, target: number | string): number {
  const own = pod.metadata.annotations?.[PORT_ANNOTATION];
  if (own !== undefined) return Number(own);
  if (typeof target === 'number') return target;
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find(({ name }) => name === target)?.containerPort ?? 0;
}
