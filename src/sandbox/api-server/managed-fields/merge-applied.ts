import { fieldsOf, isFields, listOf, sameJson, setMember, type Fields } from '../json.ts';
import { entryKey, type Shape } from './shape.ts';

/** Merges an applied configuration into the live object. Neither is changed. */
export function mergeApplied(live: unknown, applied: unknown, shape: Shape): unknown {
  if (isFields(applied)) {
    if (shape.atomicMap) return applied;
    const result: Fields = { ...fieldsOf(live) };
    for (const [key, value] of Object.entries(applied)) {
      if (value === null) continue;
      const held = Object.hasOwn(result, key) ? result[key] : undefined;
      setMember(result, key, mergeApplied(held, value, shape.member(key)));
    }
    return result;
  }
  const { list } = shape;
  if (!Array.isArray(applied) || list === 'atomic') return applied;
  const result = [...listOf(live)];
  for (const entry of listOf(applied)) {
    const key = entryKey(entry, list);
    const index = result.findIndex((held) => entryKey(held, list) === key);
    if (index < 0) result.push(entry);
    else result[index] = list === 'set' ? entry : mergeApplied(result[index], entry, shape.item());
  }
  return result;
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
