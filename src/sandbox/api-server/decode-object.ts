import { badRequest, invalidField, type ApiError, invalid } from './api-error.ts';
import { decodeTyped } from './builtin/decode-typed.ts';
import { at, isFields, textOf, type Fields } from './json.ts';
import { decodeMetadata } from './object-metadata.ts';
import { groupVersionOf, type ApiObject, type ApiResource } from './resource.ts';
import type { WriteRequest } from './server-context.ts';

/**
 * Reads a submitted object: type, metadata, namespace, unknown fields, defaults. The body becomes the object and must
 * not be used again.
 * @param patch text of the patch that led to it; unknown fields are then reported as Kubernetes does for a patch
 * @returns the object as its version serves it
 * @throws ApiError 400 or, for an unknown field of a patch, 422
 */
export function decodeObject(body: unknown, request: WriteRequest, patch?: string): ApiObject {
  const { resource } = request;
  if (!isFields(body)) {
    throw unrecognized(resource, "couldn't get version/kind; the body is not a JSON object");
  }
  checkType(body, resource);
  const unknown = resource.builtin ? decodeTyped(body, resource.schema, resource) : [];
  unknown.push(...decodeMetadata(body));
  const object = body as ApiObject;
  placeInNamespace(object, request);
  const stored = resource.conversion?.toStored(object) ?? object;
  unknown.push(...resource.strategy.decode(stored));
  if (unknown.length > 0) reportUnknown(unknown, request, patch);
  return resource.conversion?.toServed(stored) ?? stored;
}

function checkType(body: Fields, resource: ApiResource): void {
  const apiVersion = groupVersionOf(resource);
  if (resource.builtin) {
    body['apiVersion'] ??= apiVersion;
    body['kind'] ??= resource.kind;
  }
  if (textOf(body['kind']) === '') {
    throw unrecognized(resource, "Object 'Kind' is missing in the request body");
  }
  if (body['apiVersion'] !== apiVersion) {
    throw badRequest(
      `the API version in the data (${textOf(body['apiVersion'])}) does not match the expected API version (${apiVersion})`,
    );
  }
  if (body['kind'] === resource.kind) return;
  if (resource.builtin) {
    throw badRequest(
      `${textOf(body['kind'])} in version "${resource.version}" cannot be handled as a ${resource.kind}: the kinds differ`,
    );
  }
  const kind = textOf(body['kind']);
  const subject = { ...resource, kind };
  const name = textOf(at(body, 'metadata', 'name'));
  throw invalid(subject, name, [invalidField('kind', kind, `must be ${resource.kind}`)]);
}

function unrecognized({ kind }: ApiResource, why: string): ApiError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
}

function placeInNamespace(object: ApiObject, { resource, namespace }: WriteRequest): void {
  const { metadata } = object;
  const stated = metadata.namespace ?? '';
  if (!resource.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (stated !== '' && stated !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
  if (namespace !== undefined) metadata.namespace = namespace;
}

function reportUnknown(
  unknown: readonly string[],
  request: WriteRequest,
  patch: string | undefined,
): void {
  const texts = unknown.map((path) => `unknown field "${path}"`);
  if (request.fieldValidation === 'Warn') request.warnings.push(...texts);
  if (request.fieldValidation === 'Strict') throw strictError(texts.join(', '), request, patch);
}

function strictError(texts: string, request: WriteRequest, patch: string | undefined): ApiError {
  const { kind, version } = request.resource;
  const text = `strict decoding error: ${texts}`;
  if (patch === undefined) {
    return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${text}`);
  }
  const subject = { group: '', plural: '', kind: '' };
  return invalid(subject, '', [invalidField('patch', patch, text)]);
}
