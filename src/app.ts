import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ReviewHandler } from './admission/review-handler.ts';
import { createCaches } from './app/caches.ts';
import { startController } from './app/controller-role.ts';
import { installDefinitions, type DefinitionsOptions } from './app/definitions.ts';
import { createEngine } from './app/engine.ts';
import { startGates } from './app/gates-role.ts';
import { outboundClient } from './app/outbound.ts';
import { leaseKey } from './app/lease-key.ts';
import type { Parts } from './app/parts.ts';
import { assertKnownProvider } from './app/providers.ts';
import { keepSchemas } from './app/schemas.ts';
import { createStopList } from './app/stop-list.ts';
import { startWebhook } from './app/webhook-role.ts';
import { loadConfig } from './config/load-config.ts';
import type { Config } from './config/options.ts';
import { processEnvironment } from './config/process-environment.ts';
import { sleep, systemClock, type Clock } from './domain/clock.ts';
import { SluiceError } from './domain/errors.ts';
import type { Logger } from './domain/logger.ts';
import type { OutboundClient, Transport } from './domain/transport.ts';
import type { GateDoor } from './http/gates/gate-door.ts';
import { createHttpServer } from './http/http-server.ts';
import { createAccessReviewer } from './kube/access-reviewer.ts';
import { connectCluster } from './kube/connect.ts';
import { createObjectClient } from './kube/object-client.ts';
import type { MaybePromise } from './lib/maybe-promise.ts';
import { createHealth, type HealthReport } from './telemetry/health.ts';
import { createLogger } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';

/** What tests and the sandbox put in place of the machine. */
export interface AppOverrides {
  /** To the API server; absent: as the configuration says. */
  readonly transport?: Transport;
  readonly clock?: Clock;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  readonly logger?: Logger;
  /** Carries hooks and metric queries. */
  readonly outbound?: OutboundClient;
  /** Whether to open ports; without, reviews come by `review`. Default true. */
  readonly listen?: boolean;
}

/** A process of Sluice. */
export interface App {
  /**
   * Starts every role. Resolves when ports are open and controllers stand for election, which is before it is ready.
   * @throws SluiceError what cannot be started at all; the signal's reason when it aborts first. Call `stop` then, too
   */
  start(signal: AbortSignal): Promise<void>;
  /** Readiness fails first, then reviews, the controller, its Lease, watches and probes end, in this order. */
  stop(): Promise<void>;
  ready(): HealthReport;
  /** Resolves when it is ready; rejects with the signal's reason. */
  whenReady(signal: AbortSignal): Promise<void>;
  /** The ports that it listens on. */
  readonly ports: { readonly http?: number; readonly webhook?: number };
  /** Answers an admission call-out without a socket. @throws SluiceError SLUICE_NOT_READY before the webhook runs */
  review(path: string, body: string): MaybePromise<{ status: number; body: string }>;
}

const FIELD_MANAGER = 'sluice';
const POLL_MS = 20;
/** The longest that one part may take to end: a reconcile in hand, above all. */
const STOP_LIMIT_MS = 20_000;

/**
 * The composition root: puts the parts of a process together for its roles; nothing else wires.
 * @throws SluiceError SLUICE_CONFIG for a configuration that names what does not exist
 */
export function createApp(config: Config, overrides: AppOverrides = {}): App {
  if (config.roles.includes('controller')) assertKnownProvider(config.meshProvider);
  return new Process(config, overrides);
}

class Process implements App {
  readonly #config: Config;
  readonly #overrides: AppOverrides;
  readonly #shared: Pick<Parts, 'clock' | 'random' | 'logger' | 'health' | 'metrics' | 'stops'>;
  readonly #life = new AbortController();
  readonly #ports: { http?: number; webhook?: number } = {};
  #handler: ReviewHandler | undefined;
  #gates: GateDoor | undefined;

