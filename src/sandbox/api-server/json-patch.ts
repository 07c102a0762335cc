import { applyPatch } from 'rfc6902';
import { ApiError, badRequest } from './api-error.ts';
import { isFields } from './json.ts';

type Operation = Parameters<typeof applyPatch>[1][number];

const OPERATIONS = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);
const OPERATION_LIMIT = 10_000;

/**
 * Applies a JSON patch (RFC 6902). `document` is not changed.
 * @throws ApiError 400 when the patch is malformed, 413 when it is too long, 422 when an operation does not apply
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal into Go value of type jsonpatch.Patch',
    );
  }
  if (patch.length > OPERATION_LIMIT) {
    const text = `The allowed maximum operations in a JSON patch is ${OPERATION_LIMIT}, got ${patch.length}`;
    throw new ApiError(413, 'RequestEntityTooLarge', text);
  }
  const root = { document: structuredClone(document) };
  for (const operation of patch as unknown[]) {
    const [failure] = applyPatch(root, [inRoot(operation)]);
    if (failure !== null && failure !== undefined) {
      const text = `the server rejected our request due to an error in our request: ${failure.message}`;
      throw new ApiError(422, 'Invalid', text, {});
    }
  }
  return root.document;
}

// Operations apply below a root member, so that a patch of the whole document ("") works as well.
function inRoot(operation: unknown): Operation {
  if (!isFields(operation) || !OPERATIONS.has(String(operation['op']))) {
    throw badRequest('error decoding patch: unknown operation');
  }
  const { path, from } = operation;
  if (typeof path !== 'string') throw badRequest('error decoding patch: missing path');
  return {
    ...operation,
    path: `/document${path}`,
    ...(typeof from === 'string' ? { from: `/document${from}` } : {}),
  } as Operation;
}
