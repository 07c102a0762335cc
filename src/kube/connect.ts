import type { Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { Transport } from '../domain/transport.ts';
import {
  findAccess,
  type AccessOptions,
  type ClusterAccess,
  type Environment,
} from './cluster-access.ts';
import { createCredentials } from './credentials.ts';
import { createHttpTransport } from './transport.ts';

export interface ConnectOptions extends AccessOptions {
  readonly logger: Logger;
  readonly clock: Clock;
  /** `sluice` when absent; shows in the API server's audit log. */
  readonly userAgent?: string;
  /** Time-out of a request that is no watch, milliseconds; 35,000 when absent. */
  readonly requestTimeoutMs?: number;
  /** Connections at a time; 128 when absent. */
  readonly maxSockets?: number;
}

/** A cluster that requests can be sent to. No request has been sent yet. */
export interface ClusterConnection {
  readonly transport: Transport;
  /** Base URL of the API server. */
  readonly server: string;
  /** The namespace of the context or of the Pod. */
  readonly namespace: string;
  /** Ends all connections; requests in flight fail. */
  readonly close: () => void;
}

/**
 * Prepares access to the cluster that the options, the environment or the Pod's ServiceAccount name.
 * @throws SluiceError SLUICE_CONFIG when none is configured or the configuration is not valid; SLUICE_UNSUPPORTED,
 *   SLUICE_UNKNOWN_NAME for what is not known in it
 */
export async function connectCluster(options: ConnectOptions): Promise<ClusterConnection> {
  const { clock, env, logger, userAgent = 'sluice', requestTimeoutMs, maxSockets } = options;
  const access = await findAccess(options);
  const server = serverOf(access);
  const credentials = await createCredentials(access, clock);
  const { tlsServerName = null, skipTLSVerify } = access.cluster as {
    tlsServerName?: string | null;
  } & ClusterAccess['cluster'];
  const proxyEnv = proxyOf(access, server, env);
  const { transport, close } = createHttpTransport({
    server,
    credentials,
    clock,
    userAgent,
    skipTlsVerify: skipTLSVerify,
    ...(tlsServerName === null ? {} : { tlsServerName }),
    ...(proxyEnv === undefined ? {} : { proxyEnv }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(maxSockets === undefined ? {} : { maxSockets }),
  });
  if (skipTLSVerify)
    logger.warn({ server: server.origin }, 'TLS verification of the API server is off');
  logger.debug({ server: server.origin, namespace: access.namespace }, 'cluster configured');
  return { transport, server: access.cluster.server, namespace: access.namespace, close };
}

function serverOf({ cluster }: ClusterAccess): URL {
  const url = URL.parse(cluster.server);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new SluiceError(
    'SLUICE_CONFIG',
    `kubeconfig cluster "${cluster.name}": server is not an http(s) URL`,
  );
}

/** The cluster's own proxy, or that of the environment as client-go takes it: never for this machine itself. */
function proxyOf(
  { cluster }: ClusterAccess,
  server: URL,
  env: Environment,
): Readonly<Record<string, string>> | undefined {
  const own = (cluster as { proxyUrl?: string | null }).proxyUrl ?? '';
  if (own !== '') {
    if (/^https?:\/\//.test(own)) return { HTTP_PROXY: own, HTTPS_PROXY: own };
    throw new SluiceError(
      'SLUICE_UNSUPPORTED',
      'kubeconfig proxy-url: only http and https proxies',
    );
  }
  if (/^(localhost|127\..*|\[::1\])$/.test(server.hostname)) return undefined;
  const proxyEnv: Record<string, string> = {};
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    const value = env[name] ?? env[name.toLowerCase()] ?? '';
    if (value !== '') proxyEnv[name] = value;
  }
  const isSet = proxyEnv['HTTP_PROXY'] !== undefined || proxyEnv['HTTPS_PROXY'] !== undefined;
  return isSet ? proxyEnv : undefined;
}
