import { SluiceError } from '../domain/errors.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { equalJson } from './json-patch.ts';
import {
  addTo,
  childOf,
  containerOf,
  refused,
  removeFrom,
  replaceIn,
  rewrite,
} from './patch-places.ts';
import type { PatchStep } from './patch-operations.ts';

/** Raised by a `test` operation that does not hold: the whole patch is then left out, without an error. */
export class PatchTestFailed extends Error {
  override readonly name = 'PatchTestFailed';
}

/**
 * Applies a JSON patch the way the API server does (evanphx/json-patch v4, not the letter of RFC 6902): `replace` of a
 * missing member adds it, an index may count from the end, a path may lack its leading slash, `copy` of a missing
 * member gives null, null equals an empty object or list, and an operation is not looked at before its turn.
 * @returns the patched value; the argument is left as it was
 * @throws PatchTestFailed when a `test` does not hold; SluiceError SLUICE_EVALUATION, in the API server's words, when an
 *   operation cannot be applied
 */
export function applyJsonPatch(document: Json, patch: readonly PatchStep[]): Json {
  let result = document;
  for (const step of patch) result = applyStep(result, step);
  return result;
}

function applyStep(document: Json, step: PatchStep): Json {
  const { op, path } = step;
  switch (op) {
    case 'add':
      return rewrite(
        document,
        path,
        `add operation does not apply: doc is missing path: "${path}"`,
        (container, key) =>
          addTo(container, key, step.value ?? null, `error in add for path: '${path}'`),
      );
    case 'replace':
      return replace(document, step);
    case 'remove':
      return rewrite(
        document,
        path,
        `remove operation does not apply: doc is missing path: "${path}"`,
        (container, key) => removeFrom(container, key, `error in remove for path: '${path}'`),
      );
    case 'test':
      test(document, step);
      return document;
    case 'move':
      return move(document, step);
    case 'copy':
      return copy(document, step);
    default:
      throw new SluiceError('SLUICE_EVALUATION', `JSON Patch: Unexpected kind: ${op}`);
  }
}

function replace(document: Json, { path, value = null }: PatchStep): Json {
  if (path === '') {
    if (isJsonObject(value) || isJsonArray(value)) return value;
    throw new SluiceError(
      'SLUICE_EVALUATION',
      'JSON Patch: replace operation value must be object or array: %!w(<nil>)',
    );
  }
  const missing = `replace operation does not apply: doc is missing path: ${path}`;
  return rewrite(document, path, missing, (container, key) =>
    replaceIn(
      container,
      key,
      value,
      `replace operation does not apply: doc is missing key: ${path}`,
    ),
  );
}

function test(document: Json, { path, value }: PatchStep): void {
  const isHeld = path === '' ? holds(document, value) : testMember(document, path, value);
  if (!isHeld) throw new PatchTestFailed(`testing value ${path} failed`);
}

function testMember(document: Json, path: string, value: Json | undefined): boolean {
  const place = containerOf(document, path);
  if (place === undefined) throw refused(`test operation does not apply: is missing path: ${path}`);
  const child = childOf(place.container, place.key, `error in test for path: '${path}'`);
  // What is null or missing is only ever found equal to no value at all.
  if (child === undefined || child === null) return value === undefined;
  return value !== undefined && holds(child, value);
}

function holds(found: Json, value: Json | undefined): boolean {
  if (isJsonObject(found) || isJsonArray(found)) {
    const isEmpty = (isJsonArray(found) ? found : Object.keys(found)).length === 0;
    return equalJson(found, value) || (isEmpty && value === null);
  }
  return equalJson(found, value);
}

function source(
  document: Json,
  { op, from }: PatchStep,
): NonNullable<ReturnType<typeof containerOf>> {
  if (from === undefined || from === '') {
    throw refused(`${op} operation failed to decode from: operation, missing from field`);
  }
  const place = containerOf(document, from);
  if (place !== undefined) return place;
  throw refused(`${op} operation does not apply: doc is missing from path: ${from}`);
}

const missingDestination = ({ op, path }: PatchStep): string =>
  `${op} operation does not apply: doc is missing destination path: ${path}`;

function move(document: Json, step: PatchStep): Json {
  const { from = '', path } = step;
  const { container, key } = source(document, step);
  const problem = `error in move for path: '${key}'`;
  const value = childOf(container, key, problem) ?? null;
  const without = rewrite(document, from, '', (parent, name) => removeFrom(parent, name, problem));
  return rewrite(without, path, missingDestination(step), (parent, name) =>
    addTo(parent, name, value, `error in move for path: '${path}'`),
  );
}

function copy(document: Json, step: PatchStep): Json {
  const { from = '', path } = step;
  const { container, key } = source(document, step);
  const value = childOf(container, key, `error in copy for from: '${from}'`) ?? null;
  return rewrite(document, path, missingDestination(step), (parent, name) =>
    addTo(parent, name, value, 'error while adding value during copy'),
  );
}
