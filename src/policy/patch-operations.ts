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
  const path = textOf(value, 'path');
  switch (textOf(value, 'op')) {
    case 'add':
      return { op: 'add', path, value: value['value'] ?? null };
    case 'replace':
      return { op: 'replace', path, value: value['value'] ?? null };
    case 'test':
      return { op: 'test', path, value: value['value'] ?? null };
    case 'remove':
      return { op: 'remove', path };
    case 'move':
      return { op: 'move', path, from: textOf(value, 'from') };
    case 'copy':
      return { op: 'copy', path, from: textOf(value, 'from') };
    default:
      throw new TypeError('op is not one of add, remove, replace, move, copy, test');
  }
}

function textOf(value: Readonly<Record<string, Json>>, key: string): string {
  const text = value[key] ?? '';
  if (typeof text !== 'string') throw new TypeError(`${key} is not a string`);
  return text;
}
