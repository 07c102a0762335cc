import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { Authenticator } from '@kubernetes/client-node/dist/auth.js';
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import type { Clock } from '../domain/clock.ts';
import { ClusterError, SluiceError } from '../domain/errors.ts';
import type { ClusterAccess } from './cluster-access.ts';

/** What one request carries to be let in. */
export interface RequestCredentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** Certificates in PEM; the system's authorities when `ca` is absent. */
export interface TlsMaterial {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface Credentials {
  /**
   * What to send now; tokens and files are read again when they may have changed.
   * @throws ClusterError Unauthorized when they cannot be had
   */
  current(): Promise<RequestCredentials>;
  /** The API server did not accept them: what is remembered is not used again. */
  invalidate(): void;
}

// Files that are replaced by others (cert-manager, kubelet) are looked at so often; as client-go does.
const FILES_FOR_MS = 60_000;

/**
 * The credentials of a user by client-node's authenticators: token file, exec, oidc, gcp, azure. Only the one that the
 * user needs is loaded, as the whole of client-node costs most of a second and 80 MB.
 * @throws SluiceError SLUICE_UNKNOWN_NAME for an auth-provider that is not known
 */
export async function createCredentials(
  { cluster, user }: ClusterAccess,
  clock: Clock,
): Promise<Credentials> {
  const makeAuthenticator = await loadAuthenticator(user);
  const readTls = rememberFor(FILES_FOR_MS, clock, () => readFiles(cluster, user));
  const withInfo = withExecInfo(user, cluster);
  let authenticator = makeAuthenticator?.();
  let pending: Promise<RequestCredentials> | undefined;

  async function make(): Promise<RequestCredentials> {
    // client-node's authenticators want the headers to be there.
    const options: RequestOptions & { headers: Record<string, string> } = { headers: {} };
    try {
      const files = await readTls.get();
      await authenticator?.applyAuthentication(withInfo, options);
      const { cert, key } = options as { cert?: string; key?: string };
      return {
        headers: headersOf(user, options.headers),
        tls: { ca: files.ca, cert: cert ?? files.cert, key: key ?? files.key },
      };
    } catch (error) {
      throw new ClusterError('Unauthorized', `no credentials: ${causeOf(error)}`, { cause: error });
    }
  }

  return {
    current: () => {
      // Requests that come at the same time start one credential plugin, not one each.
      pending ??= make().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    invalidate: () => {
      authenticator = makeAuthenticator?.();
      readTls.forget();
    },
  };
}

const LOADERS: Readonly<Record<string, () => Promise<new () => Authenticator>>> = {
  tokenFile: async () => (await import('@kubernetes/client-node/dist/file_auth.js')).FileAuth,
  exec: async () => (await import('@kubernetes/client-node/dist/exec_auth.js')).ExecAuth,
  gcp: async () =>
    (await import('@kubernetes/client-node/dist/gcp_auth.js')).GoogleCloudPlatformAuth,
  azure: async () => (await import('@kubernetes/client-node/dist/azure_auth.js')).AzureAuth,
  oidc: async () => (await import('@kubernetes/client-node/dist/oidc_auth.js')).OpenIDConnectAuth,
};

async function loadAuthenticator(user: User): Promise<(() => Authenticator) | undefined> {
  const name = authenticatorOf(user);
  if (name === undefined) return undefined;
  const load = LOADERS[name];
  if (load === undefined) {
    throw new SluiceError(
      'SLUICE_UNKNOWN_NAME',
      `auth-provider "${name}" is not known; known: ${Object.keys(LOADERS).join(', ')}`,
    );
  }
  const Class = await load();
  return () => new Class();
}

function authenticatorOf(user: User): string | undefined {
  if (isFields(user.exec)) return 'exec';
  const provider: unknown = user.authProvider;
  if (!isFields(provider)) return undefined;
  const config = isFields(provider['config']) ? provider['config'] : {};
  if (config['exec'] !== undefined) return 'exec';
  if (config['tokenFile'] !== undefined) return 'tokenFile';
  return typeof provider['name'] === 'string' ? provider['name'] : '';
}

/** Plugins read KUBERNETES_EXEC_INFO, which client-node leaves out. */
function withExecInfo(user: User, cluster: Cluster): User {
  const exec: unknown = user.exec;
  if (!isFields(exec)) return user;
  const shared = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    'certificate-authority-data': cluster.caData,
  };
  const info = {
    apiVersion: exec['apiVersion'],
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec['provideClusterInfo'] === true ? { cluster: shared } : {}),
    },
  };
  const own: unknown[] = Array.isArray(exec['env']) ? exec['env'] : [];
  const env = [...own, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
  return { ...user, exec: { ...exec, env } };
}

function headersOf(user: User, made: Record<string, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(made)) headers[name.toLowerCase()] = value.trim();
  // A context without these has null there.
  const { username, password, token, impersonateUser } = user as Partial<
    Record<'username' | 'password' | 'token' | 'impersonateUser', string | null>
  >;
  if (typeof username === 'string' && username !== '') {
    const pair = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
    headers['authorization'] = `Basic ${pair}`;
  }
  if (typeof token === 'string' && token !== '')
    headers['authorization'] = `Bearer ${token.trim()}`;
  if (typeof impersonateUser === 'string') headers['impersonate-user'] = impersonateUser;
  return headers;
}

async function readFiles(cluster: Cluster, user: User): Promise<TlsMaterial> {
  return {
    ca: await pem(cluster.caFile, cluster.caData),
    cert: await pem(user.certFile, user.certData),
    key: await pem(user.keyFile, user.keyData),
  };
}

/** Data in the kubeconfig wins over a file, as in client-go. */
async function pem(file?: string | null, data?: string | null): Promise<string | undefined> {
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (typeof file === 'string' && file !== '') return readFile(file, 'utf8');
  return undefined;
}

function rememberFor<T>(
  ms: number,
  clock: Clock,
  make: () => Promise<T>,
): { get(): Promise<T>; forget(): void } {
  let known: { value: T; at: number } | undefined;
  return {
    get: async () => {
      if (known !== undefined && clock.monotonic() - known.at < ms) return known.value;
      const value = await make();
      known = { value, at: clock.monotonic() };
      return value;
    },
    forget: () => {
      known = undefined;
    },
  };
}

// A plugin's own output may hold a credential: only the system's error codes are repeated.
function causeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : 'the credential plugin or file failed';
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
