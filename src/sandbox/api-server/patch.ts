import { ApiError, badRequest, unsupportedMediaType } from './api-error.ts';
import { decodeObject } from './decode-object.ts';
import { isFields, cloneJson } from './json.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import type { ApiObject } from './resource.ts';
import type { ServerContext, WriteRequest } from './server-context.ts';
import { applyStrategicMerge } from './strategic-merge.ts';
import { updateObject, type Lens } from './update.ts';

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

/** A patch as it was sent. `contentType` has no parameters. */
export interface SubmittedPatch {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Patches an object, its status or its scale. Without a resourceVersion in the patch it is applied again to whatever
 * the object has become; a concurrent write is never lost and never an error.
 * @throws ApiError 400, 404, 409, 415 or 422
 */
export function patchObject(
  context: ServerContext,
  request: WriteRequest,
  { patch, lens }: { patch: SubmittedPatch; lens?: Lens },
): Promise<ApiObject> {
  const apply = patchFunction(request, patch);
  return updateObject(context, request, {
    demandsVersion: false,
    ...(lens === undefined ? {} : { lens }),
    apply: (current) => {
      if (lens !== undefined) {
        const part = apply(lens.of(current));
        if (!isFields(part) || !isFields(part['metadata'])) {
          throw badRequest('the patch leaves no object');
        }
        return lens.into(current, part as ApiObject);
      }
      // Decoding changes what it is given, and a patch shares its parts with the current object.
      return decodeObject(cloneJson(apply(current)), request, patch.text);
    },
  });
}

function patchFunction(
  { resource }: WriteRequest,
  { contentType, text }: SubmittedPatch,
): (current: unknown) => unknown {
  const accepted = [
    JSON_PATCH,
    MERGE_PATCH,
    ...(resource.builtin ? [STRATEGIC_PATCH] : []),
    APPLY_PATCH,
  ];
  if (contentType === STRATEGIC_PATCH && !resource.builtin) throw unsupportedMediaType(accepted);
  if (!accepted.includes(contentType)) {
    throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  const body = parsedPatch(text);
  if (contentType === JSON_PATCH) return (current) => applyJsonPatch(current, body);
  if (!isFields(body)) throw badRequest('error decoding patch: the patch is not a JSON object');
  return contentType === MERGE_PATCH
    ? (current) => applyMergePatch(current, body)
    : (current) => applyStrategicMerge(current, body);
}

function parsedPatch(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest('error decoding patch: invalid JSON');
  }
}
