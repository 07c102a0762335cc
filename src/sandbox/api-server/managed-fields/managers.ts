import { ApiError, type Cause } from '../api-error.ts';
import type { Comparison } from './field-set.ts';
import {
  difference,
  intersection,
  isEmptyTree,
  nodeAt,
  NO_FIELDS,
  pathsOf,
  textOfPath,
  union,
  type FieldTree,
} from './field-tree.ts';
import type { ManagedEntry } from './managed-entry.ts';

/** Who writes, and when. */
export type Writer = Omit<ManagedEntry, 'fields'>;

/** Managers by update that an object remembers; older ones become one, as in Kubernetes. */
const MAX_UPDATERS = 10;
const ANCIENT = 'ancient-changes';

/** Whether an entry is the writer's own; appliers keep theirs over versions of the API. */
export function isOwn(entry: ManagedEntry, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.subresource === writer.subresource &&
    (writer.operation === 'Apply' || entry.apiVersion === writer.apiVersion)
  );
}

/** Who owns what after a create, update or patch: the writer takes what it changed from everybody else. */
export function afterUpdate(
  entries: readonly ManagedEntry[],
  writer: Writer,
  { changed, removed }: Comparison,
): ManagedEntry[] {
  const lost = union(changed, removed);
  const others = entries
    .map((entry) => ({ ...entry, fields: difference(entry.fields, lost) }))
    .filter(({ fields }) => !isEmptyTree(fields));
  if (isEmptyTree(changed)) return others;
  const own = others.find((entry) => isOwn(entry, writer));
  const fields = union(own?.fields ?? NO_FIELDS, changed);
  return capped([...others.filter((entry) => entry !== own), { ...writer, fields }]);
}

function capped(entries: readonly ManagedEntry[]): ManagedEntry[] {
  const updaters = entries.filter(({ operation }) => operation === 'Update');
  const surplus = updaters.length - MAX_UPDATERS;
  if (surplus <= 0) return [...entries];
  const byAge = [...updaters].sort((left, right) => (left.time < right.time ? -1 : 1));
  const old = byAge.slice(0, surplus + 1);
  const [first] = old;
  if (first === undefined) return [...entries];
  const merged = {
    ...first,
    manager: ANCIENT,
    subresource: '',
    time: old.at(-1)?.time ?? first.time,
    fields: old.reduce<FieldTree>((sum, { fields }) => union(sum, fields), NO_FIELDS),
  };
  return [...entries.filter((entry) => !old.includes(entry)), merged];
}

/**
 * Who owns what after an apply.
 * @param fields what the configuration has
 * @param comparison what the apply changes in the object
 * @throws ApiError 409 when it changes fields of others and is not forced
 */
export function afterApply(
  entries: readonly ManagedEntry[],
  writer: Writer,
  { fields, comparison, force }: { fields: FieldTree; comparison: Comparison; force: boolean },
): ManagedEntry[] {
  const { changed, removed } = comparison;
  const own = entries.find((entry) => isOwn(entry, writer));
  const others = entries.filter((entry) => entry !== own);
  if (!force) refuseConflicts(others, changed);
  const lost = union(changed, removed);
  const kept = others
    .map((entry) => ({ ...entry, fields: difference(entry.fields, lost) }))
    .filter((entry) => !isEmptyTree(entry.fields));
  if (isEmptyTree(fields)) return kept;
  const isSame = isEmptyTree(lost) && own !== undefined && sameFields(own.fields, fields);
  return [...kept, { ...writer, time: isSame ? own.time : writer.time, fields }];
}

function sameFields(left: FieldTree, right: FieldTree): boolean {
  return isEmptyTree(difference(left, right)) && isEmptyTree(difference(right, left));
}

/** The paths that the writer applied before, does not apply any more and nobody else owns. */
export function abandonedPaths(
  entries: readonly ManagedEntry[],
  writer: Writer,
  fields: FieldTree,
): (readonly string[])[] {
  const own = entries.find((entry) => isOwn(entry, writer));
  if (own === undefined) return [];
  const held = entries
    .filter((entry) => entry !== own)
    .reduce<FieldTree>((sum, entry) => union(sum, entry.fields), fields);
  return pathsOf(own.fields).filter((path) => nodeAt(held, path) === undefined);
}

function refuseConflicts(others: readonly ManagedEntry[], changed: FieldTree): void {
  const causes = others.flatMap((entry) =>
    pathsOf(intersection(entry.fields, changed)).map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${nameOf(entry)}`,
      field: textOfPath(path),
    })),
  );
  if (causes.length > 0) throw new ApiError(409, 'Conflict', conflictText(causes), { causes });
}

function nameOf({ manager, operation, apiVersion, subresource }: ManagedEntry): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  const how = operation === 'Apply' ? '' : ` using ${apiVersion}`;
  return `${JSON.stringify(manager)}${part}${how}`;
}

function conflictText(causes: readonly Cause[]): string {
  const [first] = causes;
  if (causes.length === 1) {
    return `Apply failed with 1 conflict: ${first?.message ?? ''}: ${first?.field ?? ''}`;
  }
  const managers = [...new Set(causes.map(({ message }) => message))].sort();
  const lines = managers.flatMap((message) => [
    `${message.replace('conflict', 'conflicts')}:`,
    ...causes.filter((cause) => cause.message === message).map(({ field }) => `- ${field}`),
  ]);
  return `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
}
