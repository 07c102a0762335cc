import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { AppOverrides } from '../../src/app.ts';
import { loadConfig, type FlagTexts } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/options.ts';
import type { ObjectClient } from '../../src/domain/client.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { ClusterError } from '../../src/domain/errors.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import type { KubeObject } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import type { TransportRequest } from '../../src/domain/transport.ts';
import { createObjectClient } from '../../src/kube/object-client.ts';
import {
  createApiServer,
  SANDBOX_ADMIN,
  type SandboxApiServer,
} from '../../src/sandbox/api-server/api-server.ts';
import { createHttpsWebhookCaller } from '../../src/sandbox/api-server/https-webhook-caller.ts';
import type { WebhookCaller } from '../../src/sandbox/api-server/webhook-caller.ts';
import { seededRandom } from '../../src/sandbox/story/seeded-random.ts';

const CONTROLLER = {
  username: 'system:serviceaccount:sluice-system:sluice-controller',
  groups: ['system:serviceaccounts', 'system:authenticated'],
};

/** What a fault does to a request of the app; undefined lets it pass. */
export type Fault = (request: TransportRequest) => ClusterError | undefined;

/** An in-memory API server with an app's view of it. */
export interface AppCluster {
  readonly api: SandboxApiServer;
  /** As admin. */
  readonly client: ObjectClient;
  /** What the app has asked for so far. */
  readonly requests: TransportRequest[];
  /** Stands before each request of the app; undefined ends it. Watches that are open break when one is set. */
  setFault(fault: Fault | undefined): void;
  /** For `createApp`. */
  readonly overrides: AppOverrides & { readonly clock: Clock };
}

/** Everything is away, as when the API server is down. */
export const apiServerAway: Fault = () => new ClusterError('Unreachable', 'ECONNREFUSED');

/** Starts an API server whose namespace `sluice-system` is there already. */
export async function startAppCluster(options: {
  clock: Clock;
  /** Files of manifests/crds that are installed. */
  crds?: readonly string[];
  callWebhook?: WebhookCaller;
}): Promise<AppCluster> {
  const { clock, crds = ['sluice.yaml', 'flagger.yaml'] } = options;
  const random = seededRandom('app');
  const api = createApiServer({
    clock,
    random,
    callWebhook: options.callWebhook ?? createHttpsWebhookCaller(),
  });
  const client = createObjectClient({
    transport: api.transport(SANDBOX_ADMIN),
    fieldManager: 'test',
  });
  const signal = new AbortController().signal;
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'sluice-system' } };
  await client.create(RESOURCES.namespaces, namespace, { signal });
  await installCrds(client, crds);
  const requests: TransportRequest[] = [];
  const transport = api.transport(CONTROLLER);
  let fault: Fault | undefined;
  let breaking = new AbortController();
  return {
    api,
    client,
    requests,
    setFault: (next) => {
      fault = next;
      breaking.abort(new ClusterError('Unreachable', 'ECONNRESET'));
      breaking = new AbortController();
    },
    overrides: {
      clock,
      random,
      logger: silentLogger,
      transport: (request) => {
        requests.push(request);
        const error = fault?.(request);
        if (error !== undefined) return Promise.reject(error);
        const broken = AbortSignal.any([request.signal, breaking.signal]);
        return transport({ ...request, signal: broken });
      },
    },
  };
}

/** Creates the definitions of files in manifests/crds. */
export async function installCrds(client: ObjectClient, files: readonly string[]): Promise<void> {
  const signal = new AbortController().signal;
  for (const file of files) {
    const path = new URL(`../../manifests/crds/${file}`, import.meta.url);
    for (const crd of loadAll(readFileSync(path, 'utf8')) as KubeObject[]) {
      await client.create(RESOURCES.customResourceDefinitions, crd, { signal });
    }
  }
}

/** A configuration from flags alone. */
export function configOf(flags: FlagTexts = {}): Config {
  return loadConfig({
    environment: {},
    flags: {
      bindAddress: '127.0.0.1',
      httpPort: '0',
      webhookPort: '0',
      webhookUrl: 'https://127.0.0.1:0',
      drainDelay: '0s',
      minInterval: '100ms',
      // As in manifests/base, which brings them.
      installCrds: 'off',
      ...flags,
    },
  });
}
