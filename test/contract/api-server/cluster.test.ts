import { Buffer } from 'node:buffer';
import { describe } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { connectCluster } from '../../../src/kube/connect.ts';
import { apiServerContract } from './api-server-contract.ts';
import type { ContractServer } from './contract-server.ts';
import { startHookServer } from './hook-server.ts';

/** A kubeconfig whose user may do everything, of an API server that reaches this machine at 127.0.0.1. */
const KUBECONFIG = process.env['CONTRACT_KUBECONFIG'];
/** Its etcd, `http://HOST:PORT`, when history may be compacted. */
const ETCD = process.env['CONTRACT_ETCD'];

/** Lets etcd forget everything but the present, through its JSON gateway. */
async function compact(etcd: string): Promise<void> {
  const post = async (path: string, body: object): Promise<{ header: { revision: string } }> => {
    const response = await fetch(`${etcd}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`etcd answered ${response.status}`);
    return (await response.json()) as { header: { revision: string } };
  };
  const { header } = await post('/v3/kv/range', { key: 'AA==' });
  await post('/v3/kv/compaction', { revision: header.revision, physical: true });
}

/** The same place in the list of revision 2, which no cache of the API server holds. */
function aged(token: string): string {
  const value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as object;
  return Buffer.from(JSON.stringify({ ...value, rv: 2 })).toString('base64url');
}

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
    kind: 'kube-apiserver',
    ...(ETCD === undefined ? {} : { forgetHistory: () => compact(ETCD) }),
    aged,
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
