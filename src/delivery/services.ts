import { isDeepStrictEqual } from 'node:util';
import type { Canary, CanaryService, ServiceMetadata } from '../domain/canary.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { KubeObject } from '../domain/object.ts';
import {
  isLeftBehind,
  isOwnedBy,
  isStripped,
  ownerOf,
  RECONCILE_DISABLED,
  type DeliveryNames,
} from './names.ts';
import type { PodTemplate, SelectorLabel } from './workload/types.ts';

interface ServicePort {
  name: string;
  port: number;
  protocol: string;
  targetPort: number | string;
  appProtocol?: string;
  nodePort?: number;
}

export interface Service extends KubeObject {
  spec: {
    type?: string;
    clusterIP?: string;
    selector?: Record<string, string>;
    ports?: ServicePort[];
    trafficDistribution?: string;
    [field: string]: unknown;
  };
}

const SIDECARS: ReadonlySet<string> = new Set(['istio-proxy', 'envoy']);

/** The Services of a Canary, in the order in which Flagger writes them. */
export function servicesOf(
  canary: Canary,
  names: DeliveryNames,
  selector: SelectorLabel,
  template: PodTemplate,
): { canary: Service; primary: Service; apex: Service } {
  const service = canary.spec.service ?? { port: 80 };
  const ports = portsOf(service, template);
  const build = (name: string, value: string, metadata: ServiceMetadata | undefined): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: names.namespace,
      labels: { ...metadata?.labels, [selector.key]: name },
      annotations: { ...metadata?.annotations, ...RECONCILE_DISABLED },
      ownerReferences: [ownerOf(canary)],
    },
    spec: {
      type: 'ClusterIP',
      ...(service.headless === true ? { clusterIP: 'None' } : {}),
      ...(service.trafficDistribution === undefined || service.trafficDistribution === ''
        ? {}
        : { trafficDistribution: service.trafficDistribution }),
      selector: { [selector.key]: value },
      ports,
    },
  });
  const primaryValue = `${selector.value}-primary`;
  return {
    canary: build(names.canaryService, selector.value, service.canary),
    primary: build(names.primaryService, primaryValue, service.primary),
    apex: build(names.apex, primaryValue, service.apex),
  };
}

/**
 * What a live Service must become.
 * @returns the whole object to write, or undefined when it is right as it is
 */
export function repairedService(
  live: Service,
  wanted: Service,
  canary: Canary,
): Service | undefined {
  const repaired: Service = {
    ...live,
    metadata: repairedMetadata(live, wanted, canary),
    spec: {
      ...withoutExternal(live.spec),
      selector: wanted.spec.selector ?? {},
      ports: withNodePorts(wanted.spec.ports ?? [], live.spec.ports ?? []),
    },
  };
  const same =
    isDeepStrictEqual(repaired.metadata, live.metadata) &&
    isDeepStrictEqual(repaired.spec.selector, live.spec.selector) &&
    repaired.spec.type === live.spec.type &&
    isDeepStrictEqual(comparablePorts(repaired), comparablePorts(live));
  return same ? undefined : repaired;
}

/**
 * Whether a copy of the Services shows them as they ought to be.
 * @param live the copy
 * @param wanted what {@link servicesOf} made
 */
export function servicesRight(
  live: ObjectCache<KubeObject>,
  wanted: ReturnType<typeof servicesOf>,
  canary: Canary,
): boolean {
  return Object.values(wanted).every((service) => {
    const { name, namespace = '' } = service.metadata;
    const found = live.get({ namespace, name }) as Service | undefined;
    return found !== undefined && repairedService(found, service, canary) === undefined;
  });
}

/** Only what belongs to the Canary, or to an earlier one of its name, gets labels, annotations and owner. */
function repairedMetadata(live: Service, wanted: Service, canary: Canary): Service['metadata'] {
  const leftBehind = isLeftBehind(live, canary) || isStripped(live);
  if (!leftBehind && !isOwnedBy(live, canary)) return live.metadata;
  const { labels, annotations } = live.metadata;
  const unmanaged = canary.spec.service?.unmanagedMetadata;
  return {
    ...live.metadata,
    ...(leftBehind ? { ownerReferences: [ownerOf(canary)] } : {}),
    labels: managed(labels, wanted.metadata.labels, unmanaged?.labels),
    annotations: managed(annotations, wanted.metadata.annotations, unmanaged?.annotations),
  };
}

function managed(
  live: Record<string, string> | undefined,
  wanted: Record<string, string> | undefined,
  unmanaged: readonly string[] = [],
): Record<string, string> {
  const ours = Object.entries(wanted ?? {}).filter(([key]) => !unmanaged.includes(key));
  return { ...live, ...Object.fromEntries(ours) };
}

/** A Service of type ExternalName leads away from all pods. */
function withoutExternal(spec: Service['spec']): Service['spec'] {
  if (spec.type !== 'ExternalName') return spec;
  const others = Object.entries(spec).filter(([field]) => field !== 'externalName');
  return { ...Object.fromEntries(others), type: 'ClusterIP' };
}

function withNodePorts(
  wanted: readonly ServicePort[],
  live: readonly ServicePort[],
): ServicePort[] {
  return wanted.map((port) => {
    const nodePort = live.find(({ name }) => name === port.name)?.nodePort;
    return nodePort === undefined ? port : { ...port, nodePort };
  });
}

function comparablePorts(service: Service): unknown {
  return (service.spec.ports ?? []).map((port) => [
    port.name,
    port.port,
    port.protocol,
    port.targetPort,
    port.appProtocol ?? '',
  ]);
}

function portsOf(service: CanaryService, template: PodTemplate): ServicePort[] {
  const target = service.targetPort;
  const named = target === undefined || target === 0 || target === '0' ? service.port : target;
  const main: ServicePort = {
    name: service.portName === undefined || service.portName === '' ? 'http' : service.portName,
    port: service.port,
    protocol: 'TCP',
    targetPort: named,
    ...(service.appProtocol === undefined || service.appProtocol === ''
      ? {}
      : { appProtocol: service.appProtocol }),
  };
  return service.portDiscovery === true ? [main, ...discovered(template, main)] : [main];
}

function discovered(template: PodTemplate, main: ServicePort): ServicePort[] {
  const ports: ServicePort[] = [];
  for (const container of template.spec?.containers ?? []) {
    if (SIDECARS.has(container.name)) continue;
    for (const [i, port] of (container.ports ?? []).entries()) {
      const taken = [
        main.port,
        main.targetPort,
        main.targetPort === port.name && port.containerPort,
      ];
      if (taken.includes(port.containerPort)) continue;
      ports.push({
        name: port.name ?? `tcp-${container.name}-${i}`,
        port: port.containerPort,
        protocol: port.protocol ?? 'TCP',
        targetPort: port.containerPort,
      });
    }
  }
  return ports;
}
