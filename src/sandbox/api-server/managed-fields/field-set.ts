import { isFields, listOf, sameJson, type Fields } from '../json.ts';
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
    return compareLeaves(before, after, { old, now });
  }
  return compareParts(old, now, { isNew: before === undefined, isGone: after === undefined });
}

function compareLeaves(
  before: unknown,
  after: unknown,
  { old, now }: { old: Parts | undefined; now: Parts | undefined },
): Found {
  if (after === undefined) return { removed: NO_FIELDS };
  if (before === undefined) return { changed: NO_FIELDS };
  if (sameJson(before, after)) return SAME;
  // One of them has parts, the other is a value of its own: the parts come or go with it.
  const parts = compareParts(old ?? NO_PARTS, now ?? NO_PARTS, { isNew: false, isGone: false });
  return {
    changed: nodeOf(true, Object.entries(parts.changed ?? NO_FIELDS)),
    removed: parts.removed,
  };
}

/** The parts of a value that are owned one by one, by their keys; `prefix` makes a key of a FieldTree of such a key. */
interface Parts {
  readonly values: Fields;
  readonly size: number;
  readonly prefix: string;
  readonly shapeOf: (key: string) => Shape;
}

const NO_PARTS: Parts = {
  values: {},
  size: 0,
  prefix: '',
  shapeOf: () => {
    throw new Error('there are no parts');
  },
};

/** @returns undefined when the value is owned as a whole; nothing for an absent value */
function partsOf(value: unknown, shape: Shape): Parts | undefined {
  if (value === undefined || value === null) return NO_PARTS;
  if (isFields(value)) {
    if (shape.atomicMap) return undefined;
    const size = Object.keys(value).length;
    return { values: value, size, prefix: 'f:', shapeOf: (name) => shape.member(name) };
  }
  const { list } = shape;
  if (!Array.isArray(value) || list === 'atomic') return undefined;
  const values: Fields = {};
  for (const entry of listOf(value)) values[entryKey(entry, list)] = entry;
  return { values, size: value.length, prefix: '', shapeOf: () => shape.item() };
}

function compareParts(
  old: Parts,
  now: Parts,
  { isNew, isGone }: { isNew: boolean; isGone: boolean },
): Found {
  const changed: [string, FieldTree][] = [];
  const removed: [string, FieldTree][] = [];
  const add = (key: string, { prefix, shapeOf }: Parts): void => {
    const before = partOf(old, key);
    const after = partOf(now, key);
    if (before === after) return;
    const found = compare(before, after, shapeOf(key));
    if (found.changed !== undefined) changed.push([`${prefix}${key}`, found.changed]);
    if (found.removed !== undefined) removed.push([`${prefix}${key}`, found.removed]);
  };
  for (const key of Object.keys(old.values)) add(key, old);
  for (const key of Object.keys(now.values)) if (!Object.hasOwn(old.values, key)) add(key, now);
  return { changed: nodeOf(isNew, changed), removed: nodeOf(isGone, removed) };
}

function partOf({ values }: Parts, key: string): unknown {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}
