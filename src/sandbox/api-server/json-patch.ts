import { applyPatch } from 'rfc6902';
import { ApiError, badRequest } from './api-error.ts';
import { isFields, cloneJson } from './json.ts';

type Operation = Parameters<typeof applyPatch>[1][number];

const OPERATIONS = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);
const OPERATION_LIMIT = 10_000;

/**
 * Applies a JSON patch (RFC 6902). `document` is not changed.
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
  const root = { document: cloneJson(document) };
  for (const operation of patch as unknown[]) {
    const [failure] = applyPatch(root, [inRoot(operation)]);
    if (failure !== null && failure !== undefined) {
      throw refused();
    }
  }
  return root.document;
}

/** Kubernetes does not say which operation it was. */
function refused(): ApiError {
  const text = 'the server rejected our request due to an error in our request';
  return new ApiError(422, 'Invalid', text, {});
}

// Operations apply below a root member, so that a patch of the whole document ("") works as well.
function inRoot(operation: unknown): Operation {
  if (!isFields(operation) || !OPERATIONS.has(String(operation['op']))) {
    throw refused();
  }
  const { path, from } = operation;
  if (typeof path !== 'string') throw refused();
  return {
    ...operation,
    path: `/document${path}`,
    ...(typeof from === 'string' ? { from: `/document${from}` } : {}),
  } as Operation;
}
