import type { OwnerReference } from '../../domain/object.ts';
import { cloneJson } from './json.ts';
import { ApiError } from './api-error.ts';
import {
  deleteObject,
  FOREGROUND_FINALIZER,
  ORPHAN_FINALIZER,
  type DeletionOptions,
} from './delete.ts';
import type { Located, OwnerIndex } from './owner-index.ts';
import type { ApiObject } from './resource.ts';
import type { ServerContext, WriteRequest } from './server-context.ts';
import { updateObject } from './update.ts';

const USER = {
  username: 'system:serviceaccount:kube-system:generic-garbage-collector',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
};

/** What concerns garbage collection after a change; one is worked off after another. */
export type CollectorTask =
  | { readonly type: 'gone'; readonly uid: string }
  | { readonly type: 'changed'; readonly uid: string };

/**
 * Deletes what has lost its owners, and finishes Foreground and Orphan deletions.
 * @throws ApiError when a deletion is refused, by a webhook say; the task is to be tried again then
 */
export async function collect(
  context: ServerContext,
  index: OwnerIndex,
  task: CollectorTask,
): Promise<void> {
  if (task.type === 'gone') {
    for (const dependent of index.dependentsOf(task.uid)) {
      await releaseFrom(context, index, dependent);
    }
    return;
  }
  const located = index.get(task.uid);
  if (located === undefined) return;
  if (located.object.metadata.deletionTimestamp !== undefined) {
    await finishDeletion(context, index, located);
  }
  await releaseFrom(context, index, located);
}

/** Deletes the dependent when none of its owners is left; drops references to owners that are gone. */
async function releaseFrom(
  context: ServerContext,
  index: OwnerIndex,
  dependent: Located,
): Promise<void> {
  const { ownerReferences = [], deletionTimestamp } = dependent.object.metadata;
  const gone = ownerReferences.filter((owner) => !isThere(index, dependent.object, owner));
  if (gone.length === 0) return;
  if (gone.length < ownerReferences.length) {
    await dropReferences(context, dependent, new Set(gone.map(({ uid }) => uid)));
    return;
  }
  if (deletionTimestamp === undefined) await remove(context, dependent, 'Background');
  // A foreground deletion of an owner may wait for what was just marked.
  for (const { uid } of ownerReferences) {
    const owner = index.get(uid);
    if (owner !== undefined) await finishDeletion(context, index, owner);
  }
}

function isThere(index: OwnerIndex, dependent: ApiObject, owner: OwnerReference): boolean {
  const found = index.get(owner.uid)?.object.metadata;
  if (found === undefined) return false;
  return found.namespace === undefined || found.namespace === dependent.metadata.namespace;
}

async function finishDeletion(
  context: ServerContext,
  index: OwnerIndex,
  owner: Located,
): Promise<void> {
  const { metadata } = owner.object;
  const uid = metadata.uid ?? '';
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN_FINALIZER)) {
    for (const dependent of index.dependentsOf(uid)) {
      await dropReferences(context, dependent, new Set([uid]));
    }
    await dropFinalizer(context, owner, ORPHAN_FINALIZER);
  }
  if (!finalizers.includes(FOREGROUND_FINALIZER)) return;
  for (const dependent of index.dependentsOf(uid)) {
    if (dependent.object.metadata.deletionTimestamp === undefined) {
      await remove(context, dependent, 'Foreground');
    }
  }
  const blocking = index
    .dependentsOf(uid)
    .some(({ object }) =>
      object.metadata.ownerReferences?.some(
        (entry) => entry.uid === uid && entry.blockOwnerDeletion === true,
      ),
    );
  if (!blocking) await dropFinalizer(context, owner, FOREGROUND_FINALIZER);
}

async function remove(
  context: ServerContext,
  located: Located,
  propagation: DeletionOptions['propagation'],
): Promise<void> {
  const request = collectorRequest(context, located);
  if (request === undefined) return;
  const { uid } = located.object.metadata;
  await ignoringAbsence(
    deleteObject(context, request, {
      ...(uid === undefined ? {} : { uid }),
      propagation,
      dryRun: false,
      submitted: {
        kind: 'DeleteOptions',
        apiVersion: 'meta.k8s.io/v1',
        propagationPolicy: propagation,
      },
    }),
  );
}

function dropReferences(
  context: ServerContext,
  located: Located,
  uids: ReadonlySet<string>,
): Promise<void> {
  return changeMetadata(context, located, (metadata) => {
    const left = (metadata.ownerReferences ?? []).filter(({ uid }) => !uids.has(uid));
    if (left.length > 0) metadata.ownerReferences = left;
    else delete metadata.ownerReferences;
  });
}

function dropFinalizer(context: ServerContext, located: Located, name: string): Promise<void> {
  return changeMetadata(context, located, (metadata) => {
    const left = (metadata.finalizers ?? []).filter((entry) => entry !== name);
    if (left.length > 0) metadata.finalizers = left;
    else delete metadata.finalizers;
  });
}

async function changeMetadata(
  context: ServerContext,
  located: Located,
  change: (metadata: ApiObject['metadata']) => void,
): Promise<void> {
  const request = collectorRequest(context, located);
  if (request === undefined) return;
  await ignoringAbsence(
    updateObject(context, request, {
      demandsVersion: false,
      apply: (current) => {
        const copy = cloneJson(current);
        change(copy.metadata);
        return copy;
      },
    }),
  );
}

/** A write by the collector; undefined when the object's resource is no longer served. */
export function collectorRequest(
  { registry, closed }: ServerContext,
  { storageKey, object }: Located,
): WriteRequest | undefined {
  const resource = registry.ofStorage(storageKey);
  if (resource === undefined) return undefined;
  return {
    resource,
    namespace: object.metadata.namespace,
    name: object.metadata.name,
    subresource: '',
    user: USER,
    dryRun: false,
    fieldValidation: 'Ignore',
    fieldManager: 'kube-controller-manager',
    userAgent: '',
    force: false,
    signal: closed,
    warnings: [],
  };
}

/** Somebody else may have been faster, or the name belongs to another object by now. */
export async function ignoringAbsence(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return;
    throw error;
  }
}
