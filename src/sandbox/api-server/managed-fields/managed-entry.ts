import { isFields, listOf, textOf, type Fields } from '../json.ts';
import { childrenOf, isEmptyTree, nodeOf, without, type FieldTree } from './field-tree.ts';

/** One entry of metadata.managedFields. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** RFC 3339. */
  readonly time: string;
  readonly fields: FieldTree;
}

// What Kubernetes never counts as anybody's field.
const STRIPPED = [
  ['f:apiVersion'],
  ['f:kind'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'generation',
    'managedFields',
    'resourceVersion',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ].map((name) => ['f:metadata', `f:${name}`]),
];

/** The fields without those that the server itself sets; `metadata` itself is no member. */
export function ownableFields(fields: FieldTree): FieldTree {
  let result = fields;
  for (const path of STRIPPED) result = without(result, path);
  return withoutMember(result, 'f:metadata');
}

function withoutMember(fields: FieldTree, key: string): FieldTree {
  const node = fields[key];
  if (node === undefined) return fields;
  const others = childrenOf(fields).filter(([other]) => other !== key);
  const stripped = nodeOf(false, childrenOf(node));
  return Object.fromEntries(stripped === undefined ? others : [...others, [key, stripped]]);
}

/** Reads metadata.managedFields; undefined when it is absent or not readable. */
export function readEntries(managedFields: unknown): ManagedEntry[] | undefined {
  if (managedFields === undefined) return undefined;
  const entries = listOf(managedFields).map(readEntry);
  return entries.includes(undefined) ? undefined : (entries as ManagedEntry[]);
}

function readEntry(value: unknown): ManagedEntry | undefined {
  if (!isFields(value)) return undefined;
  const { operation, fieldsType, fieldsV1 } = value;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  if (fieldsType !== 'FieldsV1' || !isFieldTree(fieldsV1)) return undefined;
  return {
    manager: textOf(value['manager']),
    operation,
    apiVersion: textOf(value['apiVersion']),
    subresource: textOf(value['subresource']),
    time: textOf(value['time']),
    fields: fieldsV1,
  };
}

function isFieldTree(value: unknown): value is FieldTree {
  return (
    isFields(value) &&
    Object.entries(value).every(([key, child]) => isKey(key) && isFieldTree(child))
  );
}

function isKey(key: string): boolean {
  if (key === '.' || key.startsWith('f:')) return true;
  if (!key.startsWith('k:') && !key.startsWith('v:')) return false;
  try {
    const value: unknown = JSON.parse(key.slice(2));
    return key.startsWith('v:') || isFields(value);
  } catch {
    return false;
  }
}

/** Whether a writer asks to forget who owns what: a list without an entry, or with one that is empty. */
export function isReset(managedFields: unknown): boolean {
  if (!Array.isArray(managedFields)) return false;
  const [first] = managedFields as unknown[];
  const isBlank = isFields(first) && Object.keys(first).length === 0;
  return managedFields.length === 0 || (managedFields.length === 1 && isBlank);
}

/** The entries as metadata.managedFields has them; undefined when there are none. */
export function writeEntries(entries: readonly ManagedEntry[]): Fields[] | undefined {
  const held = entries.filter(({ fields }) => !isEmptyTree(fields));
  if (held.length === 0) return undefined;
  return [...held]
    .sort(order)
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: fields,
      ...(subresource === '' ? {} : { subresource }),
    }));
}

function order(left: ManagedEntry, right: ManagedEntry): number {
  for (const key of ['operation', 'time', 'manager', 'apiVersion', 'subresource'] as const) {
    if (left[key] !== right[key]) return left[key] < right[key] ? -1 : 1;
  }
  return 0;
}
