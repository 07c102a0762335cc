import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { createApp, type App, type ProductSurroundings } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { ObjectClient } from '../../src/domain/client.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import type { KubeObject } from '../../src/domain/object.ts';
import { createObjectClient } from '../../src/kube/object-client.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { seededRandom } from '../../src/sandbox/story/seeded-random.ts';
import { reportCrds } from '../support/report-crds.ts';

/** A cluster in memory in which the webhook and the controller run as processes of their own would. */
export interface Stage {
  readonly sandbox: Sandbox;
  /** Writes as the controller does, which nothing keeps from it. */
  readonly executor: ObjectClient;
  /** `host:port` of what Prometheus scrapes, by role. */
  readonly targets: Readonly<Record<'webhook' | 'controller', string>>;
  readonly webhookPort: number;
  /** Takes alerts. */
  readonly chat: string;
  /** Refuses them. */
  readonly brokenChat: string;
  /** Ends the webhook alone, as a crash would. */
  stopWebhook(): Promise<void>;
  close(): Promise<void>;
}

const REQUESTS_PER_SECOND = 40;

/** @throws Error when the product does not become ready */
export async function startStage(signal: AbortSignal): Promise<Stage> {
  const chats = await Promise.all([listen(200), listen(400)]);
  const [chat, brokenChat] = chats.map(urlOf) as [string, string];
  const apps: App[] = [];
  let transport: ProductSurroundings['transport'] | undefined;
  const sandbox = await startSandbox({
    clock: systemClock,
    random: seededRandom('dashboards'),
    logger: silentLogger,
    signal,
    network: 'sockets',
    port: 0,
    requestsPerSecond: REQUESTS_PER_SECOND,
    crds: definitions(),
    startProduct: async (surroundings) => {
      transport = surroundings.transport;
      apps.push(await startRole(surroundings, { roles: 'webhook' }));
      apps.push(await startRole(surroundings, { roles: 'controller', slackUrl: chat }));
      return {
        review: () => Promise.reject(new Error('reviews go over TLS')),
        stop: () => stopAll(apps),
      };
    },
  });
  const [webhook, controller] = apps;
  if (webhook === undefined || controller === undefined || transport === undefined) {
    throw new Error('the product was not started');
  }
  return {
    sandbox,
    executor: createObjectClient({ transport, fieldManager: 'sluice' }),
    targets: { webhook: targetOf(webhook), controller: targetOf(controller) },
    webhookPort: webhook.ports.webhook ?? 0,
    chat,
    brokenChat,
    stopWebhook: () => webhook.stop(),
    close: async () => {
      await sandbox.close();
      for (const server of chats) server.close();
    },
  };
}

async function startRole(
  surroundings: ProductSurroundings,
  flags: Readonly<Record<string, string>>,
): Promise<App> {
  const { signal, ...overrides } = surroundings;
  const config = loadConfig({
    environment: {},
    flags: {
      enableLeaderElection: 'false',
      installCrds: 'off',
      minInterval: '100ms',
      allowOutbound: '127.0.0.1',
      bindAddress: '127.0.0.1',
      httpPort: '0',
      webhookPort: '0',
      webhookUrl: 'https://127.0.0.1:0',
      drainDelay: '0s',
      slackChannel: 'releases',
      ...flags,
    },
  });
  const app = createApp(config, overrides);
  await app.start(signal);
  await app.whenReady(signal);
  return app;
}

async function stopAll(apps: readonly App[]): Promise<void> {
  for (const app of [...apps].reverse()) await app.stop();
}

function targetOf({ ports }: App): string {
  return `127.0.0.1:${ports.http ?? 0}`;
}

function definitions(): KubeObject[] {
  const ours = ['flagger', 'sluice'].flatMap(
    (name) => loadAll(readFileSync(`manifests/crds/${name}.yaml`, 'utf8')) as KubeObject[],
  );
  return [...ours, ...reportCrds('openreports')];
}

/** A chat that answers every alert with this status. */
async function listen(status: number): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
