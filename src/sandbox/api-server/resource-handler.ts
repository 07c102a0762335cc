import {
  badRequest,
  invalidOption,
  methodNotAllowed,
  notFound,
  notImplemented,
  unknownResource,
} from './api-error.ts';
import { listAnswer, objectAnswer, objectFormOf, watchLines } from './answer-objects.ts';
import { contentTypeOf, parseBody, type ApiAnswer, type ApiRequest } from './api-request.ts';
import { applyObject } from './apply.ts';
import { createObject } from './create.ts';
import { decodeObject } from './decode-object.ts';
import { deletedStatus, deleteObject, deletionOptions } from './delete.ts';
import { isFields, cloneJson } from './json.ts';
import { asksForWatch, startRevision, tooLargeRevision } from './list-options.ts';
import { listObjects } from './list.ts';
import { APPLY_PATCH, patchObject } from './patch.ts';
import type { RequestTarget } from './request-path.ts';
import { asServed, groupVersionOf, type ApiObject, type ApiResource } from './resource.ts';
import { scaleLens } from './scale.ts';
import { selectionOf, type Selection } from './selection.ts';
import type { ServerContext, WriteRequest } from './server-context.ts';
import { updateObject, type Lens } from './update.ts';
import { watchObjects } from './watch.ts';

type ResourceTarget = Extract<RequestTarget, { type: 'resource' }>;

/** A request to a resource that is served. */
interface Call {
  readonly context: ServerContext;
  readonly request: ApiRequest;
  readonly resource: ApiResource;
  readonly target: ResourceTarget;
  readonly subresource: '' | 'status' | 'scale';
}

/**
 * Answers a request to a stored resource.
 * @throws ApiError
 */
export function handleResource(
  context: ServerContext,
  request: ApiRequest,
  { resource, target }: { resource: ApiResource; target: ResourceTarget },
): Promise<ApiAnswer> | ApiAnswer {
  if (target.namespace !== undefined && !resource.namespaced) throw unknownResource();
  const call = { context, request, resource, target, subresource: subresourceOf(resource, target) };
  if (target.name === undefined) return handleCollection(call);
  if (resource.namespaced && target.namespace === undefined) throw unknownResource();
  return call.subresource === 'scale' ? handleScale(call) : handleOne(call, target.name);
}

// Subresources of Kubernetes that the sandbox knows of and does not serve.
const UNSERVED = new Set([
  'attach',
  'binding',
  'ephemeralcontainers',
  'eviction',
  'exec',
  'finalize',
  'log',
  'portforward',
  'proxy',
  'resize',
  'token',
]);

function subresourceOf(
  resource: ApiResource,
  { subresource }: ResourceTarget,
): Call['subresource'] {
  if (subresource === undefined) return '';
  if (subresource === 'status' && resource.hasStatus) return 'status';
  if (subresource === 'scale' && resource.scale !== undefined) return 'scale';
  const [first = ''] = subresource.split('/');
  if (UNSERVED.has(first)) throw notImplemented(`the subresource ${resource.plural}/${first}`);
  throw unknownResource();
}

function handleCollection(call: Call): Promise<ApiAnswer> | ApiAnswer {
  const { context, request, resource, target } = call;
  switch (request.method) {
    case 'GET': {
      const selection = selectionOf(resource, request.query, { namespace: target.namespace });
      if (asksForWatch(request.query)) return watchAnswer(call, selection);
      const page = listObjects(context.store, selection, request.query);
      return listAnswer(resource, page, wantedForm(call));
    }
    case 'POST':
      return create(call);
    case 'DELETE':
      return deleteCollection(call);
    default:
      throw methodNotAllowed();
  }
}

function handleOne(call: Call, name: string): Promise<ApiAnswer> | ApiAnswer {
  const { context, request, resource, target } = call;
  switch (request.method) {
    case 'GET': {
      const { store } = context;
      const version = request.query.get('resourceVersion') ?? '';
      if (startRevision(version) > store.revision) throw tooLargeRevision(version, store.revision);
      const stored = store.get(resource.storageKey, target.namespace, name);
      if (stored === undefined) throw notFound(resource, name);
      return objectAnswer(resource, asServed(resource, stored), { wanted: wantedForm(call) });
    }
    case 'PUT':
      return replace(call);
    case 'PATCH':
      return patch(call);
    case 'DELETE':
      if (call.subresource !== '') throw methodNotAllowed();
      return deleteOne(call);
    default:
      throw methodNotAllowed();
  }
}

function wantedForm({ request, context }: Call): ReturnType<typeof objectFormOf> {
  return objectFormOf(request, context.clock.now());
}

function watchAnswer(call: Call, selection: Selection): ApiAnswer {
  const { context, request, resource } = call;
  const wanted = wantedForm(call);
  const events = watchObjects(context, selection, request);
  return { status: 200, body: watchLines(resource, events, wanted) };
}

