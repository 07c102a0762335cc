import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESSES } from './network.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';

/** The Gateway that HTTPRoutes name to be served by Contour. */
export const CONTOUR_GATEWAY = { namespace: 'infra', name: 'contour' } as const;

const PORT = 8100;
/** Envoy listens on the listener's port and this. */
const SHIFT = 8000;
export const CONTOUR_URL = `http://${ADDRESSES.gateway}:${PORT + SHIFT}`;

const XDS = { address: '127.0.0.1', port: '8001' } as const;
/** Kinds that the installed Gateway API does not serve in the version that Contour asks for. */
const ABSENT = ['tlsroutes', 'grpcroutes', 'tcproutes', 'backendtlspolicies'];

/** Contour with Envoy as a second data plane for the Gateway API, beside Traefik: one that mirrors requests. */
export async function startContour(context: SuiteContext): Promise<void> {
  const { binaries, processes, cluster, kubectl, folder } = context;
  if (binaries.contour === undefined) throw new Error('contour was not asked for');
  const { contour, envoy, crds } = binaries.contour;
  await kubectl(['apply', '--server-side', '-f', crds]);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  await applyGateway(context);
  const config = join(folder, 'contour.yaml');
  writeFileSync(config, JSON.stringify({ gateway: { gatewayRef: CONTOUR_GATEWAY } }));
  processes.start('contour', contour, [
    'serve',
    '--insecure',
    '--disable-leader-election',
    `--kubeconfig=${cluster.kubeconfig}`,
    `--config-path=${config}`,
    `--xds-address=${XDS.address}`,
    `--xds-port=${XDS.port}`,
    '--http-port=8003',
    '--health-port=8004',
    '--debug-http-port=6061',
    '--stats-port=8005',
    `--envoy-service-http-address=${ADDRESSES.gateway}`,
    `--envoy-service-https-address=${ADDRESSES.gateway}`,
    `--ingress-status-address=${ADDRESSES.gateway}`,
    ...ABSENT.map((feature) => `--disable-feature=${feature}`),
  ]);
  const bootstrap = join(folder, 'envoy.json');
  const admin = join(folder, 'envoy-admin.sock');
  processes.start('contour-bootstrap', contour, [
    'bootstrap',
    `--admin-address=${admin}`,
    `--xds-address=${XDS.address}`,
    `--xds-port=${XDS.port}`,
    bootstrap,
  ]);
  await waitFor('the configuration of Envoy', () => processes.ended('contour-bootstrap'), 10_000);
  processes.start('envoy', envoy, [
    '-c',
    bootstrap,
    '--service-cluster',
    'suite',
    '--service-node',
    'suite',
    '--log-level',
    'warn',
    '--concurrency',
    '1',
  ]);
  await waitFor('Contour accepts the Gateway', () => programmed(context), 30_000);
}

async function applyGateway({ cluster: { api } }: SuiteContext): Promise<void> {
  const group = '/apis/gateway.networking.k8s.io/v1';
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const { namespace, name } = CONTOUR_GATEWAY;
  await api.create(`${group}/gatewayclasses`, {
    apiVersion,
    kind: 'GatewayClass',
    metadata: { name },
    spec: { controllerName: 'projectcontour.io/gateway-controller' },
  });
  const listener = {
    name: 'web',
    port: PORT,
    protocol: 'HTTP',
    allowedRoutes: { namespaces: { from: 'All' } },
  };
  await api.create(`${group}/namespaces/${namespace}/gateways`, {
    apiVersion,
    kind: 'Gateway',
    metadata: { name },
    spec: { gatewayClassName: name, listeners: [listener] },
  });
}

async function programmed({
  cluster: { api },
  processes,
}: SuiteContext): Promise<true | undefined> {
  processes.assertAlive('contour');
  processes.assertAlive('envoy');
  const { namespace, name } = CONTOUR_GATEWAY;
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/gateways/${name}`;
  const { status } = (await api.get(path)) as { status?: { conditions?: Condition[] } };
  const found = status?.conditions?.find(({ type }) => type === 'Programmed');
  return found?.status === 'True' ? true : undefined;
}

interface Condition {
  readonly type: string;
  readonly status: string;
}