  constructor(config: Config, overrides: AppOverrides) {
    const clock = overrides.clock ?? systemClock;
    const logger = overrides.logger ?? createLogger({ level: config.logLevel });
    this.#config = config;
    this.#overrides = overrides;
    this.#shared = {
      clock,
      random: overrides.random ?? machineRandom,
      logger,
      health: createHealth(),
      metrics: createMetrics({ process: overrides.listen !== false }),
      stops: createStopList(clock, logger, STOP_LIMIT_MS),
    };
  }

  get ports(): { readonly http?: number; readonly webhook?: number } {
    return this.#ports;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { roles } = this.#config;
    const { logger, metrics } = this.#shared;
    const starting = AbortSignal.any([signal, this.#life.signal]);
    describeProcess(metrics, this.#config);
    if (this.#listens) await this.#openProbes();
    const parts = await this.#assemble();
    starting.throwIfAborted();
    void parts.caches.announce(this.#life.signal);
    if (roles.includes('controller')) startController(parts);
    if (roles.includes('gates')) this.#gates = await startGates(parts);
    if (roles.includes('webhook')) {
      const { port, handler } = await startWebhook(parts, starting);
      this.#handler = handler;
      if (port !== undefined) this.#ports.webhook = port;
    }
    logger.info({ roles, ...this.#ports }, 'started');
    void this.whenReady(this.#life.signal).then(
      () => {
        logger.info({}, 'ready');
      },
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    const { health, logger, stops } = this.#shared;
    health.drain();
    this.#life.abort(new SluiceError('SLUICE_DEADLINE', 'the process ends'));
    logger.info({}, 'stopping');
    await stops.run();
    logger.info({}, 'stopped');
  }

  ready(): HealthReport {
    return this.#shared.health.ready();
  }

  async whenReady(signal: AbortSignal): Promise<void> {
    const { clock, health } = this.#shared;
    while (!health.ready().ok) await sleep(clock, POLL_MS, signal);
  }

  review(path: string, body: string): MaybePromise<{ status: number; body: string }> {
    if (this.#handler !== undefined) return this.#handler(path, body);
    throw new SluiceError('SLUICE_NOT_READY', 'the webhook does not run yet', { retryable: true });
  }

  get #listens(): boolean {
    return this.#overrides.listen !== false;
  }

  /** First of all, so that a starting process is seen to live and to be unready. */
  async #openProbes(): Promise<void> {
    const { httpPort, bindAddress, roles } = this.#config;
    const gates = roles.includes('gates') ? { gates: () => this.#gates } : {};
    const server = createHttpServer({ ...this.#shared, ...gates });
    this.#ports.http = (await server.listen(httpPort, bindAddress)).port;
    this.#shared.stops.add('probes', () => server.close());
  }

  async #assemble(): Promise<Parts> {
    const { stops, random } = this.#shared;
    const base = { ...this.#shared, config: this.#config };
    const cluster = await this.#reachCluster();
    const client = createObjectClient({
      transport: cluster.transport,
      fieldManager: FIELD_MANAGER,
      logger: base.logger,
    });
    const { transport } = cluster;
    await this.#install({ client, transport, clock: base.clock, logger: base.logger });
    const { freshnessBound } = this.#config;
    const caches = createCaches({ ...base, client, freshnessBound });
    stops.add('watches', () => caches.close());
    const access = createAccessReviewer({ transport, clock: base.clock });
    const schemas = keepSchemas({ ...base, caches, transport }, this.#life.signal);
    const engine = createEngine({ ...base, caches, access, schemas });
    stops.add('policies', () => {
      engine.close();
    });
    return {
      ...base,
      client,
      schemas,
      access,
      caches,
      engine,
      outbound:
        this.#overrides.outbound ?? outboundClient(this.#config, base.clock, cluster.server),
      identity: `${hostname()}_${Math.floor(random() * 2 ** 48).toString(36)}`,
      listens: this.#listens,
    };
  }

  /** Before the first watch, so that no watch starts with an error. */
  async #install(options: Omit<DefinitionsOptions, 'namespace'>): Promise<void> {
    const { roles, installCrds, enableLeaderElection } = this.#config;
    if (!roles.includes('controller') || installCrds === 'off') return;
    const namespace = enableLeaderElection ? leaseKey(this.#config).namespace : undefined;
    await installDefinitions({ ...options, namespace }, this.#life.signal);
  }

  async #reachCluster(): Promise<{ transport: Transport; server: string | undefined }> {
    const { clock, logger, stops } = this.#shared;
    const { transport } = this.#overrides;
    if (transport !== undefined) return { transport, server: undefined };
    const { kubeconfig, context } = this.#config;
    const env = processEnvironment();
    const cluster = await connectCluster({ kubeconfig, context, env, clock, logger });
    stops.add('cluster', () => {
      cluster.close();
    });
    return cluster;
  }
}

function machineRandom(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}

function describeProcess(metrics: Metrics, { meshProvider, roles }: Config): void {
  const file = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  const node = process.versions.node;
  metrics.set('sluice_info', { version, node, roles: roles.join(',') }, 1);
  if (roles.includes('controller')) {
    metrics.set('flagger_info', { version, mesh_provider: meshProvider }, 1);
  }
}

/** What a sandbox gives the product to run in. */
export interface ProductSurroundings {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Absent: the product's own sockets, for the webhook too. */
  readonly outbound?: OutboundClient;
  readonly signal: AbortSignal;
}

/**
 * Runs webhook and controller in a sandbox, and resolves when they are ready. With `outbound` no port is opened, and
 * reviews come by `review`; without, the webhook listens on 127.0.0.1 with TLS.
 */
export async function startProduct(surroundings: ProductSurroundings): Promise<{
  review(path: string, body: string): Promise<{ status: number; body: string }>;
  stop(): Promise<void>;
}> {
  const { signal, ...overrides } = surroundings;
  const listen = overrides.outbound === undefined;
  const app = createApp(sandboxConfig(listen), { ...overrides, listen });
  try {
    await app.start(signal);
    await app.whenReady(signal);
  } catch (error) {
    await app.stop();
    throw error;
  }
  return {
    review: (path, body) => Promise.resolve(app.review(path, body)),
    stop: () => app.stop(),
  };
}

function sandboxConfig(listen: boolean): Config {
  return loadConfig({
    environment: {},
    flags: {
      enableLeaderElection: 'false',
      installCrds: 'off',
      minInterval: '100ms',
      allowOutbound: '127.0.0.1',
      bindAddress: '127.0.0.1',
      httpPort: '0',
      webhookPort: '0',
      webhookUrl: listen ? 'https://127.0.0.1:0' : 'https://sluice.invalid',
      drainDelay: '0s',
    },
  });
}
