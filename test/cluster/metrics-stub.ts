import { createServer, type Server } from 'node:https';
import { readFileSync } from 'node:fs';
import { ADDRESSES } from './network.ts';
import type { SuiteContext } from './suite.ts';

const PORT = 9095;
const NAMESPACE = 'infra';
const NAME = 'metrics-stub';
const GROUP = 'metrics.k8s.io';

/**
 * Stands in for the metrics server, so that the HorizontalPodAutoscaler controller has something to go by: every pod
 * uses the same processor time.
 * @param usage of one pod, as a quantity such as `500m`
 * @returns ends it
 */
export async function startMetricsStub(
  context: SuiteContext,
  usage: () => string,
): Promise<() => void> {
  const { cluster } = context;
  const { pki, api } = cluster;
  const server = createServer(
    { cert: readFileSync(`${pki}/api.crt`), key: readFileSync(`${pki}/api.key`) },
    (request, response) => {
      void answer(context, request.url ?? '', usage()).then((body) => {
        const status = body === undefined ? 404 : 200;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body ?? {}));
      });
    },
  );
  await listen(server);
  await api.create(`/api/v1/namespaces/${NAMESPACE}/services`, {
    metadata: { name: NAME },
    spec: { ports: [{ port: 443, targetPort: PORT }] },
  });
  await api.create(`/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`, {
    metadata: { name: NAME, labels: { 'kubernetes.io/service-name': NAME } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ADDRESSES.hooks], conditions: { ready: true } }],
    ports: [{ name: '', port: PORT, protocol: 'TCP' }],
  });
  await api.create('/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: `v1beta1.${GROUP}` },
    spec: {
      group: GROUP,
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: NAMESPACE, name: NAME, port: 443 },
    },
  });
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(PORT, ADDRESSES.hooks, resolve));
}

async function answer(
  { cluster: { api } }: SuiteContext,
  url: string,
  cpu: string,
): Promise<object | undefined> {
  const { pathname, searchParams } = new URL(url, 'https://stub');
  if (pathname === `/apis/${GROUP}/v1beta1`) return DISCOVERY;
  const found = /\/namespaces\/([^/]+)\/pods$/.exec(pathname);
  if (found === null) return undefined;
  const selector = searchParams.get('labelSelector') ?? '';
  const query = `labelSelector=${encodeURIComponent(selector)}`;
  const { items } = await api.list(`/api/v1/namespaces/${found[1] ?? ''}/pods?${query}`);
  return {
    kind: 'PodMetricsList',
    apiVersion: `${GROUP}/v1beta1`,
    metadata: {},
    items: items.map(({ metadata }) => ({
      metadata: { name: metadata.name, namespace: metadata.namespace },
      timestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      window: '10s',
      containers: [{ name: 'podinfod', usage: { cpu, memory: '16Mi' } }],
    })),
  };
}

const DISCOVERY = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: `${GROUP}/v1beta1`,
  resources: [
    {
      name: 'pods',
      singularName: '',
      namespaced: true,
      kind: 'PodMetrics',
      verbs: ['get', 'list'],
    },
    {
      name: 'nodes',
      singularName: '',
      namespaced: false,
      kind: 'NodeMetrics',
      verbs: ['get', 'list'],
    },
  ],
};
