import type { JsonPatchOperation } from '../domain/decision.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';

/**
 * Reads the operations of a JSON patch. As in the API server, a `value` or `path` that is missing is null or empty.
 * @throws TypeError when the value is not a list of operations
 */
export function patchOperations(value: Json): readonly JsonPatchOperation[] {
  if (!isJsonArray(value)) throw new TypeError('it is not a list');
  return value.map(operationOf);
}

function operationOf(value: Json): JsonPatchOperation {
  if (!isJsonObject(value)) throw new TypeError('an operation is not an object');
  const { op = '', path = '', from = '' } = value;
  if (typeof path !== 'string' || typeof from !== 'string') {
    throw new TypeError('a path is not a string');
  }
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return { op, path, value: Object.hasOwn(value, 'value') ? (value['value'] ?? null) : null };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return { op, path, from };
    default:
      throw new TypeError('op is not one of add, remove, replace, move, copy, test');
  }
}
