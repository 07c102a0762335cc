import { isDeepStrictEqual } from 'node:util';
import type { Canary } from '../domain/canary.ts';
import { hasNoController, isLeftBehind, ownerOf } from './names.ts';
import type { Service, ServicePort } from './service.ts';

/** Members of a Service's spec that the cluster allots to one Service, or that no two can share. */
const ALLOTTED = [
  'clusterIP',
  'clusterIPs',
  'healthCheckNodePort',
  'loadBalancerIP',
  'externalIPs',
] as const;

/** What a copy of a Service has of its spec: all of it but addresses and node ports; headless stays headless. */
export function copiedSpec({ spec }: Service): Service['spec'] {
  const members = Object.entries(spec).filter(
    ([name]) => !(ALLOTTED as readonly string[]).includes(name),
  );
  const copy = Object.fromEntries(members) as Service['spec'];
  if (spec.clusterIP === 'None') copy.clusterIP = 'None';
  if (spec.ports !== undefined) copy.ports = spec.ports.map(withoutNodePort);
  return copy;
}

function withoutNodePort(port: ServicePort): ServicePort {
  const copy = { ...port };
  delete copy.nodePort;
  return copy;
}

/**
 * The spec with what the cluster allotted to the live Service.
 * @returns undefined when its addresses would have to change, which the API server does not allow
 */
export function specForLive(
  wanted: Service['spec'],
  live: Service['spec'],
): Service['spec'] | undefined {
  // An ExternalName has no addresses: a change to it gives them up, a change from it gets new ones.
  if (wanted.type === 'ExternalName' || live.type === 'ExternalName') return wanted;
  if ((wanted.clusterIP === 'None') !== (live.clusterIP === 'None')) return undefined;
  const { clusterIP, clusterIPs, healthCheckNodePort } = live as Record<string, unknown>;
  const local = wanted['externalTrafficPolicy'] === 'Local' && wanted.type === 'LoadBalancer';
  const ports = withNodePorts(wanted, live);
  return {
    ...wanted,
    ...(ports === undefined ? {} : { ports }),
    ...(clusterIP === undefined ? {} : { clusterIP }),
    ...(clusterIPs === undefined ? {} : { clusterIPs }),
    ...(healthCheckNodePort === undefined || !local ? {} : { healthCheckNodePort }),
  } as Service['spec'];
}

/** Ports keep the node ports that they have, by port name. */
function withNodePorts(wanted: Service['spec'], live: Service['spec']): ServicePort[] | undefined {
  const allots = wanted.type === 'NodePort' || wanted.type === 'LoadBalancer';
  if (!allots || wanted.ports === undefined) return wanted.ports;
  return wanted.ports.map((port) => {
    const nodePort = live.ports?.find(({ name }) => name === port.name)?.nodePort;
    return nodePort === undefined ? port : { ...port, nodePort };
  });
}

/**
 * What a live copy must become to lead where the target leads.
 * @returns the whole object to write; undefined when it is right, or when only a new object would be
 */
export function repairedCopy(live: Service, wanted: Service, canary: Canary): Service | undefined {
  const spec = specForLive(wanted.spec, live.spec);
  if (spec === undefined) return undefined;
  const labels = { ...live.metadata.labels, ...wanted.metadata.labels };
  const annotations = { ...live.metadata.annotations, ...wanted.metadata.annotations };
  const isTaken = isLeftBehind(live, canary) || hasNoController(live);
  const right =
    !isTaken &&
    isDeepStrictEqual(copiedSpec(live), copiedSpec(wanted)) &&
    isDeepStrictEqual(labels, live.metadata.labels ?? {}) &&
    isDeepStrictEqual(annotations, live.metadata.annotations ?? {});
  if (right) return undefined;
  const owners = isTaken ? { ownerReferences: [ownerOf(canary)] } : {};
  return { ...live, metadata: { ...live.metadata, labels, annotations, ...owners }, spec };
}

/** What tells whether two Services lead to the same, also when one has the Canary's traffic distribution. */
export function leadOf(service: Service): Record<string, unknown> {
  const spec = copiedSpec(service);
  return Object.fromEntries(
    Object.entries(spec).filter(([name]) => name !== 'trafficDistribution'),
  );
}
