import type { ObjectClient } from '../domain/client.ts';
import { ClusterError, SluiceError } from '../domain/errors.ts';
import type { OwnerReference } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';

/** The ClusterRole of the webhook, in `manifests/base` and in the chart. */
export const OWNER_NAME = 'sluice-webhook';

/**
 * Finds the object with which the webhook configurations go. No answer: there is none, and they stay.
 * @throws SluiceError SLUICE_MISSING when there was one before: Sluice is being uninstalled, and must not register
 *   again; ClusterError when the API server cannot say
 */
export type ConfigurationOwner = (signal: AbortSignal) => Promise<OwnerReference | undefined>;

const TYPE = RESOURCES.clusterRoles;
/** How an API server says that there is no such object, or that nobody granted a look at it. */
const ABSENT: ReadonlySet<string> = new Set(['Forbidden', 'NotFound']);

/**
 * Makes the configurations belong to the ClusterRole by which they are written. Deleting the role takes away the right
 * to register, and the garbage collector takes away what was registered: no webhook stays that nobody answers. A
 * ClusterRole is the only object of an installation that a cluster-scoped object can belong to and that nothing but an
 * uninstallation deletes.
 */
export function createConfigurationOwner(client: ObjectClient): ConfigurationOwner {
  let isKnown = false;
  return async (signal) => {
    const role = await read(client, signal);
    if (role !== undefined) {
      isKnown = true;
      return role;
    }
    if (!isKnown) return undefined;
    const message = `the ClusterRole ${OWNER_NAME} is gone: Sluice is being uninstalled`;
    throw new SluiceError('SLUICE_MISSING', message, { retryable: true });
  };
}

async function read(
  client: ObjectClient,
  signal: AbortSignal,
): Promise<OwnerReference | undefined> {
  try {
    const role = await client.get(TYPE, { name: OWNER_NAME }, { signal });
    const { uid, deletionTimestamp } = role?.metadata ?? {};
    if (uid === undefined || deletionTimestamp !== undefined) return undefined;
    const apiVersion = `${TYPE.group}/${TYPE.version}`;
    return { apiVersion, kind: TYPE.kind, name: OWNER_NAME, uid };
  } catch (error) {
    if (error instanceof ClusterError && ABSENT.has(error.reason)) return undefined;
    throw error;
  }
}

/** The references with these owners in them: others stay, earlier ones to objects of the same names go. */
export function withOwners(
  references: readonly OwnerReference[] = [],
  owners: readonly OwnerReference[] = [],
): OwnerReference[] {
  const others = references.filter(
    (reference) =>
      !owners.some(({ kind, name }) => kind === reference.kind && name === reference.name),
  );
  return [...others, ...owners];
}
