/** A JSON object of unknown shape. */
export type Fields = Record<string, unknown>;

/** Whether the value is a JSON object: not null, not an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value when it is an object, else an empty one; never the same empty object twice. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** The value when it is an array, else an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The value when it is a string, else ''. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The strings among the elements of an array; empty for anything else. */
export function textsOf(value: unknown): string[] {
  return listOf(value).filter((entry) => typeof entry === 'string');
}

/** The member at a path of object keys; undefined as soon as one is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isFields(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** The object at `key`, made when it is missing or not an object. */
export function childOf(parent: Fields, key: string): Fields {
  const present = parent[key];
  if (isFields(present)) return present;
  const made: Fields = {};
  parent[key] = made;
  return made;
}

/** Sets `key` when it is absent or null. */
export function setDefault(parent: Fields, key: string, value: unknown): void {
  parent[key] ??= value;
}

/**
 * Whether two JSON values are equal; the order of object members does not matter, an undefined member counts as
 * absent.
 */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((entry, i) => sameJson(entry, right[i]));
  }
  if (!isFields(left) || !isFields(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) {
    if (!sameJson(left[key], right[key])) return false;
  }
  return true;
}

/** Assigns even the key `__proto__` as an own property. */
export function setMember(target: Fields, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
    return;
  }
  target[key] = value;
}

/** A copy of a JSON value that shares nothing with it. Faster than structuredClone, which copies anything. */
export function cloneJson<T>(value: T): T {
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map(copyOf);
  if (!isFields(value)) return value;
  const copy: Fields = {};
  for (const key of Object.keys(value)) setMember(copy, key, copyOf(value[key]));
  return copy;
}
