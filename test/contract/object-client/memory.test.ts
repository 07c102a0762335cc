import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectClient } from '../../../src/domain/client.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { connectCluster } from '../../../src/kube/connect.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import {
  createApiServer,
  SANDBOX_ADMIN,
  type SandboxApiServer,
} from '../../../src/sandbox/api-server/api-server.ts';
import { kubeconfig } from '../../../src/sandbox/kubeconfig.ts';
import type { ContractClient } from './connected.ts';
import { machineryContract } from './machinery-contract.ts';
import { objectClientContract } from './object-client-contract.ts';

const NAMESPACE = 'contract';

function makeServer(): SandboxApiServer {
  return createApiServer({
    clock: systemClock,
    random: Math.random,
    callWebhook: () => Promise.reject(new Error('no webhook is registered')),
  });
}

async function withNamespace(client: ObjectClient): Promise<ObjectClient> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  await client.create(RESOURCES.namespaces, namespace, { signal: AbortSignal.timeout(10_000) });
  return client;
}

async function connectDirectly(): Promise<ContractClient> {
  const server = makeServer();
  const transport = server.transport(SANDBOX_ADMIN);
  return {
    client: await withNamespace(createObjectClient({ transport, fieldManager: 'contract' })),
    namespace: NAMESPACE,
    close: () => server.close(),
  };
}

async function connectByKubeconfig(): Promise<ContractClient> {
  const server = makeServer();
  const { url } = await server.listen({ port: 0 });
  const folder = mkdtempSync(join(tmpdir(), 'sluice-contract-'));
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig({ server: url, namespace: NAMESPACE }));
  const cluster = await connectCluster({
    kubeconfig: file,
    env: {},
    logger: silentLogger,
    clock: systemClock,
  });
  const { transport, namespace } = cluster;
  return {
    client: await withNamespace(createObjectClient({ transport, fieldManager: 'contract' })),
    namespace,
    close: async () => {
      cluster.close();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

objectClientContract('in-memory API server, direct calls', connectDirectly);
objectClientContract('in-memory API server, by kubeconfig over HTTP', connectByKubeconfig);
machineryContract('in-memory API server, direct calls', connectDirectly);
