import type { Clock } from '../../domain/clock.ts';
import type { UserInfo } from '../../domain/decision.ts';
import { silentLogger, type Logger } from '../../domain/logger.ts';
import type { Transport, TransportRequest, TransportResponse } from '../../domain/transport.ts';
import { allowAll, type Authorize } from './authorize.ts';
import { webhookAdmission } from './admission/webhook-admission.ts';
import { Background } from './background.ts';
import { builtinResources, firstObjects } from './builtin/kinds.ts';
import { celEngine } from './cel/cel-engine.ts';
import { resourcesOfDefinition } from './custom-resource.ts';
import { answerRequest } from './in-process.ts';
import type { Interceptor } from './interceptor.ts';
import { openListener, type OpenListener } from './listener.ts';
import { prepareNewMetadata } from './object-metadata.ts';
import { randomUuid } from './random-text.ts';
import { ResourceRegistry } from './registry.ts';
import type { ServerContext } from './server-context.ts';
import { Store } from './store.ts';
import type { WebhookCaller } from './webhook-caller.ts';

export interface ApiServerOptions {
  readonly clock: Clock;
  /** Uniform in [0, 1); makes uids, generated names and the length of watches. */
  readonly random: () => number;
  readonly logger?: Logger;
  /** Carries admission call-outs. */
  readonly callWebhook: WebhookCaller;
  /** Who the bearer tokens of the listener belong to. A request without token is the sandbox admin's. */
  readonly users?: readonly { readonly token: string; readonly user: UserInfo }[];
  /** Who may do what; everybody may do everything when absent. Access reviews ask it too. */
  readonly authorize?: Authorize;
  /** Stands around every request: the seam for faults. */
  readonly intercept?: Interceptor;
  /** Events that a watch may resume over; older resource versions are gone (410). Default 10,000. */
  readonly historyLimit?: number;
  /** How often a watch that allows them gets a bookmark, milliseconds. Default 60,000. */
  readonly bookmarkIntervalMs?: number;
}

/** Where the server listens for kubectl: plain HTTP on 127.0.0.1. */
export interface ApiListener {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** An in-memory Kubernetes API server (docs/reference/sandbox-api.md says which part of one). */
export interface SandboxApiServer {
  /** Direct calls as this user: no socket, no timer but the clock's. */
  transport(user: UserInfo): Transport;
  /** Serves HTTP/1.1; another port is taken when this one is taken. Port 0: any. */
  listen(options: { port: number }): Promise<ApiListener>;
  /** Ends watches, listeners and background work. */
  close(): Promise<void>;
}

/** Who the sandbox's own user is: what a request without a token, and the kubeconfig, stand for. */
export const SANDBOX_ADMIN: UserInfo = {
  username: 'sandbox-admin',
  groups: ['system:masters', 'system:authenticated'],
};

const HISTORY_LIMIT = 10_000;
const BOOKMARK_MS = 60_000;

/** Makes an empty API server with the namespaces that every cluster has. */
export function createApiServer(options: ApiServerOptions): SandboxApiServer {
  const closing = new AbortController();
  const context = serverContext(options, closing.signal);
  serveDefinitions(context);
  new Background(context);
  createFirstObjects(context);
  const { intercept } = options;
  const answer = (request: TransportRequest, user: UserInfo): Promise<TransportResponse> => {
    const next = (changed = request): Promise<TransportResponse> =>
      answerRequest(context, changed, user);
    return intercept === undefined ? next() : intercept(request, user, next);
  };
  const users = new Map((options.users ?? []).map(({ token, user }) => [token, user]));
  const listeners = new Set<OpenListener>();
  return {
    transport: (user) => (request) => answer(request, user),
    listen: async ({ port }) => {
      const userOf = (token: string): UserInfo | undefined =>
        token === '' ? SANDBOX_ADMIN : users.get(token);
      const listener = await openListener({ answer, userOf, logger: context.logger }, { port });
      listeners.add(listener);
      return listener;
    },
    close: async () => {
      closing.abort(new Error('the API server is closing'));
      await Promise.all([...listeners].map((listener) => listener.close()));
    },
  };
}

function serverContext(options: ApiServerOptions, closed: AbortSignal): ServerContext {
  const { clock, random, callWebhook, logger = silentLogger } = options;
  const engine = celEngine();
  const base = {
    store: new Store(options.historyLimit ?? HISTORY_LIMIT),
    registry: new ResourceRegistry(builtinResources(engine)),
    engine,
    clock,
    random,
    logger,
    bookmarkIntervalMs: options.bookmarkIntervalMs ?? BOOKMARK_MS,
    authorize: options.authorize ?? allowAll,
    userOfToken: (token: string) => options.users?.find((entry) => entry.token === token)?.user,
    closed,
  };
  return { ...base, admission: webhookAdmission({ ...base, callWebhook }) };
}

/** Serves what each stored CustomResourceDefinition defines, at once. */
function serveDefinitions({ store, registry, engine }: ServerContext): void {
  store.subscribe('apiextensions.k8s.io/customresourcedefinitions', ({ type, object }) => {
    const served = type === 'DELETED' ? [] : resourcesOfDefinition(object, engine);
    registry.setCustom(object.metadata.name, served);
  });
}

function createFirstObjects({ store, registry, clock, random }: ServerContext): void {
  for (const { storageKey, object: first } of firstObjects()) {
    const { name, ...type } = first;
    const object = { ...type, metadata: { name } };
    const strategy = registry.ofStorage(storageKey)?.strategy;
    strategy?.decode(object);
    strategy?.prepareForCreate(object, { now: clock.now(), allocateClusterIp: () => 'None' });
    prepareNewMetadata(object, {
      now: clock.now(),
      uid: randomUuid(random),
      generation: undefined,
    });
    store.put(storageKey, object);
  }
}
