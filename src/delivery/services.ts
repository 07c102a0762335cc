import type { CanaryService, ServiceMetadata } from '../domain/canary.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { KubeObject } from '../domain/object.ts';
import { ownerOf, RECONCILE_DISABLED } from './names.ts';
import { repairedService, type Service, type ServicePort } from './service.ts';
import type { GeneratedService, PodTemplate, ServiceContext } from './workload/types.ts';

const SIDECARS: ReadonlySet<string> = new Set(['istio-proxy', 'envoy']);

/** The Services of a Canary whose target has pods, in the order in which Flagger writes them. */
export function servicesOf(
  { canary, names, selector }: ServiceContext,
  template: PodTemplate,
): GeneratedService[] {
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
  const generated = (role: GeneratedService['role'], wanted: Service): GeneratedService => ({
    role,
    wanted,
    repair: (live) => repairedService(live, wanted, canary),
  });
  const primaryValue = `${selector.value}-primary`;
  return [
    generated('canary', build(names.canaryService, selector.value, service.canary)),
    generated('primary', build(names.primaryService, primaryValue, service.primary)),
    generated('apex', build(names.apex, primaryValue, service.apex)),
  ];
}

/** Whether a copy of the Services shows them as they ought to be. */
export function servicesRight(
  live: ObjectCache<KubeObject>,
  generated: readonly GeneratedService[],
): boolean {
  return generated.every(({ wanted, repair }) => {
    const { name, namespace = '' } = wanted.metadata;
    const found = live.get({ namespace, name }) as Service | undefined;
    return found !== undefined && repair(found) === undefined;
  });
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
