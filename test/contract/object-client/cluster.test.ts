import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { connectCluster } from '../../../src/kube/connect.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import type { ContractClient } from './connected.ts';
import { machineryContract } from './machinery-contract.ts';
import { objectClientContract } from './object-client-contract.ts';

/** A kubeconfig whose user may do everything. */
const KUBECONFIG = process.env['CONTRACT_KUBECONFIG'];

async function connect(kubeconfig: string): Promise<ContractClient> {
  const cluster = await connectCluster({
    kubeconfig,
    env: {},
    logger: silentLogger,
    clock: systemClock,
  });
  const client = createObjectClient({ transport: cluster.transport, fieldManager: 'contract' });
  const name = `contract-${randomUUID()}`;
  const signal = AbortSignal.timeout(30_000);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await client.create(RESOURCES.namespaces, namespace, { signal });
  return {
    client,
    namespace: name,
    close: async () => {
      await client.delete(RESOURCES.namespaces, { name }, { signal: AbortSignal.timeout(30_000) });
      cluster.close();
    },
  };
}

if (KUBECONFIG === undefined || KUBECONFIG === '') {
  describe.skip('object client contract: a real API server (CONTRACT_KUBECONFIG names none)');
} else {
  objectClientContract('a real API server', () => connect(KUBECONFIG));
  machineryContract('a real API server', () => connect(KUBECONFIG));
}
