import type { Atom } from '../../../domain/structured-merge/atom.ts';
import { mergeTyped } from '../../../domain/structured-merge/merge.ts';
import { deduce } from '../../../domain/structured-merge/type-problems.ts';
import { fieldsOf, isFields, listOf, sameJson, type Fields } from '../json.ts';

/** Merges an applied configuration into the live object; a null sets nothing. Neither is changed. */
export function mergeApplied(live: unknown, applied: unknown, atom: Atom): unknown {
  return mergeTyped(live, withoutNulls(applied, atom), atom);
}

function withoutNulls(value: unknown, atom: Atom): unknown {
  const { map, list } = deduce(atom, value);
  if (isFields(value) && map?.isAtomic === false) {
    const kept = Object.entries(value).filter(([, member]) => member !== null);
    return Object.fromEntries(
      kept.map(([key, member]) => {
        const inner = map.field(key) ?? map.element;
        return [key, inner === undefined ? member : withoutNulls(member, inner)];
      }),
    );
  }
  if (!Array.isArray(value) || list === undefined || list.isAtomic) return value;
  return listOf(value).map((entry) => withoutNulls(entry, list.element));
}

/** Removes what lies at a path of a FieldTree, and the objects that became empty by it. Changes the object. */
export function removePath(object: unknown, path: readonly string[]): void {
  const [key = '', ...rest] = path;
  if (key.startsWith('f:')) removeMember(object, key.slice(2), rest);
  else if (Array.isArray(object)) removeEntry(object as unknown[], key, rest);
}

function removeMember(object: unknown, member: string, rest: readonly string[]): void {
  if (!isFields(object) || !Object.hasOwn(object, member)) return;
  if (rest.length > 0) removePath(object[member], rest);
  const left = object[member];
  const isEmpty =
    (isFields(left) && Object.keys(left).length === 0) ||
    (Array.isArray(left) && left.length === 0);
  if (rest.length === 0 || isEmpty) Reflect.deleteProperty(object, member);
}

function removeEntry(list: unknown[], key: string, rest: readonly string[]): void {
  const wanted: unknown = JSON.parse(key.slice(2));
  const index = list.findIndex((entry) =>
    key.startsWith('v:') ? sameJson(entry, wanted) : hasKeys(entry, fieldsOf(wanted)),
  );
  if (index < 0) return;
  if (rest.length === 0) list.splice(index, 1);
  else removePath(list[index], rest);
}

// A key that the entry leaves to its default is not compared.
function hasKeys(entry: unknown, keys: Fields): boolean {
  const fields = fieldsOf(entry);
  return Object.entries(keys).every(
    ([key, value]) => fields[key] === undefined || sameJson(fields[key], value),
  );
}
