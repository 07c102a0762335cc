import type { Clock } from '../../domain/clock.ts';
import type { UserInfo } from '../../domain/decision.ts';
import type { Logger } from '../../domain/logger.ts';
import type { Transport } from '../../domain/transport.ts';
import type { Interceptor } from './interceptor.ts';
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

/** Makes an empty API server with the namespaces that every cluster has. */
export function createApiServer(options: ApiServerOptions): SandboxApiServer {
  throw new Error(`not written yet: ${String(options.historyLimit)}`);
}
