import { badRequest, conflict, invalid, invalidField, notFound } from './api-error.ts';
import { nameFormOf } from './builtin/kinds.ts';
import { allocateClusterIp } from './cluster-ip.ts';
import { sameJson, cloneJson } from './json.ts';
import { claimChanges, type Claim } from './managed-fields/claim.ts';
import { metadataProblems } from './names.ts';
import { keepSystemMetadata, metadataChangeProblems, sameObject } from './object-metadata.ts';
import { asServed, type ApiObject, type ApiResource } from './resource.ts';
import type { AdmissionAttributes, ServerContext, WriteRequest } from './server-context.ts';

/** How an update gets from the current object to the wanted one; both as the request's version serves them. */
export interface Change {
  /** @returns a new object; called again when the object changed meanwhile */
  readonly apply: (current: ApiObject) => ApiObject;
  /** Whether a write without resourceVersion is refused where the resource demands one. */
  readonly demandsVersion: boolean;
  /** Notes who owns what; default: the writer owns what it changes. */
  readonly claim?: Claim;
  /** Set when clients and webhooks see a part of the object under another kind: its Scale. */
  readonly lens?: Lens;
}

/** A view of an object as another kind, and the way back. */
export interface Lens {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  of(object: ApiObject): ApiObject;
  /** @returns a copy of the object with what the part says */
  into(object: ApiObject, part: ApiObject): ApiObject;
}

// A writer that never gets through against others gives up as kube-apiserver does.
const ATTEMPTS = 10;

/**
 * Changes an object or its status.
 * @returns the object as it is served; the last state when the change removed its last finalizer
 * @throws ApiError 404, 409, 422 or what a webhook said
 */
export async function updateObject(
  context: ServerContext,
  request: WriteRequest,
  change: Change,
): Promise<ApiObject> {
  const { resource, namespace, name } = request;
  for (let attempt = 1; ; attempt++) {
    const stored = context.store.get(resource.storageKey, namespace, name);
    if (stored === undefined) throw notFound(resource, name);
    const object = await changed(context, request, { change, stored });
    if (context.store.get(resource.storageKey, namespace, name) === stored) {
      return asServed(resource, write(context, request, { stored, object }));
    }
    if (attempt === ATTEMPTS) throw conflict(resource, name);
  }
}

/** The object that is to be stored, through every check. */
async function changed(
  context: ServerContext,
  request: WriteRequest,
  { change, stored }: { change: Change; stored: ApiObject },
): Promise<ApiObject> {
  const { resource } = request;
  const current = asServed(resource, stored);
  const wanted = change.apply(current);
  checkIdentity(request, wanted, { stored, isPatch: !change.demandsVersion });
  const claim = change.claim ?? claimChanges;
  claim(wanted, current, { request, now: context.clock.now() });
  const attributes = updateAttributes(request, { object: wanted, oldObject: current, change });
  const mutated = mutatedObject(wanted, await context.admission.mutate(attributes), change.lens);
  checkVersion(request, mutated, { stored, demandsVersion: change.demandsVersion });
  const object = prepare(context, request, { mutated, stored });
  const causes = [
    ...metadataProblems(object, nameFormOf(resource)),
    ...metadataChangeProblems(object, stored),
    ...resource.strategy.validate(object, stored),
  ];
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
  const seen = asServed(resource, object);
  const viewed = change.lens === undefined ? seen : change.lens.of(seen);
  await context.admission.validate({ ...attributes, object: viewed });
  return object;
}

function mutatedObject(
  wanted: ApiObject,
  mutated: ApiObject | null,
  lens: Lens | undefined,
): ApiObject {
  if (mutated === null) return wanted;
  return lens === undefined ? mutated : lens.into(wanted, mutated);
}

function updateAttributes(
  request: WriteRequest,
  parts: { object: ApiObject; oldObject: ApiObject; change: Change },
): AdmissionAttributes {
  const { resource, namespace, name, subresource, user, dryRun, signal, fieldManager } = request;
  const { object, oldObject, change } = parts;
  const { lens } = change;
  return {
    operation: 'UPDATE',
    resource,
    subresource,
    kind: lens?.kind ?? resource,
    name,
    namespace,
    object: lens?.of(object) ?? object,
    oldObject: lens?.of(oldObject) ?? oldObject,
    user,
    dryRun,
    options: {
      // Webhooks see UpdateOptions for a patch as well.
      kind: 'UpdateOptions',
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun ? { dryRun: ['All'] } : {}),
      ...(fieldManager === '' ? {} : { fieldManager }),
    },
    signal,
    warn: (text) => {
      request.warnings.push(text);
    },
  };
}

