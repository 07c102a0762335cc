import { CLEANUP_FINALIZER } from './builtin/custom-resource-definition.ts';
import { deleteObject } from './delete.ts';
import { collectorRequest, ignoringAbsence } from './garbage-collector.ts';
import { at, fieldsOf, textOf } from './json.ts';
import type { ApiObject } from './resource.ts';
import type { ServerContext } from './server-context.ts';

const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';

/** Whether ending the object means deleting what it holds: a namespace or a definition that is being deleted. */
export function isTerminating(storageKey: string, object: ApiObject): boolean {
  return (
    (storageKey === '/namespaces' || storageKey === DEFINITIONS) &&
    object.metadata.deletionTimestamp !== undefined
  );
}

/**
 * Deletes what a namespace or definition holds, and the holder itself once it is empty. Called again after every
 * deletion below it.
 * @throws ApiError when a deletion is refused; to be tried again then
 */
export async function terminate(
  context: ServerContext,
  storageKey: string,
  name: string,
): Promise<void> {
  const holder = context.store.get(storageKey, undefined, name);
  if (holder === undefined || !isTerminating(storageKey, holder)) return;
  const content = contentOf(context, storageKey, holder);
  for (const { key, object } of content) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    const request = collectorRequest(context, { storageKey: key, object });
    if (request === undefined) continue;
    const submitted = { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' };
    await ignoringAbsence(
      deleteObject(context, request, { propagation: 'Background', dryRun: false, submitted }),
    );
  }
  const current = context.store.get(storageKey, undefined, name);
  if (current === undefined || contentOf(context, storageKey, current).length > 0) return;
  release(context, storageKey, current);
}

interface Content {
  readonly key: string;
  readonly object: ApiObject;
}

function contentOf({ store }: ServerContext, storageKey: string, holder: ApiObject): Content[] {
  const { name } = holder.metadata;
  if (storageKey === DEFINITIONS) {
    const key = `${textOf(at(holder, 'spec', 'group'))}/${textOf(at(holder, 'spec', 'names', 'plural'))}`;
    return store.list(key).map((object) => ({ key, object }));
  }
  return store
    .storageKeys()
    .flatMap((key) => store.list(key, name).map((object) => ({ key, object })));
}

/** Takes the server's own finalizer away; the holder goes when no other is left. */
function release({ store }: ServerContext, storageKey: string, holder: ApiObject): void {
  const left = (holder.metadata.finalizers ?? []).filter((entry) => entry !== CLEANUP_FINALIZER);
  const metadata = { ...holder.metadata };
  if (left.length > 0) metadata.finalizers = left;
  else delete metadata.finalizers;
  const released: ApiObject = { ...holder, metadata };
  if (storageKey === '/namespaces') {
    released['spec'] = { ...fieldsOf(holder['spec']), finalizers: [] };
  }
  if (left.length === 0) store.remove(storageKey, released);
  else store.put(storageKey, released);
}
