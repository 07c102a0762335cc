import { loadConfig } from '../../config/load-config.ts';
import { processEnvironment } from '../../config/process-environment.ts';
import type { ObjectClient } from '../../domain/client.ts';
import { systemClock } from '../../domain/clock.ts';
import { silentLogger } from '../../domain/logger.ts';

/** The cluster as the caller reaches it. */
export interface CallerCluster {
  readonly client: ObjectClient;
  /** That of the context. */
  readonly namespace: string;
}

/**
 * Works on the cluster of the kubeconfig, as its user.
 * @param options `kubeconfig` and `context` as given
 * @throws SluiceError SLUICE_CONFIG when there is no usable kubeconfig
 */
export async function withCluster<T>(
  options: Readonly<Record<string, unknown>>,
  work: (cluster: CallerCluster) => Promise<T>,
): Promise<T> {
  const { kubeconfig, context } = options as Record<string, string | undefined>;
  const config = loadConfig({ flags: { kubeconfig, context } });
  const [{ connectCluster }, { createObjectClient }] = await Promise.all([
    import('../../kube/connect.ts'),
    import('../../kube/object-client.ts'),
  ]);
  const env = processEnvironment();
  const connection = await connectCluster({
    ...config,
    env,
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    const client = createObjectClient({
      transport: connection.transport,
      fieldManager: 'sluice-cli',
    });
    return await work({ client, namespace: connection.namespace });
  } finally {
    connection.close();
  }
}