function checkIdentity(
  { resource, name }: WriteRequest,
  wanted: ApiObject,
  { stored, isPatch }: { stored: ApiObject; isPatch: boolean },
): void {
  const stated = wanted.metadata.name;
  if (stated === '') {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (stated !== name) {
    throw badRequest(
      `the name of the object (${stated}) does not match the name on the URL (${name})`,
    );
  }
  const { uid } = wanted.metadata;
  if (uid === undefined || uid === '' || uid === stored.metadata.uid) return;
  if (isPatch) {
    throw invalid(resource, name, [invalidField('metadata.uid', uid, 'field is immutable')]);
  }
  const held = stored.metadata.uid ?? '';
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${held}`;
  throw conflict(resource, name, why);
}

function checkVersion(
  { resource, name }: WriteRequest,
  object: ApiObject,
  { stored, demandsVersion }: { stored: ApiObject; demandsVersion: boolean },
): void {
  const version = object.metadata.resourceVersion ?? '';
  if (version === '') {
    if (!demandsVersion || resource.unconditionalUpdate) return;
    const text = 'must be specified for an update';
    // Kubernetes names the resource here, not the kind.
    const subject = { ...resource, kind: resource.plural };
    throw invalid(subject, name, [invalidField('metadata.resourceVersion', 0, text)]);
  }
  if (version !== stored.metadata.resourceVersion) throw conflict(resource, name);
}

function prepare(
  context: ServerContext,
  request: WriteRequest,
  { mutated, stored }: { mutated: ApiObject; stored: ApiObject },
): ApiObject {
  const { resource } = request;
  const submitted = cloneJson(resource.conversion?.toStored(mutated) ?? mutated);
  const object =
    request.subresource === 'status'
      ? withStatus(resource, stored, submitted)
      : withoutStatus(resource, stored, submitted);
  keepSystemMetadata(object, stored);
  if (request.subresource !== 'status') {
    resource.strategy.decode(object);
    resource.strategy.prepareForUpdate(object, stored, {
      now: context.clock.now(),
      allocateClusterIp: () => allocateClusterIp(context.store),
    });
    countGeneration(resource, object, stored);
  }
  return object;
}

/** The stored object with the submitted status. */
function withStatus(resource: ApiResource, stored: ApiObject, submitted: ApiObject): ApiObject {
  const object = cloneJson(stored);
  if (submitted['status'] === undefined) delete object['status'];
  else object['status'] = submitted['status'];
  if (!resource.builtin) {
    object.metadata = { ...object.metadata, ...managedFieldsOf(submitted) };
    return object;
  }
  // Builtin kinds take annotations and finalizers through their status as well, labels not.
  object.metadata = { ...submitted.metadata };
  if (stored.metadata.labels === undefined) delete object.metadata.labels;
  else object.metadata.labels = stored.metadata.labels;
  return object;
}

function managedFieldsOf({ metadata }: ApiObject): { managedFields?: unknown } {
  const { managedFields } = metadata as { managedFields?: unknown };
  return { managedFields };
}

/** The submitted object with the stored status, where status is a subresource. */
function withoutStatus(resource: ApiResource, stored: ApiObject, submitted: ApiObject): ApiObject {
  if (!resource.hasStatus) return submitted;
  if (stored['status'] === undefined) delete submitted['status'];
  else submitted['status'] = stored['status'];
  return submitted;
}

function countGeneration(resource: ApiResource, object: ApiObject, stored: ApiObject): void {
  const { generationOf } = resource.strategy;
  if (generationOf === undefined) return;
  if (sameJson(generationOf(object), generationOf(stored))) return;
  object.metadata.generation = (stored.metadata.generation ?? 0) + 1;
}

function write(
  { store }: ServerContext,
  { resource, dryRun }: WriteRequest,
  { stored, object }: { stored: ApiObject; object: ApiObject },
): ApiObject {
  // As in Kubernetes, a write that changes nothing is no write: no event, no new resourceVersion.
  if (dryRun || sameObject(object, stored)) return dryRun ? object : stored;
  const isDone =
    object.metadata.deletionTimestamp !== undefined &&
    (object.metadata.finalizers ?? []).length === 0;
  return isDone && !holdsContent(resource, object)
    ? store.remove(resource.storageKey, object)
    : store.put(resource.storageKey, object);
}

/** A namespace goes when its spec.finalizers are gone. */
function holdsContent(resource: ApiResource, object: ApiObject): boolean {
  if (resource.storageKey !== '/namespaces') return false;
  const spec = object['spec'] as { finalizers?: unknown[] } | undefined;
  return (spec?.finalizers ?? []).length > 0;
}
