import { fieldsOf, isFields, listOf, sameJson, setMember, type Fields } from './json.ts';

/** One step into an object: a member, or an entry of a list that has these members (`keys`) or is this value. */
type Step = { readonly member: string } | { readonly keys: Fields } | { readonly entry: unknown };

export interface Field {
  readonly path: readonly Step[];
  /** The value of a leaf; `null` for the entry of a keyed list itself. */
  readonly value: unknown;
}

/** Fields by their path as text, e.g. `.spec.containers[name="app"].image`. */
export type FieldSet = ReadonlyMap<string, Field>;

/** How lists merge, by the path of members that leads to them; undefined: as a whole. */
export type ListRules = (
  path: readonly string[],
) => { readonly keys: readonly string[] } | 'set' | undefined;

const IDENTITY = new Set([
  '.apiVersion',
  '.kind',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.resourceVersion',
  '.metadata.uid',
]);

/** The leaves of an applied configuration, without those that name the object. */
export function fieldSetOf(configuration: Fields, rules: ListRules): FieldSet {
  const set = new Map<string, Field>();
  collect(configuration, [], { set, rules });
  for (const key of IDENTITY) set.delete(key);
  return set;
}

interface Collecting {
  readonly set: Map<string, Field>;
  readonly rules: ListRules;
}

function collect(value: unknown, path: readonly Step[], into: Collecting): void {
  const rule = Array.isArray(value) ? into.rules(membersOf(path)) : undefined;
  if (isFields(value) && Object.keys(value).length > 0) {
    for (const [member, inner] of Object.entries(value)) {
      if (inner !== null) collect(inner, [...path, { member }], into);
    }
  } else if (rule === undefined) into.set.set(textOfPath(path), { path, value });
  else for (const entry of listOf(value)) collectEntry(entry, [path, rule], into);
}

function collectEntry(
  entry: unknown,
  [path, rule]: [readonly Step[], Exclude<ReturnType<ListRules>, undefined>],
  into: Collecting,
): void {
  if (rule === 'set') {
    const inner = [...path, { entry }];
    into.set.set(textOfPath(inner), { path: inner, value: entry });
    return;
  }
  const inner = [...path, { keys: keysOf(entry, rule.keys) }];
  into.set.set(textOfPath(inner), { path: inner, value: null });
  collect(entry, inner, into);
}

function keysOf(entry: unknown, keys: readonly string[]): Fields {
  return Object.fromEntries(
    keys
      .filter((key) => fieldsOf(entry)[key] !== undefined)
      .map((key) => [key, fieldsOf(entry)[key]]),
  );
}

function membersOf(path: readonly Step[]): string[] {
  return path.flatMap((step) => ('member' in step ? [step.member] : []));
}

function textOfPath(path: readonly Step[]): string {
  return path.map(textOfStep).join('');
}

function textOfStep(step: Step): string {
  if ('member' in step) return `.${step.member}`;
  if ('entry' in step) return `[=${JSON.stringify(step.entry)}]`;
  const keys = Object.entries(step.keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}

/** Merges an applied configuration into the live object. Neither is changed. */
export function mergeApplied(
  live: unknown,
  applied: unknown,
  { rules, path = [] }: { rules: ListRules; path?: readonly string[] },
): unknown {
  if (isFields(applied)) {
    const result: Fields = { ...fieldsOf(live) };
    for (const [key, value] of Object.entries(applied)) {
      if (value === null) continue;
      const held = Object.hasOwn(result, key) ? result[key] : undefined;
      setMember(result, key, mergeApplied(held, value, { rules, path: [...path, key] }));
    }
    return result;
  }
  const rule = Array.isArray(applied) ? rules(path) : undefined;
  if (rule === undefined) return applied;
  const result = [...listOf(live)];
  for (const entry of listOf(applied)) {
    const index = result.findIndex((held) =>
      rule === 'set' ? sameJson(held, entry) : hasKeys(held, keysOf(entry, rule.keys)),
    );
    if (index < 0) result.push(entry);
    else result[index] = mergeApplied(result[index], entry, { rules, path });
  }
  return result;
}

function hasKeys(entry: unknown, keys: Fields): boolean {
  return Object.entries(keys).every(([key, value]) => sameJson(fieldsOf(entry)[key], value));
}

/** Removes a field from an object, and the objects that became empty by it. Changes the object. */
export function removeField(object: unknown, path: readonly Step[]): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  if ('member' in step) {
    removeMember(object, step.member, rest);
    return;
  }
  if (!Array.isArray(object)) return;
  const list = object as unknown[];
  const index = list.findIndex((entry) =>
    'keys' in step ? hasKeys(entry, step.keys) : sameJson(entry, step.entry),
  );
  if (index < 0) return;
  if (rest.length === 0) list.splice(index, 1);
  else removeField(list[index], rest);
}

function removeMember(object: unknown, member: string, rest: readonly Step[]): void {
  if (!isFields(object) || !Object.hasOwn(object, member)) return;
  if (rest.length > 0) removeField(object[member], rest);
  const left = object[member];
  const isEmpty =
    (isFields(left) && Object.keys(left).length === 0) ||
    (Array.isArray(left) && left.length === 0);
  if (rest.length === 0 || isEmpty) Reflect.deleteProperty(object, member);
}
