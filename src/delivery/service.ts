import { isDeepStrictEqual } from 'node:util';
import type { Canary } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import { isLeftBehind, isOwnedBy, isStripped, ownerOf } from './names.ts';

/** A port of a Service. */
export interface ServicePort {
  name: string;
  port: number;
  protocol: string;
  targetPort: number | string;
  appProtocol?: string;
  nodePort?: number;
}

/** A core Service, as far as it is generated or judged here. */
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
      ...(wanted.spec.trafficDistribution === undefined
        ? {}
        : { trafficDistribution: wanted.spec.trafficDistribution }),
      ports: withNodePorts(wanted.spec.ports ?? [], live.spec.ports ?? []),
    },
  };
  const same =
    isDeepStrictEqual(repaired.metadata, live.metadata) &&
    isDeepStrictEqual(repaired.spec.selector, live.spec.selector) &&
    repaired.spec.type === live.spec.type &&
    repaired.spec.trafficDistribution === live.spec.trafficDistribution &&
    isDeepStrictEqual(comparablePorts(repaired), comparablePorts(live));
  return same ? undefined : repaired;
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
