import { existsSync, readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import { SluiceError } from '../domain/errors.ts';
import { readKubeconfigFiles, type NamedEntry } from './kubeconfig-file.ts';

/** Where a cluster is and who we are there, as client-node models both. */
export interface ClusterAccess {
  readonly cluster: Cluster;
  readonly user: User;
  /** The context's namespace, `default` when it names none. */
  readonly namespace: string;
}

/** Variables of a process, as the configuration read them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface AccessOptions {
  /** A kubeconfig file; KUBECONFIG, the ServiceAccount of the Pod, then `~/.kube/config` when absent or empty. */
  readonly kubeconfig?: string;
  /** A context of it; the current one when absent or empty. */
  readonly context?: string;
  readonly env: Environment;
  /** Where a Pod finds its ServiceAccount. */
  readonly serviceAccountFolder?: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Finds out which cluster is meant.
 * @throws SluiceError SLUICE_CONFIG when no configuration is found, or the context or what it refers to is missing
 */
export async function findAccess(options: AccessOptions): Promise<ClusterAccess> {
  const { kubeconfig = '', env, serviceAccountFolder = SERVICE_ACCOUNT } = options;
  if (kubeconfig !== '') return fromFiles([kubeconfig], options);
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return fromFiles(listed, options);
  const inCluster = fromServiceAccount(env, serviceAccountFolder);
  if (inCluster !== undefined) return inCluster;
  const home = env['HOME'] ?? env['USERPROFILE'];
  const file = home === undefined ? undefined : join(home, '.kube', 'config');
  if (file !== undefined && existsSync(file)) return fromFiles([file], options);
  throw new SluiceError(
    'SLUICE_CONFIG',
    'no cluster is configured: give --kubeconfig, set KUBECONFIG, or run in a Pod with a ServiceAccount',
  );
}

async function fromFiles(files: readonly string[], options: AccessOptions): Promise<ClusterAccess> {
  const document = readKubeconfigFiles(files, { skipMissing: files.length > 1 });
  const wanted = options.context ?? '';
  const name = wanted === '' ? document.currentContext : wanted;
  if (name === undefined) {
    throw new SluiceError('SLUICE_CONFIG', 'the kubeconfig has no current context: give --context');
  }
  const { newClusters, newContexts, newUsers } =
    await import('@kubernetes/client-node/dist/config_types.js');
  const context = newContexts([entry(document.contexts, name, 'context')])[0];
  const cluster = newClusters([entry(document.clusters, context?.cluster ?? '', 'cluster')])[0];
  if (context === undefined || cluster === undefined) {
    throw new SluiceError('SLUICE_CONFIG', `kubeconfig context ${name} is not complete`);
  }
  const namespace = context.namespace ?? 'default';
  // A context without a user is anonymous.
  const { user: userName = '' } = context as { user?: string };
  if (userName === '') return { cluster, user: { name: '' }, namespace };
  const user = newUsers([toClientUser(entry(document.users, userName, 'user'))])[0];
  return { cluster, user: user ?? { name: userName }, namespace };
}

function entry(entries: readonly NamedEntry[], name: string, part: string): NamedEntry {
  const found = entries.find((candidate) => candidate.name === name);
  if (found !== undefined && isComplete(found, part)) return found;
  const known = entries.map((candidate) => candidate.name).join(', ') || 'none';
  throw new SluiceError(
    'SLUICE_CONFIG',
    `kubeconfig ${part} "${name}" is missing or not complete; known: ${known}`,
  );
}

function isComplete(found: NamedEntry, part: string): boolean {
  const body = found[part];
  if (typeof body !== 'object' || body === null) return part === 'user';
  const required = { context: 'cluster', cluster: 'server' }[part];
  return required === undefined || typeof (body as Record<string, unknown>)[required] === 'string';
}

/** client-node reads token files as its `tokenFile` provider, and does not know impersonated groups. */
function toClientUser(found: NamedEntry): NamedEntry {
  const user = (found['user'] ?? {}) as Record<string, unknown>;
  for (const field of ['as-uid', 'as-groups', 'as-user-extra']) {
    if (user[field] === undefined) continue;
    throw new SluiceError('SLUICE_UNSUPPORTED', `kubeconfig user "${found.name}": ${field}`);
  }
  const { tokenFile } = user;
  if (typeof tokenFile !== 'string' || tokenFile === '') return { ...found, user };
  const provider = { name: 'tokenFile', config: { tokenFile } };
  return { ...found, user: { ...user, token: undefined, 'auth-provider': provider } };
}

function fromServiceAccount(env: Environment, folder: string): ClusterAccess | undefined {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '';
  const tokenFile = join(folder, 'token');
  if (host === '' || port === '' || !existsSync(tokenFile)) return undefined;
  const namespaceFile = join(folder, 'namespace');
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    cluster: { name: 'in-cluster', server, caFile: join(folder, 'ca.crt'), skipTLSVerify: false },
    user: {
      name: 'in-cluster',
      authProvider: { name: 'tokenFile', config: { tokenFile } },
    },
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'default',
  };
}
