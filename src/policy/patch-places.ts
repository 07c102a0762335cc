import { SluiceError } from '../domain/errors.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';

/** A list or object, and the key or index in it that a path ends with. */
export interface Place {
  readonly container: Json;
  readonly key: string;
}

/** An operation that cannot be applied because something is missing. */
export function refused(problem: string): SluiceError {
  return failed(`${problem}: missing value`);
}

function failed(problem: string): SluiceError {
  return new SluiceError('SLUICE_EVALUATION', `JSON Patch: ${problem}`);
}

/** Where a path leads; undefined when there is no such list or object. What stands before the first slash is ignored. */
export function containerOf(document: Json, path: string): Place | undefined {
  const keys = keysOf(path);
  const last = keys.pop();
  if (last === undefined) return undefined;
  let container: Json = document;
  for (const key of keys) {
    const next = stepInto(container, key);
    if (!isJsonObject(next) && !isJsonArray(next)) return undefined;
    container = next;
  }
  return { container, key: last };
}

function keysOf(path: string): string[] {
  const parts = path.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function stepInto(container: Json, key: string): Json | undefined {
  if (isJsonArray(container)) {
    const index = goIndex(key);
    return index === undefined ? undefined : container.at(index);
  }
  return member(container, key);
}

function member(container: Json, key: string): Json | undefined {
  return isJsonObject(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

/** As Go's `strconv.Atoi` reads it. */
function goIndex(key: string): number | undefined {
  return /^[+-]?\d+$/.test(key) ? Number(key) : undefined;
}

/** The index in a list, from the end when negative. @throws SluiceError when there is none */
function indexIn(length: number, key: string, problem: string): number {
  const index = goIndex(key);
  if (index === undefined) throw failed(`${problem}: ${notANumber(key)}`);
  const known = index < 0 ? index + length : index;
  if (known >= 0 && known < length) return known;
  throw failed(`${problem}: Unable to access invalid index: ${index}: invalid index referenced`);
}

const notANumber = (key: string): string =>
  `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;

/**
 * Rewrites the container that a path ends in, copying only what lies on the way.
 * @param missing said when there is none
 */
export function rewrite(
  document: Json,
  path: string,
  missing: string,
  change: (container: Json, key: string) => Json,
): Json {
  const place = containerOf(document, path);
  if (place === undefined) throw refused(missing);
  const keys = keysOf(path);
  const descend = (node: Json, depth: number): Json => {
    const key = keys[depth] ?? '';
    if (depth === keys.length - 1) return change(node, key);
    const child = descend(stepInto(node, key) ?? null, depth + 1);
    if (isJsonArray(node)) return node.with(goIndex(key) ?? 0, child);
    return withMember(node, key, child);
  };
  return descend(document, 0);
}

function withMember(node: Json, key: string, value: Json): Json {
  return Object.fromEntries([...Object.entries(isJsonObject(node) ? node : {}), [key, value]]);
}

/** A member or element; undefined for a member that is missing. @throws SluiceError for an index that there is not */
export function childOf(container: Json, key: string, problem: string): Json | undefined {
  if (isJsonArray(container)) return container[indexIn(container.length, key, problem)];
  return member(container, key);
}

/** With a value put before the index of a list (`-`: at its end), or as the member of an object. @throws SluiceError */
export function addTo(container: Json, key: string, value: Json, problem: string): Json {
  if (!isJsonArray(container)) return withMember(container, key, value);
  if (key === '-') return [...container, value];
  if (goIndex(key) === undefined) {
    throw failed(`${problem}: value was not a proper array index: '${key}': ${notANumber(key)}`);
  }
  return container.toSpliced(indexIn(container.length + 1, key, problem), 0, value);
}

/** With another value at the index of a list, or as the member of an object. @throws SluiceError */
export function replaceIn(container: Json, key: string, value: Json, problem: string): Json {
  if (!isJsonArray(container)) return withMember(container, key, value);
  const index = goIndex(key);
  const known = index === undefined ? -1 : index < 0 ? index + container.length : index;
  if (known < 0 || known >= container.length) throw refused(problem);
  return container.with(known, value);
}

/** Without the element or member. @throws SluiceError when there is none */
export function removeFrom(container: Json, key: string, problem: string): Json {
  if (isJsonArray(container)) {
    return container.toSpliced(indexIn(container.length, key, problem), 1);
  }
  if (member(container, key) === undefined) {
    throw refused(`${problem}: Unable to remove nonexistent key: ${key}`);
  }
  const members = Object.entries(isJsonObject(container) ? container : {});
  return Object.fromEntries(members.filter(([name]) => name !== key));
}
