import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError, type Api } from './api.ts';
import type { ContainerSpec, EnvironmentVariable, Pod } from './pod-container.ts';

/**
 * A container's environment as a kubelet makes it, with the API server's address in place of its service's (no
 * kube-proxy here).
 * @throws Error when a required ConfigMap, Secret or key is absent
 */
export async function environmentOf(
  api: Api,
  pod: Pod,
  container: ContainerSpec,
  address: string,
): Promise<Record<string, string>> {
  const server = new URL(api.access.server);
  const environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    IMAGE: container.image,
    HOSTNAME: pod.metadata.name,
    KUBERNETES_SERVICE_HOST: server.hostname,
    KUBERNETES_SERVICE_PORT: server.port,
  };
  for (const source of container.envFrom ?? []) {
    const [plural, reference] =
      source.secretRef === undefined
        ? (['configmaps', source.configMapRef] as const)
        : (['secrets', source.secretRef] as const);
    if (reference !== undefined) {
      Object.assign(environment, await readKeys(api, pod, plural, reference));
    }
  }
  for (const variable of container.env ?? []) {
    const value = await valueOf(api, pod, variable, address);
    if (value !== undefined) environment[variable.name] = value;
  }
  return environment;
}

async function valueOf(
  api: Api,
  pod: Pod,
  variable: EnvironmentVariable,
  address: string,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (from === undefined) return variable.value ?? '';
  if (from.fieldRef !== undefined) {
    const fields: Record<string, string> = {
      'metadata.name': pod.metadata.name,
      'metadata.namespace': pod.metadata.namespace ?? '',
      'metadata.uid': pod.metadata.uid ?? '',
      'status.podIP': address,
      'spec.serviceAccountName': pod.spec.serviceAccountName ?? 'default',
    };
    return fields[from.fieldRef.fieldPath] ?? '';
  }
  const [plural, reference] =
    from.secretKeyRef === undefined
      ? (['configmaps', from.configMapKeyRef] as const)
      : (['secrets', from.secretKeyRef] as const);
  if (reference === undefined) return undefined;
  const values = await readKeys(api, pod, plural, reference);
  const value = values[reference.key];
  if (value === undefined && reference.optional !== true) {
    throw new Error(`${plural} ${reference.name} has no key ${reference.key}`);
  }
  return value;
}

async function readKeys(
  api: Api,
  pod: Pod,
  plural: 'configmaps' | 'secrets',
  reference: { name: string; optional?: boolean },
): Promise<Record<string, string>> {
  const path = `/api/v1/namespaces/${String(pod.metadata.namespace)}/${plural}/${reference.name}`;
  try {
    const { data } = (await api.get(path)) as { data?: Record<string, string> };
    const decode = (value: string): string =>
      plural === 'secrets' ? Buffer.from(value, 'base64').toString('utf8') : value;
    return Object.fromEntries(
      Object.entries(data ?? {}).map(([key, value]) => [key, decode(value)]),
    );
  } catch (error) {
    if (reference.optional === true && error instanceof ApiError && error.status === 404) return {};
    throw error;
  }
}

const TOKEN_SECONDS = 7200;

/**
 * Writes the projected ServiceAccount volume (a bound token, the authority, the namespace).
 * @returns the folder to mount at /run/secrets/kubernetes.io/serviceaccount
 */
export async function writeServiceAccount(api: Api, pod: Pod, folder: string): Promise<string> {
  const namespace = String(pod.metadata.namespace);
  const account = pod.spec.serviceAccountName ?? 'default';
  const answer = (await api.create(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: TOKEN_SECONDS,
        boundObjectRef: {
          apiVersion: 'v1',
          kind: 'Pod',
          name: pod.metadata.name,
          uid: pod.metadata.uid,
        },
      },
    },
  )) as unknown as { status: { token: string } };
  const target = join(folder, `serviceaccount-${String(pod.metadata.uid)}`);
  mkdirSync(target, { recursive: true, mode: 0o755 });
  writeFileSync(join(target, 'token'), answer.status.token);
  writeFileSync(join(target, 'ca.crt'), api.access.ca);
  writeFileSync(join(target, 'namespace'), namespace);
  return target;
}
