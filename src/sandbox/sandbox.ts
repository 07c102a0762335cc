import { createObjectClient } from '../kube/object-client.ts';
import type { ObjectClient } from '../domain/client.ts';
import type { Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { createApiServer, SANDBOX_ADMIN, type SandboxApiServer } from './api-server/api-server.ts';
import { createHttpsWebhookCaller } from './api-server/https-webhook-caller.ts';
import type { WebhookCaller } from './api-server/webhook-caller.ts';
import { createMemoryNetwork } from './memory-network.ts';
import { createSandboxOutbound } from './outbound.ts';
import type { Product, StartProduct } from './product.ts';
import { createSocketNetwork } from './socket-network.ts';
import { startSurroundings, type Surroundings } from './surroundings.ts';

/** Namespace of the product inside the sandbox. */
const SYSTEM_NAMESPACE = 'sluice-system';
const PRODUCT_USER = {
  username: `system:serviceaccount:${SYSTEM_NAMESPACE}:sluice-controller`,
  groups: [
    'system:serviceaccounts',
    `system:serviceaccounts:${SYSTEM_NAMESPACE}`,
    'system:authenticated',
  ],
};
const RUNNER_USER = {
  username: 'system:serviceaccount:kube-system:deployment-controller',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
};

export interface SandboxOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** `sockets`: pods, gateway and webhook listen on 127.0.0.1; `memory`: direct calls, for a virtual clock. */
  readonly network: 'sockets' | 'memory';
  /** Where the API server listens with `sockets`; another port is taken when this one is taken, 0 means any. */
  readonly port: number;
  /** To each host, at the gateway. */
  readonly requestsPerSecond: number;
  /** CustomResourceDefinitions that are there from the start: Flagger's and our own. */
  readonly crds: readonly KubeObject[];
  readonly startProduct: StartProduct;
}

/** A running sandbox. */
export interface Sandbox {
  /** As its admin. */
  readonly client: ObjectClient;
  readonly surroundings: Surroundings;
  /** `http://127.0.0.1:PORT` for kubectl; undefined with `memory`. */
  readonly url: string | undefined;
  /** Ends the product first, then everything around it; leaves nothing behind. */
  close(): Promise<void>;
}

/**
 * Starts the in-memory API server, what stands around the product, and the product itself, in this order.
 * @throws SluiceError when the product does not become ready or the signal aborts
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const sandbox = new RunningSandbox(options);
  try {
    await sandbox.start();
  } catch (error) {
    await sandbox.close();
    throw error;
  }
  return sandbox;
}

class RunningSandbox implements Sandbox {
  readonly client: ObjectClient;
  readonly #options: SandboxOptions;
  readonly #ended = new AbortController();
  readonly #api: SandboxApiServer;
  #surroundings: Surroundings | undefined;
  #product: Product | undefined;
  #url: string | undefined;

  constructor(options: SandboxOptions) {
    this.#options = options;
    const { clock, random, logger } = options;
    const callWebhook: WebhookCaller =
      options.network === 'sockets'
        ? createHttpsWebhookCaller()
        : (target, body, _timeoutMs, signal) => this.#review(target.path, body, signal);
    this.#api = createApiServer({ clock, random, logger, callWebhook });
    this.client = createObjectClient({
      transport: this.#api.transport(SANDBOX_ADMIN),
      fieldManager: 'sandbox',
    });
  }

  get surroundings(): Surroundings {
    if (this.#surroundings === undefined) {
      throw new SluiceError('SLUICE_NOT_READY', 'the sandbox has not been started');
    }
    return this.#surroundings;
  }

  get url(): string | undefined {
    return this.#url;
  }

  async start(): Promise<void> {
    const { clock, random, logger, network, port, requestsPerSecond, crds } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, this.#ended.signal]);
    for (const crd of crds) {
      await this.client.create(RESOURCES.customResourceDefinitions, crd, { signal });
    }
    await this.client.create(RESOURCES.namespaces, namespaceObject(SYSTEM_NAMESPACE), { signal });
    const sandboxNetwork = network === 'sockets' ? createSocketNetwork() : createMemoryNetwork();
    this.#surroundings = await startSurroundings({
      client: createObjectClient({
        transport: this.#api.transport(RUNNER_USER),
        fieldManager: 'workloads',
      }),
      clock,
      random,
      network: sandboxNetwork,
      logger,
      signal,
      requestsPerSecond,
    });
    this.#product = await this.#options.startProduct({
      transport: this.#api.transport(PRODUCT_USER),
      clock,
      random,
      logger,
      ...(network === 'memory' ? { outbound: createSandboxOutbound(sandboxNetwork) } : {}),
      signal,
    });
    if (network === 'sockets') this.#url = (await this.#api.listen({ port })).url;
  }

  async close(): Promise<void> {
    await this.#product?.stop();
    this.#ended.abort(new SluiceError('SLUICE_DEADLINE', 'the sandbox has ended'));
    await this.#surroundings?.close();
    await this.#api.close();
  }

  #review(
    path: string,
    body: string,
    signal: AbortSignal,
  ): Promise<{ status: number; body: string }> {
    const product = this.#product;
    if (product === undefined) {
      return Promise.reject(new SluiceError('SLUICE_NOT_READY', 'no webhook is running'));
    }
    return product.review(path, body, signal);
  }
}

function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}
