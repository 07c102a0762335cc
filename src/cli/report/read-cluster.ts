import type { Config } from '../../config/options.ts';
import { processEnvironment } from '../../config/process-environment.ts';
import { systemClock } from '../../domain/clock.ts';
import { silentLogger } from '../../domain/logger.ts';
import { connectCluster } from '../../kube/connect.ts';
import { createObjectClient } from '../../kube/object-client.ts';
import { worldOfCluster } from './from-cluster.ts';
import type { ReportWorld } from './world.ts';

/** Reads the cluster of the kubeconfig. @throws SluiceError, ClusterError when it cannot be reached or read */
export async function readCluster(config: Config, signal: AbortSignal): Promise<ReportWorld> {
  const env = processEnvironment();
  const cluster = await connectCluster({
    ...config,
    env,
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    const client = createObjectClient({ transport: cluster.transport, fieldManager: 'sluice-cli' });
    const source =
      config.context === '' ? 'the cluster' : `the cluster of context ${config.context}`;
    return await worldOfCluster(client, config, { source, signal });
  } finally {
    cluster.close();
  }
}
