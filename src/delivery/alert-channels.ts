import type { Canary, CanaryAnalysis } from '../domain/canary.ts';
import { ClusterError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { AlertChannel } from './alert-config.ts';
import type { DeliveryDeps } from './config.ts';
import type { AlertSeverity } from './notifier/types.ts';
import { ProblemError, problemOfClusterError } from './problem.ts';

/** `flagger.app/v1beta1` AlertProvider. */
interface AlertProvider extends KubeObject {
  readonly spec: {
    readonly type: string;
    readonly channel?: string;
    readonly username?: string;
    readonly address?: string;
    readonly proxy?: string;
    readonly secretRef?: { readonly name: string };
  };
}

/** What Flagger calls itself in chats that are not told otherwise, and where it speaks. */
const DEFAULT_USERNAME = 'flagger';
const DEFAULT_CHANNEL = 'general';

/** An entry of `spec.analysis.alerts`. */
export type AlertReference = NonNullable<CanaryAnalysis['alerts']>[number];

/** Which severities an entry wants to hear of. Without one it is `info`, as Flagger's documentation promises. */
const WANTED: Readonly<Record<string, readonly AlertSeverity[]>> = {
  warn: ['warn', 'error'],
  error: ['error'],
};

/** The entries of a Canary that an alert of this severity concerns. */
export function concernedBy(canary: Canary, severity: AlertSeverity): AlertReference[] {
  const entries = canary.spec.analysis?.alerts ?? [];
  return entries.filter((entry) => WANTED[entry.severity ?? '']?.includes(severity) ?? true);
}

/** How messages name the AlertProvider of an entry. */
export function providerName(canary: Canary, { providerRef }: AlertReference): string {
  return `AlertProvider ${providerRef.name}.${namespaceOf(canary, { providerRef })}`;
}

function namespaceOf(canary: Canary, { providerRef }: Pick<AlertReference, 'providerRef'>): string {
  const own = canary.metadata.namespace ?? 'default';
  const { namespace = '' } = providerRef;
  return namespace === '' ? own : namespace;
}

/**
 * Finds out where an entry's alerts go, anew each time, so that a changed address counts at once.
 * @throws ProblemError that names what is missing or not allowed, and nothing of what is secret
 */
export async function channelOf(
  deps: Pick<DeliveryDeps, 'client' | 'config'>,
  canary: Canary,
  entry: AlertReference,
  signal: AbortSignal,
): Promise<AlertChannel> {
  const what = providerName(canary, entry);
  const namespace = namespaceOf(canary, entry);
  if (namespace !== (canary.metadata.namespace ?? 'default') && deps.config.noCrossNamespaceRefs) {
    throw problem('CrossNamespaceReference', `${what}: references to other namespaces are off`);
  }
  const key = { namespace, name: entry.providerRef.name };
  const found = await reading(what, () =>
    deps.client.get<AlertProvider>(RESOURCES.alertProviders, key, { signal }),
  );
  if (found === undefined) throw problem('AlertProviderMissing', `${what} not found`);
  const { type, address = '', proxy = '', username = '', channel = '', secretRef } = found.spec;
  const secret =
    secretRef === undefined
      ? { address, token: '' }
      : await secretOf(deps, { namespace, name: secretRef.name }, signal);
  return {
    type,
    proxy,
    ...secret,
    username: username === '' ? DEFAULT_USERNAME : username,
    channel: channel === '' ? DEFAULT_CHANNEL : channel,
  };
}

async function secretOf(
  { client }: Pick<DeliveryDeps, 'client'>,
  { namespace, name }: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<{ address: string; token: string }> {
  const whose = `Secret ${name}.${namespace}`;
  const secret = await reading(whose, () =>
    client.get<KubeObject & { data?: Record<string, string> }>(
      RESOURCES.secrets,
      { namespace, name },
      { signal },
    ),
  );
  if (secret === undefined) throw problem('SecretMissing', `${whose} not found`);
  const { address = '', token = '' } = secret.data ?? {};
  if (address === '') throw problem('SecretIncomplete', `${whose} has no address`);
  return { address: decoded(address), token: decoded(token) };
}

function decoded(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8').trim();
}

async function reading<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const found = problemOfClusterError(error, what);
    throw found === undefined ? error : new ProblemError(found);
  }
}

function problem(reason: string, message: string): ProblemError {
  return new ProblemError({ reason, message });
}
