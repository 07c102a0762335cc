/**
 * A set of fields in the form of FieldsV1: keys are `f:<member>`, `k:<JSON of the keys of a list entry>` and `v:<JSON of a
 * value>`. An empty node is a member of the set; a node with children is one only when it has the key `.`. The root
 * stands for the object and is never a member. Trees are never changed in place.
 */
export interface FieldTree {
  readonly [key: string]: FieldTree;
}

export const NO_FIELDS: FieldTree = {};
const SELF = '.';

/** Whether the node itself is in the set. */
export function isMember(node: FieldTree): boolean {
  return SELF in node || Object.keys(node).length === 0;
}

/** The children of a node, in the order of Kubernetes. */
export function childrenOf(node: FieldTree): [key: string, child: FieldTree][] {
  return Object.entries(node).filter(([key]) => key !== SELF);
}

export function isEmptyTree(tree: FieldTree): boolean {
  return Object.keys(tree).length === 0;
}

/** @returns undefined when nothing is in the set at or below the node */
export function nodeOf(
  member: boolean,
  children: readonly (readonly [string, FieldTree])[],
): FieldTree | undefined {
  if (children.length === 0) return member ? NO_FIELDS : undefined;
  const sorted = [...children].sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(member ? [[SELF, NO_FIELDS], ...sorted] : sorted);
}

/** Combines two nodes, either of which may be absent, member by member. */
function combine(
  left: FieldTree | undefined,
  right: FieldTree | undefined,
  keeps: (inLeft: boolean, inRight: boolean) => boolean,
): FieldTree | undefined {
  const isKept = keeps(
    left !== undefined && isMember(left),
    right !== undefined && isMember(right),
  );
  const keys = new Set([...Object.keys(left ?? NO_FIELDS), ...Object.keys(right ?? NO_FIELDS)]);
  keys.delete(SELF);
  const children: [string, FieldTree][] = [];
  for (const key of keys) {
    const child = combine(memberOf(left, key), memberOf(right, key), keeps);
    if (child !== undefined) children.push([key, child]);
  }
  return nodeOf(isKept, children);
}

function memberOf(node: FieldTree | undefined, key: string): FieldTree | undefined {
  return node !== undefined && Object.hasOwn(node, key) ? node[key] : undefined;
}

// The root of an empty set looks like a member; it never is one.
function atRoot(
  left: FieldTree,
  right: FieldTree,
  keeps: (inLeft: boolean, inRight: boolean) => boolean,
): FieldTree {
  const combined = combine(left, right, keeps) ?? NO_FIELDS;
  if (!(SELF in combined)) return combined;
  return Object.fromEntries(childrenOf(combined));
}

export function union(left: FieldTree, right: FieldTree): FieldTree {
  if (isEmptyTree(left)) return right;
  if (isEmptyTree(right)) return left;
  return atRoot(left, right, (inLeft, inRight) => inLeft || inRight);
}

export function difference(left: FieldTree, right: FieldTree): FieldTree {
  if (isEmptyTree(left) || isEmptyTree(right)) return left;
  return atRoot(left, right, (inLeft, inRight) => inLeft && !inRight);
}

export function intersection(left: FieldTree, right: FieldTree): FieldTree {
  if (isEmptyTree(left) || isEmptyTree(right)) return NO_FIELDS;
  return atRoot(left, right, (inLeft, inRight) => inLeft && inRight);
}

/** The paths of the members, each a list of keys. */
export function pathsOf(tree: FieldTree, path: readonly string[] = []): (readonly string[])[] {
  return childrenOf(tree).flatMap(([key, child]) => {
    const inner = [...path, key];
    return [...(isMember(child) ? [inner] : []), ...pathsOf(child, inner)];
  });
}

/** The node at a path, member or not. */
export function nodeAt(tree: FieldTree, path: readonly string[]): FieldTree | undefined {
  let node: FieldTree | undefined = tree;
  for (const key of path) node = memberOf(node, key);
  return node;
}

/** The tree without what lies at or below a path. */
export function without(tree: FieldTree, path: readonly string[]): FieldTree {
  const [key = '', ...rest] = path;
  if (!Object.hasOwn(tree, key)) return tree;
  const others = childrenOf(tree).filter(([other]) => other !== key);
  const child = tree[key] ?? NO_FIELDS;
  const inner = rest.length === 0 || isEmptyTree(child) ? undefined : without(child, rest);
  const isKept = rest.length > 0 && isEmptyTree(child);
  if (isKept) return tree;
  const children =
    inner === undefined || isEmptyTree(inner) ? others : [...others, [key, inner] as const];
  return nodeOf(SELF in tree, children) ?? NO_FIELDS;
}

/** A path as Kubernetes writes it in a conflict: `.spec.containers[name="app"].image`. */
export function textOfPath(path: readonly string[]): string {
  return path
    .map((key) => {
      const rest = key.slice(2);
      if (key.startsWith('f:')) return `.${rest}`;
      if (key.startsWith('v:')) return `[=${rest}]`;
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}
