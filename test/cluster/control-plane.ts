import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api } from './api.ts';
import type { Binaries } from './binaries.ts';
import { ADDRESSES } from './network.ts';
import { createPki } from './pki.ts';
import type { Processes } from './processes.ts';
import { waitFor } from './wait.ts';

/** Where etcd is; without TLS, in the suite's own network namespace. */
export const ETCD = 'http://127.0.0.1:2379';
const SERVER = `https://${ADDRESSES.apiServer}:6443`;

export interface ControlPlane {
  readonly api: Api;
  /** Folder with ca.crt and the client certificates. */
  readonly pki: string;
  /** File with the admin's kubeconfig, for kubectl. */
  readonly kubeconfig: string;
  /** What `/version` says, e.g. `v1.37.2`. */
  readonly version: string;
  /** File with the audit log: writes of what Sluice reviews, with their annotations. */
  readonly auditLog: string;
  startApiServer(): Promise<void>;
}

/**
 * etcd, kube-apiserver and kube-controller-manager, ready for the first request.
 * @param more flags for kube-controller-manager
 */
export async function startControlPlane(
  binaries: Binaries,
  processes: Processes,
  folder: string,
  more: readonly string[] = [],
): Promise<ControlPlane> {
  const pki = join(folder, 'pki');
  mkdirSync(folder, { recursive: true });
  createPki(pki);
  const kubeconfig = join(folder, 'kubeconfig');
  writeKubeconfig(pki, 'admin', kubeconfig);
  const auditLog = join(folder, 'audit.log');
  writeFileSync(auditPolicyFile(auditLog), JSON.stringify(AUDIT_POLICY));
  writeKubeconfig(pki, 'kcm', join(folder, 'kcm.kubeconfig'));
  processes.start('etcd', binaries.etcd, etcdFlags(folder));
  const api = Api.fromFiles(SERVER, pki, 'admin');
  const startApiServer = async (): Promise<void> => {
    processes.start('kube-apiserver', binaries.kubeApiserver, apiServerFlags(pki, auditLog));
    await waitFor('kube-apiserver is ready', () => isReady(api, processes), 60_000);
  };
  await startApiServer();
  processes.start('kube-controller-manager', binaries.kubeControllerManager, [
    ...controllerManagerFlags(pki),
    `--kubeconfig=${join(folder, 'kcm.kubeconfig')}`,
    ...more,
  ]);
  const account = '/api/v1/namespaces/default/serviceaccounts/default';
  await waitFor('the default ServiceAccount exists', () => api.find(account), 60_000);
  const { gitVersion } = JSON.parse(await api.text('/version')) as { gitVersion: string };
  return { api, pki, kubeconfig, version: gitVersion, auditLog, startApiServer };
}

async function isReady(api: Api, processes: Processes): Promise<true | undefined> {
  processes.assertAlive('kube-apiserver');
  return (await api.text('/readyz')) === 'ok' ? true : undefined;
}

function etcdFlags(folder: string): string[] {
  return [
    '--name=suite',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${ETCD}`,
    `--advertise-client-urls=${ETCD}`,
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--initial-advertise-peer-urls=http://127.0.0.1:2380',
    '--initial-cluster=suite=http://127.0.0.1:2380',
    '--log-level=warn',
    '--unsafe-no-fsync',
  ];
}

/** Who writes by hand, and what Sluice reviews: all else is much, and nobody looks at it. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    {
      level: 'Metadata',
      userGroups: ['system:masters', 'vap:writers'],
      verbs: ['create', 'update', 'patch', 'delete'],
      resources: [
        { group: 'apps', resources: ['deployments', 'deployments/scale'] },
        { group: 'flagger.app', resources: ['canaries'] },
        { group: 'gateway.networking.k8s.io', resources: ['httproutes'] },
        { group: '', resources: ['services'] },
      ],
    },
    { level: 'None' },
  ],
};

function auditPolicyFile(auditLog: string): string {
  return auditLog.replace('.log', '-policy.json');
}

/**
 * `--enable-aggregator-routing` makes the API server call webhook services at the addresses of their endpoints, which
 * a cluster without kube-proxy needs.
 */
function apiServerFlags(pki: string, auditLog: string): string[] {
  return [
    `--etcd-servers=${ETCD}`,
    `--bind-address=${ADDRESSES.apiServer}`,
    '--secure-port=6443',
    `--advertise-address=${ADDRESSES.apiServer}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    `--client-ca-file=${pki}/ca.crt`,
    `--tls-cert-file=${pki}/api.crt`,
    `--tls-private-key-file=${pki}/api.key`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    `--kubelet-client-certificate=${pki}/kubelet.crt`,
    `--kubelet-client-key=${pki}/kubelet.key`,
    '--enable-aggregator-routing=true',
    // As on OpenShift: who makes an object belong to another must be allowed to delete it.
    '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
    `--audit-policy-file=${auditPolicyFile(auditLog)}`,
    `--audit-log-path=${auditLog}`,
    '--max-requests-inflight=2000',
    '--max-mutating-requests-inflight=1000',
  ];
}

function controllerManagerFlags(pki: string): string[] {
  return [
    '--leader-elect=false',
    '--secure-port=0',
    `--root-ca-file=${pki}/ca.crt`,
    `--service-account-private-key-file=${pki}/sa.key`,
    '--use-service-account-credentials=true',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ];
}

/** JSON is YAML, so no YAML writer is needed. */
function writeKubeconfig(pki: string, user: string, file: string): void {
  const encoded = (name: string): string => readFileSync(join(pki, name)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'suite',
    clusters: [
      {
        name: 'suite',
        cluster: { server: SERVER, 'certificate-authority-data': encoded('ca.crt') },
      },
    ],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': encoded(`${user}.crt`),
          'client-key-data': encoded(`${user}.key`),
        },
      },
    ],
    contexts: [{ name: 'suite', context: { cluster: 'suite', user } }],
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
}
