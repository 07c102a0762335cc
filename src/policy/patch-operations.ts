import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';

/** One operation of a JSON patch as it was written: its kind may be none that there is. */
export interface PatchStep {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

/**
 * Reads the operations of a JSON patch. As in the API server, a `path` that is missing is empty.
 * @throws TypeError when the value is not a list of operations
 */
export function patchOperations(value: Json): readonly PatchStep[] {
  if (!isJsonArray(value)) throw new TypeError('it is not a list');
  return value.map(stepOf);
}

function stepOf(step: Json): PatchStep {
  if (!isJsonObject(step)) throw new TypeError('an operation is not an object');
  return {
    op: textOf(step, 'op'),
    path: textOf(step, 'path'),
    from: textOf(step, 'from'),
    ...(step['value'] === undefined ? {} : { value: step['value'] }),
  };
}

function textOf(value: Readonly<Record<string, Json>>, key: string): string {
  const text = value[key] ?? '';
  if (typeof text !== 'string') throw new TypeError(`${key} is not a string`);
  return text;
}
