import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Kubectl } from './kubectl.ts';
import { ADDRESSES } from './network.ts';
import { DISCOVERY_URL } from './pod-runner.ts';
import type { Processes } from './processes.ts';
import { waitFor } from './wait.ts';

export const GATEWAY_URL = `http://${ADDRESSES.gateway}:8000`;
export const PROMETHEUS_URL = `http://${ADDRESSES.prometheus}:9090`;
/** The Gateway that HTTPRoutes name. */
export const GATEWAY = { namespace: 'infra', name: 'gateway' } as const;

const ADMIN_URL = `http://${ADDRESSES.gateway}:8081`;

/** Traefik as Gateway API data plane, with a token of its own. */
export async function startGateway(
  binaries: Binaries,
  processes: Processes,
  cluster: ControlPlane,
  kubectl: Kubectl,
): Promise<void> {
  const { namespace } = GATEWAY;
  await kubectl(['create', 'namespace', namespace]);
  await kubectl(['-n', namespace, 'create', 'serviceaccount', 'traefik']);
  const binding = ['create', 'clusterrolebinding', 'traefik', '--clusterrole=cluster-admin'];
  await kubectl([...binding, `--serviceaccount=${namespace}:traefik`]);
  const token = await kubectl(['-n', namespace, 'create', 'token', 'traefik', '--duration=24h']);
  await applyGateway(cluster);
  const provider = '--providers.kubernetesgateway';
  processes.start('traefik', binaries.traefik, [
    `--entrypoints.web.address=${new URL(GATEWAY_URL).host}`,
    `--entrypoints.traefik.address=${new URL(ADMIN_URL).host}`,
    '--ping',
    '--api.insecure',
    '--log.level=INFO',
    '--global.checknewversion=false',
    '--global.sendanonymoususage=false',
    `${provider}=true`,
    `${provider}.endpoint=${cluster.api.access.server}`,
    `${provider}.token=${token.trim()}`,
    `${provider}.certauthfilepath=${cluster.pki}/ca.crt`,
    `${provider}.statusaddress.ip=${ADDRESSES.gateway}`,
  ]);
  await waitFor('Traefik answers', () => answers(`${ADMIN_URL}/ping`), 30_000);
}

async function applyGateway({ api }: ControlPlane): Promise<void> {
  const group = '/apis/gateway.networking.k8s.io/v1';
  await api.create(`${group}/gatewayclasses`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'traefik' },
    spec: { controllerName: 'traefik.io/gateway-controller' },
  });
  await api.create(`${group}/namespaces/${GATEWAY.namespace}/gateways`, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: GATEWAY.name },
    spec: {
      gatewayClassName: 'traefik',
      listeners: [
        {
          name: 'web',
          port: Number(new URL(GATEWAY_URL).port),
          protocol: 'HTTP',
          allowedRoutes: { namespaces: { from: 'All' } },
        },
      ],
    },
  });
}

/** Prometheus over the pods' own metrics, with the relabelling that Flagger's chart uses. */
export async function startPrometheus(
  binaries: Binaries,
  processes: Processes,
  folder: string,
): Promise<void> {
  const label = '__meta_kubernetes_pod';
  const config = {
    global: { scrape_interval: '2s', scrape_timeout: '2s' },
    scrape_configs: [
      {
        job_name: 'kubernetes-pods',
        http_sd_configs: [{ url: DISCOVERY_URL, refresh_interval: '1s' }],
        relabel_configs: [
          {
            source_labels: [`${label}_annotation_prometheus_io_scrape`],
            action: 'keep',
            regex: 'true',
          },
          {
            source_labels: ['__address__', `${label}_annotation_prometheus_io_port`],
            regex: '([^:]+)(?::\\d+)?;(\\d+)',
            replacement: '$1:$2',
            target_label: '__address__',
          },
          { action: 'labelmap', regex: `${label}_label_(.+)` },
          { source_labels: ['__meta_kubernetes_namespace'], target_label: 'kubernetes_namespace' },
          { source_labels: [`${label}_name`], target_label: 'kubernetes_pod_name' },
        ],
      },
    ],
  };
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  processes.start('prometheus', binaries.prometheus, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=${new URL(PROMETHEUS_URL).host}`,
    '--log.level=warn',
  ]);
  await waitFor('Prometheus answers', () => answers(`${PROMETHEUS_URL}/-/ready`), 30_000);
}

async function answers(url: string): Promise<true | undefined> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.ok ? true : undefined;
}
