import { rfc3339 } from '../../../domain/clock.ts';
import { isFields, type Fields } from '../json.ts';
import { groupVersionOf, type ApiObject } from '../resource.ts';
import type { WriteRequest } from '../server-context.ts';
import { compareFields, type Comparison } from './field-set.ts';
import { nodeOf, NO_FIELDS, type FieldTree } from './field-tree.ts';
import {
  isReset,
  ownableFields,
  readEntries,
  writeEntries,
  type ManagedEntry,
} from './managed-entry.ts';
import { afterUpdate, type Writer } from './managers.ts';
import { shapeOf } from './shape.ts';

const MAX_MANAGER = 128;

/** Who stands in managedFields for a request. @param now epoch milliseconds */
export function writerOf(
  request: WriteRequest,
  { operation, now }: { operation: Writer['operation']; now: number },
): Writer {
  const { resource, subresource, fieldManager, userAgent } = request;
  return {
    // As in Kubernetes: without a name, the first part of the user agent.
    manager: (fieldManager || (userAgent.split('/')[0] ?? '')).slice(0, MAX_MANAGER) || 'unknown',
    operation,
    apiVersion: groupVersionOf(resource),
    subresource,
    time: rfc3339(now).replace(/\.\d+Z$/, 'Z'),
  };
}

/** The entries that a write starts from: those the writer sent when they are readable, else those of the live object. */
export function entriesOf(live: ApiObject | undefined, wanted?: ApiObject): ManagedEntry[] {
  const sent = wanted === undefined ? undefined : managedFieldsOf(wanted);
  if (isReset(sent)) return [];
  const read = readEntries(sent);
  if (read !== undefined && read.length > 0) return read;
  return (live === undefined ? undefined : readEntries(managedFieldsOf(live))) ?? [];
}

function managedFieldsOf({ metadata }: ApiObject): unknown {
  return (metadata as unknown as Fields)['managedFields'];
}

/** Sets metadata.managedFields. Changes the object. */
export function setEntries(object: ApiObject, entries: readonly ManagedEntry[]): void {
  const metadata = object.metadata as unknown as Fields;
  const written = writeEntries(entries);
  if (written === undefined) delete metadata['managedFields'];
  else metadata['managedFields'] = written;
}

/** Notes in an object who owns which of its fields; `live` is undefined on create. */
export type Claim = (
  object: ApiObject,
  live: ApiObject | undefined,
  write: { readonly request: WriteRequest; readonly now: number },
) => void;

/**
 * Notes in a created or updated object who owns what it changes. Changes the object.
 * @param live undefined on create
 */
export function claimChanges(
  object: ApiObject,
  live: ApiObject | undefined,
  { request, now }: { request: WriteRequest; now: number },
): void {
  const { resource } = request;
  const comparison = comparisonOf(live ?? blank(object, resource.builtin), object, request);
  const writer = writerOf(request, { operation: 'Update', now });
  // A write to a subresource cannot say who owns what.
  const before = entriesOf(live, request.subresource === '' ? object : undefined);
  setEntries(object, afterUpdate(before, writer, comparison));
}

/** What differs between two states, of the fields that the request may own. */
export function comparisonOf(
  before: ApiObject,
  after: ApiObject,
  request: WriteRequest,
): Comparison {
  const found = compareFields(before, after, shapeOf(request.resource));
  return {
    changed: writableFields(found.changed, request),
    removed: writableFields(found.removed, request),
  };
}

/** The fields that a write to this part of the object can change. */
export function writableFields(
  fields: FieldTree,
  { resource, subresource }: Pick<WriteRequest, 'resource' | 'subresource'>,
): FieldTree {
  const kept = Object.entries(ownableFields(fields)).filter(([key]) => {
    if (subresource !== 'status') return key !== 'f:status' || !resource.hasStatus;
    return key === 'f:status' || (key === 'f:metadata' && resource.builtin);
  });
  return nodeOf(false, kept) ?? NO_FIELDS;
}

// The parts that every object of a builtin type has, even when nobody wrote them.
const PARTS: readonly string[] = [
  'spec',
  'status',
  'template',
  'strategy',
  'updateStrategy',
  'metadata',
];

// Lists that Go writes even when they are empty.
const LISTS: readonly string[] = ['containers', 'rules', 'endpoints'];

/** An object of this type that nobody has written to. */
function blank(object: ApiObject, builtin: boolean): ApiObject {
  const { apiVersion, kind } = object;
  const parts = builtin ? blankParts(object, 0) : {};
  return { apiVersion, kind, ...parts, metadata: { name: '' } };
}

const DEPTH = 4;

function blankParts(value: Fields, depth: number): Fields {
  if (depth === DEPTH) return {};
  const parts: Fields = {};
  for (const [key, member] of Object.entries(value)) {
    if (PARTS.includes(key) && isFields(member)) parts[key] = blankParts(member, depth + 1);
    else if (LISTS.includes(key)) parts[key] = null;
  }
  return parts;
}
