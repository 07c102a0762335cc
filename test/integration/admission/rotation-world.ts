import { request } from 'node:https';
import { createConfigurationOwner } from '../../../src/admission/configuration-owner.ts';
import { createRegistration } from '../../../src/admission/registration.ts';
import { createReviewHandler } from '../../../src/admission/review-handler.ts';
import { createReviewServer } from '../../../src/admission/review-server.ts';
import type { WebhookConfiguration } from '../../../src/admission/webhook-configuration.ts';
import type { ObjectClient } from '../../../src/domain/client.ts';
import { sleep, systemClock, type Clock } from '../../../src/domain/clock.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../../src/sandbox/api-server/api-server.ts';
import { createHttpsWebhookCaller } from '../../../src/sandbox/api-server/https-webhook-caller.ts';
import { staticCache } from '../../../src/policy/static-cache.ts';
import {
  createServingCertificate,
  type ServingCertificate,
} from '../../../src/tls/serving-certificate.ts';
import { bodyOf, countingMetrics, engineOf, reviewOf } from '../../unit/admission/fixture.ts';

const DAY = 86_400_000;
const namespace = 'sluice-system';
const service = { namespace, name: 'sluice-webhook', port: 443 };
export const NAMES = { dnsNames: [`${service.name}.${namespace}.svc`], ipAddresses: [] };
/** Short enough that a test can wait for it, long enough that every replica polls within it. Milliseconds. */
const SETTLE_MS = 600;
const POLL_MS = 40;
const REVIEW = bodyOf(reviewOf('canaries', 'CREATE', { object: {} }));

export type Secret = KubeObject & { type?: string; data?: Record<string, string> };

/** The machine's clock, set to another date: TLS clients verify by the machine's own, so certificates must fit both. */
export class SetClock implements Clock {
  #days: number;
  constructor(days = 0) {
    this.#days = days;
  }

  /** @param days from the machine's own date */
  set(days: number): void {
    this.#days = days;
  }

  now(): number {
    return systemClock.now() + this.#days * DAY;
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  setTimer(callback: () => void, delayMs: number): ReturnType<Clock['setTimer']> {
    return systemClock.setTimer(callback, delayMs);
  }
}

interface Replica {
  readonly port: number;
  readonly clock: SetClock;
  readonly certificate: ServingCertificate;
}

/** Two replicas with real ports behind one in-memory API server that calls them in turn, and clients that never stop. */
export async function rotationWorld(startDay: number) {
  const stop = new AbortController();
  const clock = new SetClock(startDay);
  const replicas: Replica[] = [];
  let turn = 0;
  const next = (): Replica | undefined => replicas[turn++ % replicas.length];
  const api = createApiServer({
    clock,
    random: () => 0.5,
    callWebhook: createHttpsWebhookCaller({ portOf: () => next()?.port }),
  });
  const client = createObjectClient({
    transport: api.transport(SANDBOX_ADMIN),
    fieldManager: 'test',
  });
  const labels = { 'sluice.dev/governed': 'true' };
  for (const metadata of [{ name: namespace }, { name: 'shop', labels }]) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata };
    await client.create(RESOURCES.namespaces, object, { signal: stop.signal });
  }
  const ends = await startReplicas(client, startDay, replicas, stop.signal);
  await untilTrue(async () => (await configuration(client)) !== undefined);
  const load = startLoad(client, replicas, stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await load.ended;
    await Promise.all(ends.map((each) => each()));
    await api.close();
  };
  /** Sets the clocks of the API server and of every replica. */
  const date = (days: number): void => {
    for (const each of [clock, ...replicas.map((replica) => replica.clock)]) each.set(days);
  };
  return { clock, client, replicas, load, end, date, signal: stop.signal };
}

/** The same moment for both, so that they race for the Secret. */
async function startReplicas(
  client: ObjectClient,
  startDay: number,
  replicas: Replica[],
  signal: AbortSignal,
): Promise<(() => Promise<void>)[]> {
  const started = await Promise.all([0, 1].map(() => startReplica(client, startDay, signal)));
  replicas.push(...started);
  return started.map(({ end }) => end);
}

