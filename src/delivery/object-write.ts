import type { ObjectClient } from '../domain/client.ts';
import { ClusterError, isClusterError } from '../domain/errors.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../domain/object.ts';

/** One change of one object, decided by pure code and carried out by `writeObjects`. */
export type ObjectWrite =
  | { readonly op: 'create'; readonly type: ResourceType; readonly object: KubeObject }
  /** The whole object, with the resourceVersion that was read. */
  | { readonly op: 'replace'; readonly type: ResourceType; readonly object: KubeObject }
  /** RFC 6902, with a `test` operation for everything that the decision relies on. */
  | {
      readonly op: 'patch';
      readonly type: ResourceType;
      readonly key: ObjectKey;
      readonly body: readonly unknown[];
    }
  | {
      readonly op: 'delete';
      readonly type: ResourceType;
      readonly key: ObjectKey;
      readonly uid?: string;
    };

/**
 * Carries out the writes one after the other.
 * @returns whether something was written
 * @throws ClusterError Conflict when an object is not as it was when the write was decided
 */
export async function writeObjects(
  client: ObjectClient,
  writes: readonly ObjectWrite[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const write of writes) await writeObject(client, write, signal);
  return writes.length > 0;
}

async function writeObject(
  client: ObjectClient,
  write: ObjectWrite,
  signal: AbortSignal,
): Promise<void> {
  const options = { signal };
  switch (write.op) {
    case 'create':
      await client.create(write.type, write.object, options);
      return;
    case 'replace':
      await client.replace(write.type, write.object, options);
      return;
    case 'patch':
      await patch(client, write, options);
      return;
    case 'delete': {
      const { type, key, uid } = write;
      await client.delete(type, key, { ...options, ...(uid === undefined ? {} : { uid }) });
      return;
    }
  }
}

async function patch(
  client: ObjectClient,
  { type, key, body }: Extract<ObjectWrite, { op: 'patch' }>,
  options: { signal: AbortSignal },
): Promise<void> {
  try {
    await client.patch(type, key, { type: 'json', body }, options);
  } catch (error) {
    // How the API server answers a failed `test`: somebody else changed the object first, or deleted it.
    if (!isClusterError(error, 'Invalid') && !isClusterError(error, 'NotFound')) throw error;
    throw new ClusterError('Conflict', `${type.kind} ${key.name} is not as observed`, {
      cause: error,
    });
  }
}
