import type { JsonPatchOperation } from '../domain/decision.ts';
import { JsonDouble, isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';

type Members = Record<string, Json>;

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

/** A number of lossless JSON as a plain one; undefined for what is none. */
export function numberOf(value: Json | undefined): number | undefined {
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