async function startReplica(client: ObjectClient, startDay: number, signal: AbortSignal) {
  const clock = new SetClock(startDay);
  const metrics = countingMetrics();
  const common = { client, clock, logger: silentLogger, metrics, random: Math.random };
  const certificate = createServingCertificate({
    ...common,
    ...NAMES,
    namespace,
    secretName: 'sluice-webhook-tls',
    servingDays: 300,
    pollMs: POLL_MS,
    settleMs: SETTLE_MS,
  });
  await certificate.start(signal);
  const handler = createReviewHandler({ ...common, engine: engineOf(), executorUsernames: [] });
  const server = createReviewServer({ ...common, handler, certificate });
  const port = await server.listen(0, '127.0.0.1');
  const registration = createRegistration({
    ...common,
    certificate,
    policies: staticCache([]),
    bindings: staticCache([]),
    owner: createConfigurationOwner(client),
    probe: () => Promise.resolve(),
    target: { service },
    executorUsernames: [],
    systemNamespace: namespace,
  });
  const running = registration.run(signal);
  const end = async (): Promise<void> => {
    await running;
    await server.close();
  };
  return { port, clock, certificate, end };
}

/** What every client has to trust at this moment. */
async function configuration(client: ObjectClient): Promise<string | undefined> {
  const type = RESOURCES.validatingWebhookConfigurations;
  const { signal } = new AbortController();
  const found = await client.get<WebhookConfiguration>(type, { name: 'sluice' }, { signal });
  const bundle = found?.webhooks[0]?.clientConfig.caBundle;
  return bundle === undefined ? undefined : Buffer.from(bundle, 'base64').toString();
}

interface Load {
  readonly ended: Promise<unknown>;
  /** Reviews through kept-alive connections of the API server, and over connections of their own. */
  readonly counted: { kept: number; fresh: number };
  readonly failures: string[];
}

/** Writers whose writes the API server has reviewed, and clients with a new connection each. */
function startLoad(client: ObjectClient, replicas: readonly Replica[], signal: AbortSignal): Load {
  const counted = { kept: 0, fresh: 0 };
  const failures: string[] = [];
  const loop = async (kind: 'kept' | 'fresh', work: (round: number) => Promise<void>) => {
    for (let round = 0; !signal.aborted; round++) {
      try {
        await work(round);
        counted[kind] += 1;
      } catch (error) {
        failures.push(`${kind}: ${String(error)}`);
      }
      await sleep(systemClock, 2);
    }
  };
  const write = async (): Promise<void> => {
    await client.create(RESOURCES.deployments, deployment(), {
      signal: new AbortController().signal,
      dryRun: true,
    });
  };
  const ask = async (round: number): Promise<void> => {
    const replica = replicas[round % replicas.length];
    await reviewed(replica?.port ?? 0, (await configuration(client)) ?? '');
  };
  const ended = Promise.all([loop('kept', write), loop('kept', write), loop('fresh', ask)]);
  return { ended, counted, failures };
}

function deployment(): KubeObject & { spec: object } {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'web', image: 'example.com/web:1' }] },
      },
    },
  };
}

/** One review over a connection of its own, verified with this bundle. */
function reviewed(port: number, ca: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      agent: false,
      host: '127.0.0.1',
      port,
      ca,
      servername: NAMES.dnsNames[0],
      method: 'POST',
      path: '/validate/fail',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(REVIEW) },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        if (response.statusCode === 200 && text.includes('"allowed":true')) resolve();
        else reject(new Error(`answered ${response.statusCode ?? 0}: ${text}`));
      });
    });
    outgoing.end(REVIEW);
  });
}

/** Waits with pauses, as the in-memory API server leaves no other. */
export async function untilTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(systemClock, 5);
}

/** Long enough for every replica to have looked at the Secret a few times. */
export async function someLooks(): Promise<void> {
  await sleep(systemClock, 5 * POLL_MS);
}
