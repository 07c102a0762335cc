import { SluiceError } from '../domain/errors.ts';
import type { JsonPatchOperation } from '../domain/decision.ts';
import { JsonDouble, isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';

type Members = Record<string, Json>;

/** Raised by a `test` operation that does not hold: the whole patch is then left out, without an error. */
export class PatchTestFailed extends Error {
  override readonly name = 'PatchTestFailed';
}

/**
 * Applies a JSON patch the way the API server does (evanphx/json-patch v4, not the letter of RFC 6902): `replace` of a
 * missing member adds it, an index may count from the end, a path may lack its leading slash, `copy` of a missing
 * member gives null.
 * @returns the patched value; the argument is left as it was
 * @throws PatchTestFailed when a `test` does not hold; SluiceError SLUICE_EVALUATION when an operation cannot be applied
 */
export function applyJsonPatch(document: Json, patch: readonly JsonPatchOperation[]): Json {
  let result = document;
  for (const operation of patch) result = applyOperation(result, operation);
  return result;
}

function applyOperation(document: Json, operation: JsonPatchOperation): Json {
  switch (operation.op) {
    case 'add':
      return edit(document, operation.path, (parent, key) => added(parent, key, operation.value));
    case 'replace':
      return edit(document, operation.path, (parent, key) =>
        replaced(parent, key, operation.value),
      );
    case 'remove':
      return edit(document, operation.path, removed);
    case 'test':
      requireParent(document, operation.path);
      if (!equalJson(valueAt(document, operation.path), operation.value)) {
        throw new PatchTestFailed(`test of ${operation.path} does not hold`);
      }
      return document;
    case 'move': {
      const value = required(document, operation.from);
      const without = edit(document, operation.from, removed);
      return edit(without, operation.path, (parent, key) => added(parent, key, value));
    }
    case 'copy': {
      const value = valueAt(document, operation.from) ?? null;
      return edit(document, operation.path, (parent, key) => added(parent, key, value));
    }
  }
}

/** Rewrites the container that holds the last part of the path, copying only what lies on the way. */
function edit(document: Json, path: string, change: (parent: Json, key: string) => Json): Json {
  const keys = pathKeys(path);
  const descend = (node: Json, depth: number): Json => {
    const key = keys[depth] ?? '';
    if (depth === keys.length - 1) return change(node, key);
    const child = member(node, key);
    if (child === undefined || child === null) throw failed(`${path} has no parent`);
    return withMember(node, key, descend(child, depth + 1));
  };
  if (keys.length === 0) throw failed('the path is empty');
  return descend(document, 0);
}

function pathKeys(path: string): string[] {
  const parts = path.split('/');
  // A path without a leading slash loses its first part, as in evanphx/json-patch.
  return parts.slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function valueAt(document: Json, path: string): Json | undefined {
  let node: Json | undefined = document;
  for (const key of pathKeys(path)) node = member(node, key);
  return node;
}

/** A test below something that is missing cannot be applied; one of a missing member does not hold. */
function requireParent(document: Json, path: string): void {
  let node: Json | undefined = document;
  for (const key of pathKeys(path).slice(0, -1)) node = member(node, key);
  if (!isJsonObject(node) && !isJsonArray(node)) throw failed(`${path} has no parent`);
}

function required(document: Json, path: string): Json {
  const value = valueAt(document, path);
  if (value === undefined) throw failed(`${path} does not exist`);
  return value;
}

function member(node: Json | undefined, key: string): Json | undefined {
  if (isJsonArray(node)) {
    const index = arrayIndex(key, node.length);
    return node[index];
  }
  return isJsonObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
}

function withMember(node: Json, key: string, value: Json): Json {
  if (isJsonArray(node)) return node.with(arrayIndex(key, node.length), value);
  return { ...(node as Members), [key]: value };
}

function added(parent: Json, key: string, value: Json): Json {
  if (isJsonArray(parent)) {
    const at = key === '-' ? parent.length : insertIndex(key, parent.length);
    return parent.toSpliced(at, 0, value);
  }
  if (!isJsonObject(parent)) throw failed(`the parent of ${key} is no object or list`);
  return { ...parent, [key]: value };
}

function replaced(parent: Json, key: string, value: Json): Json {
  if (isJsonArray(parent)) {
    const index = arrayIndex(key, parent.length);
    if (index >= parent.length) throw failed(`index ${key} is out of range`);
    return parent.with(index, value);
  }
  return added(parent, key, value);
}

function removed(parent: Json, key: string): Json {
  if (isJsonArray(parent)) {
    const index = arrayIndex(key, parent.length);
    if (index >= parent.length) throw failed(`index ${key} is out of range`);
    return parent.toSpliced(index, 1);
  }
  if (!isJsonObject(parent) || !Object.hasOwn(parent, key)) {
    throw failed(`Unable to remove nonexistent key: ${key}`);
  }
  return Object.fromEntries(Object.entries(parent).filter(([name]) => name !== key));
}

function arrayIndex(key: string, length: number): number {
  if (!/^-?\d+$/.test(key)) throw failed(`${key} is no index`);
  const index = Number(key);
  if (index >= 0) return index;
  if (index < -length) throw failed(`index ${key} is out of range`);
  return index + length;
}

function insertIndex(key: string, length: number): number {
  if (!/^-?\d+$/.test(key)) throw failed(`${key} is no index`);
  const index = Number(key) < 0 ? Number(key) + length + 1 : Number(key);
  if (index < 0 || index > length) throw failed(`index ${key} is out of range`);
  return index;
}

function failed(reason: string): SluiceError {
  return new SluiceError('SLUICE_EVALUATION', `JSON Patch: ${reason}`);
}

/** Deep equality of JSON values; members in any order. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isJsonArray(a)) {
    return (
      isJsonArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]))
    );
  }
  if (isJsonObject(a) && isJsonObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
    );
  }
  const number = numberOf(a);
  return number !== undefined && number === numberOf(b);
}

function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  return value instanceof JsonDouble ? value.value : undefined;
}

/**
 * The patch (RFC 6902: add, replace and remove) that turns one value into another. Lists that differ in length are
 * extended or cut at their end.
 */
export function diffJson(before: Json, after: Json, path = ''): JsonPatchOperation[] {
  if (equalJson(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) return diffObjects(before, after, path);
  if (isJsonArray(before) && isJsonArray(after)) return diffLists(before, after, path);
  return [{ op: 'replace', path, value: after }];
}

function diffObjects(
  before: Readonly<Members>,
  after: Readonly<Members>,
  path: string,
): JsonPatchOperation[] {
  const pointer = (key: string): string =>
    `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const gone = Object.keys(before)
    .filter((key) => !Object.hasOwn(after, key))
    .map((key): JsonPatchOperation => ({ op: 'remove', path: pointer(key) }));
  const changed = Object.entries(after).flatMap(([key, value]): JsonPatchOperation[] => {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    return old === undefined
      ? [{ op: 'add', path: pointer(key), value }]
      : diffJson(old, value, pointer(key));
  });
  return [...gone, ...changed];
}

function diffLists(
  before: readonly Json[],
  after: readonly Json[],
  path: string,
): JsonPatchOperation[] {
  const shared = Math.min(before.length, after.length);
  const changed = after
    .slice(0, shared)
    .flatMap((value, index) => diffJson(before[index] ?? null, value, `${path}/${index}`));
  const appended = after
    .slice(shared)
    .map((value): JsonPatchOperation => ({ op: 'add', path: `${path}/-`, value }));
  const cut = before.slice(shared).map((_item, index): JsonPatchOperation => ({
    op: 'remove',
    path: `${path}/${before.length - 1 - index}`,
  }));
  return [...changed, ...appended, ...cut];
}
