import { isFields, listOf, sameJson } from '../json.ts';
import { NO_FIELDS, nodeOf, type FieldTree } from './field-tree.ts';
import { entryKey, type Shape } from './shape.ts';

/** The fields that an applied configuration has; the root is the object itself. */
export function fieldSetOf(configuration: unknown, shape: Shape): FieldTree {
  return setOf(configuration, shape, false) ?? NO_FIELDS;
}

function setOf(value: unknown, shape: Shape, member: boolean): FieldTree | undefined {
  if (isFields(value)) {
    if (shape.atomicMap) return NO_FIELDS;
    const children = Object.entries(value).flatMap(([name, inner]): [string, FieldTree][] => {
      const isKey = !shape.declares(name) || inner === null || isEmptyObject(inner);
      const node = setOf(inner, shape.member(name), isKey);
      return node === undefined ? [] : [[`f:${name}`, node]];
    });
    return nodeOf(member, children);
  }
  const { list } = shape;
  if (!Array.isArray(value) || list === 'atomic') return NO_FIELDS;
  const children = listOf(value).map((entry): [string, FieldTree] => [
    entryKey(entry, list),
    list === 'set' ? NO_FIELDS : (setOf(entry, shape.item(), true) ?? NO_FIELDS),
  ]);
  return nodeOf(member, children);
}

function isEmptyObject(value: unknown): boolean {
  return isFields(value) && Object.keys(value).length === 0;
}

/** What differs between two states of an object. */
export interface Comparison {
  /** Fields that are new or have another value. */
  readonly changed: FieldTree;
  readonly removed: FieldTree;
}

/** Compares two states of an object field by field. */
export function compareFields(before: unknown, after: unknown, shape: Shape): Comparison {
  const { changed, removed } = compare(before, after, shape);
  return { changed: changed ?? NO_FIELDS, removed: removed ?? NO_FIELDS };
}

interface Found {
  readonly changed?: FieldTree | undefined;
  readonly removed?: FieldTree | undefined;
}

const SAME: Found = {};

function compare(before: unknown, after: unknown, shape: Shape): Found {
  if (before === after) return SAME;
  const old = partsOf(before, shape);
  const now = partsOf(after, shape);
  if (old === undefined || now === undefined || (old.size === 0 && now.size === 0)) {
    return compareLeaves(before, after, { old, now, shape });
  }
  return compareParts(old, now, {
    isNew: before === undefined,
    isGone: after === undefined,
    shape,
  });
}

function compareLeaves(
  before: unknown,
  after: unknown,
  { old, now, shape }: { old: Parts | undefined; now: Parts | undefined; shape: Shape },
): Found {
  if (after === undefined) return { removed: NO_FIELDS };
  if (before === undefined) return { changed: NO_FIELDS };
  if (sameJson(before, after)) return SAME;
  // One of them has parts, the other is a value of its own: the parts come or go with it.
  const parts = compareParts(old ?? new Map(), now ?? new Map(), {
    isNew: false,
    isGone: false,
    shape,
  });
  return {
    changed: nodeOf(true, Object.entries(parts.changed ?? NO_FIELDS)),
    removed: parts.removed,
  };
}

/** The parts of a value that are owned one by one. */
type Parts = ReadonlyMap<string, { readonly value: unknown; readonly shape: Shape }>;

/** @returns undefined when the value is owned as a whole; nothing for an absent value */
function partsOf(value: unknown, shape: Shape): Parts | undefined {
  if (value === undefined || value === null) return new Map();
  if (isFields(value)) {
    if (shape.atomicMap) return undefined;
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return new Map(
      entries.map(([name, inner]) => [`f:${name}`, { value: inner, shape: shape.member(name) }]),
    );
  }
  const { list } = shape;
  if (!Array.isArray(value) || list === 'atomic') return undefined;
  const item = shape.item();
  return new Map(
    listOf(value).map((entry) => [entryKey(entry, list), { value: entry, shape: item }]),
  );
}

function compareParts(
  old: Parts,
  now: Parts,
  { isNew, isGone, shape }: { isNew: boolean; isGone: boolean; shape: Shape },
): Found {
  const changed: [string, FieldTree][] = [];
  const removed: [string, FieldTree][] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const part = now.get(key) ?? old.get(key);
    const found = compare(old.get(key)?.value, now.get(key)?.value, part?.shape ?? shape);
    if (found.changed !== undefined) changed.push([key, found.changed]);
    if (found.removed !== undefined) removed.push([key, found.removed]);
  }
  return { changed: nodeOf(isNew, changed), removed: nodeOf(isGone, removed) };
}
