import { describe } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { connectCluster } from '../../../src/kube/connect.ts';
import { apiServerContract } from './api-server-contract.ts';
import type { ContractServer } from './contract-server.ts';
import { startHookServer } from './hook-server.ts';

/** A kubeconfig whose user may do everything, of an API server that reaches this machine at 127.0.0.1. */
const KUBECONFIG = process.env['CONTRACT_KUBECONFIG'];

async function connect(kubeconfig: string): Promise<ContractServer> {
  const cluster = await connectCluster({
    kubeconfig,
    env: {},
    logger: silentLogger,
    clock: systemClock,
  });
  const hooks = await startHookServer();
  return {
    transport: cluster.transport,
    startWebhook: hooks.startWebhook,
    close: () => {
      cluster.close();
      hooks.close();
      return Promise.resolve();
    },
  };
}

if (KUBECONFIG === undefined || KUBECONFIG === '') {
  describe.skip('API server contract: a real API server (CONTRACT_KUBECONFIG names none)');
} else {
  apiServerContract('a real API server', () => connect(KUBECONFIG));
}
