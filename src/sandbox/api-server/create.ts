import { alreadyExists, ApiError, forbidden, invalid, notFound } from './api-error.ts';
import { allocateClusterIp } from './cluster-ip.ts';
import { nameFormOf } from './builtin/kinds.ts';
import { decodeObject } from './decode-object.ts';
import { at, cloneJson } from './json.ts';
import { claimChanges, type Claim } from './managed-fields/claim.ts';
import { metadataProblems } from './names.ts';
import { prepareNewMetadata } from './object-metadata.ts';
import { generatedName, randomUuid } from './random-text.ts';
import { asServed, type ApiObject, type ApiResource } from './resource.ts';
import type { AdmissionAttributes, ServerContext, WriteRequest } from './server-context.ts';

/**
 * Creates an object.
 * @param body the submitted object, owned by the call
 * @param claim notes who owns which fields
 * @returns the object as it is served
 * @throws ApiError as kube-apiserver words it
 */
export async function createObject(
  context: ServerContext,
  request: WriteRequest,
  body: unknown,
  claim: Claim = claimChanges,
): Promise<ApiObject> {
  const { resource } = request;
  const submitted = decodeObject(body, request);
  const { name, resourceVersion } = submitted.metadata;
  if (resourceVersion !== undefined && resourceVersion !== '') {
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  }
  checkNamespace(context, { ...request, name });
  claim(submitted, undefined, { request, now: context.clock.now() });
  const attributes = createAttributes(request, submitted);
  const mutated = (await context.admission.mutate(attributes)) ?? submitted;
  const object = prepare(context, request, mutated);
  checkNew(resource, object);
  await context.admission.validate({ ...attributes, object: asServed(resource, object) });
  if (context.store.get(resource.storageKey, request.namespace, object.metadata.name)) {
    throw alreadyExists(resource, object.metadata.name);
  }
  // A namespace that was deleted while webhooks were asked takes nothing new.
  checkNamespace(context, { ...request, name });
  if (request.dryRun) return asServed(resource, object);
  return asServed(resource, context.store.put(resource.storageKey, object));
}

function createAttributes(request: WriteRequest, object: ApiObject): AdmissionAttributes {
  const { resource, namespace, user, dryRun, signal, fieldManager, warnings } = request;
  return {
    operation: 'CREATE',
    resource,
    subresource: '',
    kind: resource,
    name: object.metadata.name,
    namespace,
    object,
    oldObject: null,
    user,
    dryRun,
    options: {
      kind: 'CreateOptions',
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun ? { dryRun: ['All'] } : {}),
      ...(fieldManager === '' ? {} : { fieldManager }),
    },
    signal,
    warn: (text) => {
      warnings.push(text);
    },
  };
}

/** The namespace must exist and take new objects. */
function checkNamespace(context: ServerContext, request: WriteRequest): void {
  const { resource, namespace, name } = request;
  if (!resource.namespaced || namespace === undefined) return;
  const found = context.store.get('/namespaces', undefined, namespace);
  const subject = { group: '', plural: 'namespaces', kind: 'Namespace' };
  if (found === undefined) throw notFound(subject, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(resource, name, why, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}

function prepare(context: ServerContext, request: WriteRequest, served: ApiObject): ApiObject {
  const { resource } = request;
  const { store, clock, random } = context;
  const stored = cloneJson(resource.conversion?.toStored(served) ?? served);
  const { metadata } = stored;
  const base = metadata.generateName ?? '';
  if (metadata.name === '' && base !== '') metadata.name = generatedName(base, random);
  const now = clock.now();
  resource.strategy.decode(stored);
  resource.strategy.prepareForCreate(stored, {
    now,
    allocateClusterIp: () => allocateClusterIp(store),
  });
  const counts = resource.strategy.generationOf !== undefined;
  prepareNewMetadata(stored, { now, uid: randomUuid(random), generation: counts ? 1 : undefined });
  return stored;
}

function checkNew(resource: ApiResource, object: ApiObject): void {
  const causes = [
    ...metadataProblems(object, nameFormOf(resource)),
    ...resource.strategy.validate(object, undefined),
  ];
  if (causes.length > 0) throw invalid(resource, object.metadata.name || nameless(object), causes);
}

function nameless(object: ApiObject): string {
  const base = at(object, 'metadata', 'generateName');
  return typeof base === 'string' ? base : '';
}
