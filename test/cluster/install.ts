import { PROMETHEUS_URL } from './data-plane.ts';
import { waitFor } from './wait.ts';
import type { SuiteContext } from './suite.ts';

export const SYSTEM_NAMESPACE = 'sluice-system';
const MANIFESTS = new URL('../../manifests/', import.meta.url).pathname;

/**
 * `kubectl apply -k manifests`, unchanged, with the cluster's own settings in the ConfigMap that it leaves to the
 * user; then waits for both Deployments and for the webhooks.
 * @param more variables for the ConfigMap
 */
export async function installSluice(
  { kubectl, cluster }: Omit<SuiteContext, 'report'>,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'sluice-config', namespace: SYSTEM_NAMESPACE },
    data: { SLUICE_METRICS_SERVER: PROMETHEUS_URL, SLUICE_LOG_LEVEL: 'debug', ...more },
  };
  await kubectl(['create', 'namespace', SYSTEM_NAMESPACE]);
  await kubectl(['apply', '-f', '-'], JSON.stringify(settings));
  await kubectl(['apply', '--server-side', '--force-conflicts', '-k', MANIFESTS]);
  for (const name of ['sluice-webhook', 'sluice-controller']) {
    const rollout = `deployment/${name}`;
    await kubectl(['-n', SYSTEM_NAMESPACE, 'rollout', 'status', rollout, '--timeout=60s']);
  }
  const group = '/apis/admissionregistration.k8s.io/v1';
  await waitFor(
    'the webhook configuration is registered',
    () => cluster.api.find(`${group}/validatingwebhookconfigurations/sluice`),
    30_000,
  );
}