/** The parts of a write that stand in the URL. */
function writeRequest({ request, resource, target, subresource }: Call): WriteRequest {
  const { query, user, signal } = request;
  const dryRun = query.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All' && value !== '')) {
    throw invalidOption(optionsKind(request), 'dryRun', { value: dryRun, supported: ['All'] });
  }
  return {
    resource,
    namespace: target.namespace,
    name: target.name ?? '',
    subresource,
    user,
    dryRun: dryRun.includes('All'),
    fieldValidation: fieldValidationOf(request),
    fieldManager: query.get('fieldManager') ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    force: query.get('force') === 'true',
    signal,
    warnings: request.warnings,
  };
}

function fieldValidationOf(request: ApiRequest): WriteRequest['fieldValidation'] {
  const text = request.query.get('fieldValidation') ?? '';
  if (text === '') return 'Warn';
  if (text === 'Ignore' || text === 'Warn' || text === 'Strict') return text;
  throw invalidOption(optionsKind(request), 'fieldValidation', {
    value: text,
    supported: ['', 'Ignore', 'Strict', 'Warn'],
  });
}

const OPTIONS_KINDS: Readonly<Record<string, string>> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
};

function optionsKind({ method }: ApiRequest): string {
  return OPTIONS_KINDS[method] ?? 'DeleteOptions';
}

async function create(call: Call): Promise<ApiAnswer> {
  const { context, request, resource, target } = call;
  if (resource.namespaced && target.namespace === undefined) throw methodNotAllowed();
  const write = writeRequest(call);
  const object = await createObject(context, write, parseBody(request));
  return objectAnswer(resource, object, {
    status: 201,
    wanted: wantedForm(call),
  });
}

async function replace(call: Call): Promise<ApiAnswer> {
  const { context, request, resource } = call;
  const write = writeRequest(call);
  const wanted = decodeObject(parseBody(request), write);
  const object = await updateObject(context, write, {
    demandsVersion: true,
    apply: () => cloneJson(wanted),
  });
  return objectAnswer(resource, object, { wanted: wantedForm(call) });
}

async function patch(call: Call): Promise<ApiAnswer> {
  const { context, request, resource } = call;
  const write = writeRequest(call);
  const wanted = wantedForm(call);
  const contentType = contentTypeOf(request.headers);
  if (contentType === APPLY_PATCH) {
    const { object, created } = await applyObject(context, write, parseBody(request));
    return objectAnswer(resource, object, { status: created ? 201 : 200, wanted });
  }
  const submitted = { contentType, text: request.text };
  const object = await patchObject(context, write, { patch: submitted });
  return objectAnswer(resource, object, { wanted });
}

async function handleScale(call: Call): Promise<ApiAnswer> {
  const { context, request, resource, target } = call;
  const lens = scaleLens(resource);
  if (lens === undefined) throw unknownResource();
  if (request.method === 'GET') {
    const stored = context.store.get(resource.storageKey, target.namespace, target.name ?? '');
    if (stored === undefined) throw notFound(resource, target.name ?? '');
    return { status: 200, body: lens.of(asServed(resource, stored)) };
  }
  const write = writeRequest(call);
  const object = await writeScale(call, write, lens);
  return { status: 200, body: lens.of(object) };
}

function writeScale(call: Call, write: WriteRequest, lens: Lens): Promise<ApiObject> {
  const { context, request } = call;
  switch (request.method) {
    case 'PUT': {
      const scale = parseBody(request);
      if (!isFields(scale) || !isFields(scale['metadata'])) {
        throw badRequest('the object provided is not a Scale');
      }
      return updateObject(context, write, {
        demandsVersion: false,
        lens,
        apply: (current) => lens.into(current, scale as unknown as ApiObject),
      });
    }
    case 'PATCH': {
      const contentType = contentTypeOf(request.headers);
      return patchObject(context, write, { patch: { contentType, text: request.text }, lens });
    }
    default:
      throw methodNotAllowed();
  }
}

async function deleteOne(call: Call): Promise<ApiAnswer> {
  const { context, request, resource } = call;
  const write = writeRequest(call);
  const options = deletionOptions(parseBody(request), request.query);
  const { object, gone } = await deleteObject(context, write, options);
  return gone
    ? { status: 200, body: deletedStatus(resource, object) }
    : objectAnswer(resource, object, { wanted: wantedForm(call) });
}

async function deleteCollection(call: Call): Promise<ApiAnswer> {
  const { context, request, resource, target } = call;
  if (resource.namespaced && target.namespace === undefined) throw methodNotAllowed();
  const write = writeRequest(call);
  const options = deletionOptions(parseBody(request), request.query);
  const selection = selectionOf(resource, request.query, { namespace: target.namespace });
  const page = listObjects(context.store, selection, request.query);
  const items: ApiObject[] = [];
  for (const { metadata } of page.items) {
    const one = { ...write, name: metadata.name };
    items.push((await deleteObject(context, one, options)).object);
  }
  const metadata = { resourceVersion: String(context.store.revision) };
  const { listKind } = resource;
  const body = { kind: listKind, apiVersion: groupVersionOf(resource), metadata, items };
  return { status: 200, body };
}
