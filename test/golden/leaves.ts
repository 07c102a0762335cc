/**
 * The leaves of a value by path, as the kit writes paths: `spec.rules[0].backendRefs[1].weight`, keys with other
 * characters in quotes. An empty list or object is a leaf.
 */
export function leavesOf(value: unknown): Map<string, string> {
  const leaves = new Map<string, string>();
  collect(value, '', leaves);
  return leaves;
}

function collect(value: unknown, path: string, leaves: Map<string, string>): void {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    leaves.set(path === '' ? '.' : path, JSON.stringify(value));
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    collect(inner, `${path}${stepOf(key, Array.isArray(value), path === '')}`, leaves);
  }
}

function stepOf(key: string, isIndex: boolean, isFirst: boolean): string {
  if (isIndex) return `[${key}]`;
  const name = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
  return isFirst ? name : `.${name}`;
}

/** Paths at which two maps differ, with both values. */
export function leafDifferences(
  golden: ReadonlyMap<string, string>,
  ours: ReadonlyMap<string, string>,
): { path: string; golden: string | undefined; ours: string | undefined }[] {
  const paths = new Set([...golden.keys(), ...ours.keys()]);
  return [...paths]
    .map((path) => ({ path, golden: golden.get(path), ours: ours.get(path) }))
    .filter((each) => each.golden !== each.ours);
}
