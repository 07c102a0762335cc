import { rfc3339, type Clock } from '../domain/clock.ts';
import type { ObjectClient } from '../domain/client.ts';
import { isClusterError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { KubeObject, ResourceType } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { GATEWAY_CRDS } from './gateway/gateway-crds.ts';
import { Gateway } from './gateway/gateway.ts';
import { CONTROLLER_NAME } from './gateway/route-status.ts';
import { Load } from './load.ts';
import { createMetricServer } from './metrics/metric-server.ts';
import { SampleStore } from './metrics/sample-store.ts';
import type { SandboxNetwork } from './network.ts';
import { SANDBOX_RESOURCES } from './objects.ts';
import { WorkloadRunner } from './workload/runner.ts';

/** Where the sandbox's Gateway stands. */
export const GATEWAY = { name: 'gateway', namespace: 'infra' } as const;
const GATEWAY_CLASS = 'sandbox';
const GATEWAY_PORT = 8080;
const METRIC_PORT = 9090;

export interface SurroundingsOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly network: SandboxNetwork;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** To each host, at the gateway. */
  readonly requestsPerSecond: number;
}

/** What stands around the product in the sandbox. */
export interface Surroundings {
  /** `host:port` */
  readonly gatewayAddress: string;
  /** `http://host:port` */
  readonly metricServer: string;
  readonly gateway: Gateway;
  readonly load: Load;
  /** Ends pods and listeners; call after the signal has aborted. */
  close(): Promise<void>;
}

/**
 * Starts workloads, gateway, metric server and load on an API server that holds nothing of theirs yet: the Gateway
 * API's definitions, GatewayClass and Gateway are created.
 */
export async function startSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const { client, clock, network, signal } = options;
  const samples = new SampleStore(clock);
  for (const crd of GATEWAY_CRDS) {
    await create(client, RESOURCES.customResourceDefinitions, crd, signal);
  }
  const gateway = new Gateway(options);
  const runner = new WorkloadRunner({ ...options, samples });
  const gatewayListener = await network.listen((request) => gateway.handle(request), {
    port: GATEWAY_PORT,
  });
  const metricListener = await network.listen(createMetricServer(samples, clock), {
    port: METRIC_PORT,
  });
  const gatewayAddress = `${gatewayListener.host}:${gatewayListener.port}`;
  await createGateway(options, gatewayListener);
  await gateway.start();
  await runner.start();
  return {
    gatewayAddress,
    metricServer: `http://${metricListener.host}:${metricListener.port}`,
    gateway,
    load: new Load({ ...options, gateway: gatewayAddress }),
    close: async () => {
      await runner.close();
      await network.close();
    },
  };
}

async function createGateway(
  { client, clock, signal }: SurroundingsOptions,
  { host, port }: { host: string; port: number },
): Promise<void> {
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const { name, namespace } = GATEWAY;
  await create(client, RESOURCES.namespaces, named('v1', 'Namespace', namespace), signal);
  const gatewayClass = {
    ...named(apiVersion, 'GatewayClass', GATEWAY_CLASS),
    spec: { controllerName: CONTROLLER_NAME },
  };
  await create(client, SANDBOX_RESOURCES.gatewayClasses, gatewayClass, signal);
  const listeners = [
    { name: 'web', port, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } },
  ];
  const gateway = {
    ...named(apiVersion, 'Gateway', name, namespace),
    spec: { gatewayClassName: GATEWAY_CLASS, listeners },
  };
  const created = await create(client, RESOURCES.gateways, gateway, signal);
  if (created === undefined) return;
  const conditions = ['Accepted', 'Programmed'].map((type) => ({
    type,
    status: 'True',
    reason: type,
    message: '',
    observedGeneration: created.metadata.generation ?? 1,
    lastTransitionTime: rfc3339(clock.now()),
  }));
  const status = { addresses: [{ type: 'IPAddress', value: host }], conditions };
  await client.replaceStatus(RESOURCES.gateways, { ...created, status }, { signal });
}

function named(apiVersion: string, kind: string, name: string, namespace?: string): KubeObject {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion, kind, metadata };
}

/** @returns the created object; undefined when there is one already */
async function create<T extends KubeObject>(
  client: ObjectClient,
  type: ResourceType,
  object: T,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await client.create(type, object, { signal });
  } catch (error) {
    if (isClusterError(error, 'AlreadyExists')) return undefined;
    throw error;
  }
}
