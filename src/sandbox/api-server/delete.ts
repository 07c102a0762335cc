import { conflict, forbidden, invalidOption, notFound } from './api-error.ts';
import { CLEANUP_FINALIZER } from './builtin/custom-resource-definition.ts';
import { rfc3339 } from '../../domain/clock.ts';
import { at, fieldsOf, listOf, textOf, type Fields } from './json.ts';
import { asServed, type ApiObject, type ApiResource } from './resource.ts';
import type { AdmissionAttributes, ServerContext, WriteRequest } from './server-context.ts';

const NAMESPACES = '/namespaces';
const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';

/** Finalizers that the garbage collector takes away. */
export const ORPHAN_FINALIZER = 'orphan';
export const FOREGROUND_FINALIZER = 'foregroundDeletion';

/** metav1.DeleteOptions, as far as they are obeyed. */
export interface DeletionOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation: 'Foreground' | 'Background' | 'Orphan';
  readonly dryRun: boolean;
  /** As submitted, for webhooks. */
  readonly submitted: Fields;
}

/**
 * Reads DeleteOptions from the body and the query; the body wins.
 * @throws ApiError 422 for a propagation policy that does not exist
 */
export function deletionOptions(body: unknown, query: URLSearchParams): DeletionOptions {
  const fields = fieldsOf(body);
  const stated = textOf(fields['propagationPolicy'] ?? query.get('propagationPolicy'));
  const orphans = fields['orphanDependents'] ?? query.get('orphanDependents') === 'true';
  const propagation = stated === '' ? (orphans === true ? 'Orphan' : 'Background') : stated;
  if (!isPropagation(propagation)) {
    throw invalidOption('DeleteOptions', 'propagationPolicy', {
      value: stated,
      supported: ['Foreground', 'Background', 'Orphan', 'nil'],
    });
  }
  const uid = at(fields, 'preconditions', 'uid');
  const resourceVersion = at(fields, 'preconditions', 'resourceVersion');
  const isDryRun = [...listOf(fields['dryRun']), ...query.getAll('dryRun')].includes('All');
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    propagation,
    dryRun: isDryRun,
    submitted: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...withoutType(fields) },
  };
}

function isPropagation(text: string): text is DeletionOptions['propagation'] {
  return text === 'Foreground' || text === 'Background' || text === 'Orphan';
}

function withoutType(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([key]) => key !== 'kind' && key !== 'apiVersion'),
  );
}

/** What became of a deletion. */
export interface Deletion {
  readonly object: ApiObject;
  /** False while finalizers hold it. */
  readonly gone: boolean;
}

const PROTECTED_NAMESPACES = ['default', 'kube-system', 'kube-public'];

/**
 * Deletes an object, or marks it as being deleted while finalizers hold it.
 * @throws ApiError 404, 409 when a precondition fails, 403, or what a webhook said
 */
export async function deleteObject(
  context: ServerContext,
  request: WriteRequest,
  options: DeletionOptions,
): Promise<Deletion> {
  const { resource, namespace, name } = request;
  for (;;) {
    const stored = context.store.get(resource.storageKey, namespace, name);
    if (stored === undefined) throw notFound(resource, name);
    checkPreconditions(resource, stored, options);
    if (resource.storageKey === NAMESPACES && PROTECTED_NAMESPACES.includes(name)) {
      throw forbidden(resource, name, 'this namespace may not be deleted');
    }
    const attributes = deleteAttributes(request, stored, options);
    await context.admission.mutate(attributes);
    await context.admission.validate(attributes);
    if (context.store.get(resource.storageKey, namespace, name) !== stored) continue;
    return finish(context, request, { stored, options });
  }
}

function deleteAttributes(
  request: WriteRequest,
  stored: ApiObject,
  options: DeletionOptions,
): AdmissionAttributes {
  const { resource, namespace, name, user, signal, warnings } = request;
  return {
    operation: 'DELETE',
    resource,
    subresource: '',
    kind: resource,
    name,
    namespace,
    object: null,
    oldObject: asServed(resource, stored),
    user,
    dryRun: options.dryRun,
    options: options.submitted,
    signal,
    warn: (text) => {
      warnings.push(text);
    },
  };
}

function checkPreconditions(
  resource: ApiResource,
  stored: ApiObject,
  { uid, resourceVersion }: DeletionOptions,
): void {
  const { metadata } = stored;
  // Kubernetes names the kind here, not the resource.
  const subject = { group: '', plural: resource.kind, kind: resource.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid ?? ''}). The object might have been deleted and then recreated`;
    throw conflict(subject, metadata.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ''}). The object might have been modified`;
    throw conflict(subject, metadata.name, why);
  }
}

function finish(
  { store, clock }: ServerContext,
  { resource }: WriteRequest,
  { stored, options }: { stored: ApiObject; options: DeletionOptions },
): Deletion {
  const { storageKey } = resource;
  const finalizers = finalizersFor(resource, stored, options.propagation);
  if (finalizers.length === 0 && storageKey !== NAMESPACES) {
    const object = options.dryRun ? stored : store.remove(storageKey, stored);
    return { object: asServed(resource, object), gone: true };
  }
  const marked = markDeleted(resource, stored, { finalizers, now: clock.now() });
  const isSame =
    stored.metadata.deletionTimestamp !== undefined &&
    finalizers.length === (stored.metadata.finalizers ?? []).length;
  const object = options.dryRun || isSame ? marked : store.put(storageKey, marked);
  return { object: asServed(resource, object), gone: false };
}

/** The object as one that is being deleted and is held by these finalizers. */
function markDeleted(
  { storageKey }: ApiResource,
  stored: ApiObject,
  { finalizers, now }: { finalizers: readonly string[]; now: number },
): ApiObject {
  const metadata = { ...stored.metadata };
  if (finalizers.length > 0) metadata.finalizers = [...finalizers];
  else delete metadata.finalizers;
  if (metadata.deletionTimestamp === undefined) {
    metadata.deletionTimestamp = rfc3339(now);
    if (storageKey !== NAMESPACES) Object.assign(metadata, { deletionGracePeriodSeconds: 0 });
    if (metadata.generation !== undefined) metadata.generation += 1;
  }
  if (storageKey !== NAMESPACES) return { ...stored, metadata };
  const status = { ...fieldsOf(stored['status']), phase: 'Terminating' };
  return { ...stored, metadata, status };
}

/** The object's finalizers with the one that stands for the propagation policy. */
function finalizersFor(
  resource: ApiResource,
  stored: ApiObject,
  propagation: DeletionOptions['propagation'],
): string[] {
  const kept = (stored.metadata.finalizers ?? []).filter(
    (entry) => entry !== ORPHAN_FINALIZER && entry !== FOREGROUND_FINALIZER,
  );
  const others =
    resource.storageKey === DEFINITIONS ? [...new Set([...kept, CLEANUP_FINALIZER])] : kept;
  if (propagation === 'Orphan') return [...others, ORPHAN_FINALIZER];
  if (propagation === 'Foreground') return [...others, FOREGROUND_FINALIZER];
  return others;
}

/** The Status that a finished deletion answers with. */
export function deletedStatus(resource: ApiResource, object: ApiObject): Fields {
  const { name, uid } = object.metadata;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name,
      ...(resource.group === '' ? {} : { group: resource.group }),
      kind: resource.plural,
      ...(uid === undefined ? {} : { uid }),
    },
  };
}
