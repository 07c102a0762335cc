import type { Json } from '../../lib/lossless-json.ts';
import { applyJsonPatch as applyOperations } from '../../policy/apply-json-patch.ts';
import { patchOperations, type PatchStep } from '../../policy/patch-operations.ts';
import { ApiError, badRequest } from './api-error.ts';
import { cloneJson, isFields, type Fields } from './json.ts';

const OPERATION_LIMIT = 10_000;

/**
 * Applies a JSON patch as kube-apiserver does. `document` is not changed.
 * @throws ApiError 400 when the patch is no list, 413 when it is too long, 422 when an operation is unknown or does not apply
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  }
  if (patch.length > OPERATION_LIMIT) {
    const text = `The allowed maximum operations in a JSON patch is ${OPERATION_LIMIT}, got ${patch.length}`;
    throw new ApiError(413, 'RequestEntityTooLarge', text);
  }
  const operations = (patch as unknown[]).map(inRoot);
  try {
    const read = patchOperations(operations as Json).map(withoutNull);
    const patched = applyOperations({ document: document as Json }, read);
    return cloneJson((patched as { document: unknown }).document);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw refused();
  }
}

/** In a patch that comes as JSON, a value that is null is none at all. */
function withoutNull({ value, ...step }: PatchStep): PatchStep {
  return value === undefined || value === null ? step : { ...step, value };
}

/** Kubernetes does not say which operation it was. */
function refused(): ApiError {
  const text = 'the server rejected our request due to an error in our request';
  return new ApiError(422, 'Invalid', text, {});
}

// Operations apply below a root member, so that a patch of the whole document ("") works as well.
function inRoot(operation: unknown): Fields {
  if (!isFields(operation)) throw refused();
  const { path, from } = operation;
  if (typeof path !== 'string') throw refused();
  return {
    ...operation,
    path: `/document${path}`,
    ...(typeof from === 'string' ? { from: `/document${from}` } : {}),
  };
}
