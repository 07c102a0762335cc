import type { Atom, ListAtom, MapAtom, Scalar } from './atom.ts';
import { entryKey } from './entry-key.ts';
import { goSyntax, goText, goType, isList, isMap, isNumber, type Members } from './value.ts';

/** How values are looked at. */
export interface TypeOptions {
  /** Whether lists that merge may hold the same entry twice, as stored objects may. Default false. */
  readonly allowDuplicates?: boolean;
  /** How a text of the value is shown. Default: as it is. */
  readonly shown?: (text: string) => string;
}

/**
 * Where a value does not fit its type, in the words of structured-merge-diff: `.spec.replicas: expected …`. Of a list
 * that merges nothing more is said once an entry has no key.
 */
export function typeProblems(
  value: unknown,
  atom: Atom,
  { allowDuplicates = false, shown = (text) => text }: TypeOptions = {},
): readonly string[] {
  const problems: string[] = [];
  check(value, atom, { path: '', problems, allowDuplicates, shown });
  return problems;
}

/**
 * Where a stored value does not fit its type, as far as a configuration touches it: the rest need not be looked at to
 * merge.
 * @param configuration fits the type
 */
export function touchedProblems(
  live: unknown,
  configuration: unknown,
  atom: Atom,
  { allowDuplicates = true, shown = (text) => text }: TypeOptions = {},
): readonly string[] {
  const problems: string[] = [];
  checkTouched([live, configuration], atom, { path: '', problems, allowDuplicates, shown });
  return problems;
}

/** Several problems as one text. */
export function problemsText(problems: readonly string[]): string {
  return problems.length === 1 ? problems.join('') : ['errors:', ...problems].join('\n  ');
}

interface Walk extends Required<TypeOptions> {
  readonly path: string;
  readonly problems: string[];
}

function check(value: unknown, atom: Atom, walk: Walk): void {
  const { scalar, list, map } = deduce(atom, value);
  if (map !== undefined) checkMap(value, map, walk);
  else if (scalar !== undefined) checkScalar(value, scalar, walk);
  else if (list !== undefined) checkList(value, list, walk);
}

/** What a place is, given the value that is there; all that it may be when the value fits nothing. */
export function deduce(atom: Atom, value: unknown): Atom {
  const { scalar, list, map } = atom;
  if (isList(value)) return list === undefined ? atom : { list };
  if (isMap(value)) return map === undefined ? atom : { map };
  const isPlain = isNumber(value) || typeof value === 'string' || typeof value === 'boolean';
  return isPlain && scalar !== undefined ? { scalar } : atom;
}

function checkTouched([live, wanted]: readonly unknown[], atom: Atom, walk: Walk): void {
  if (live === undefined || live === null) return;
  const { map, list } = deduce(atom, live);
  if (map !== undefined && isMap(live) && isMap(wanted)) {
    checkTouchedMembers(live, wanted, { map, walk });
  } else if (list?.isAtomic === false && isList(live) && isList(wanted)) {
    checkTouchedEntries(live, wanted, { list, walk });
  } else check(live, atom, walk);
}

function checkTouchedMembers(
  live: Members,
  wanted: Members,
  { map, walk }: { readonly map: MapAtom; readonly walk: Walk },
): void {
  for (const [key, member] of Object.entries(wanted)) {
    const atom = map.field(key) ?? map.element;
    if (atom === undefined || !Object.hasOwn(live, key)) continue;
    checkTouched([live[key], member], atom, { ...walk, path: `${walk.path}.${key}` });
  }
}

function checkTouchedEntries(
  live: readonly unknown[],
  wanted: readonly unknown[],
  { list, walk }: { readonly list: ListAtom; readonly walk: Walk },
): void {
  const byKey = new Map(wanted.map((entry) => [entryKey(entry, list).text, entry] as const));
  for (const [index, entry] of live.entries()) {
    const { text, problem } = entryKey(entry, list);
    if (problem !== undefined) {
      report(walk, `element ${index}: ${problem}`);
      return;
    }
    const touching = byKey.get(text);
    if (touching === undefined) continue;
    const path = `${walk.path}${entryKey(entry, list, walk.shown).text ?? ''}`;
    checkTouched([entry, touching], list.element, { ...walk, path });
  }
}

function report({ path, problems }: Walk, message: string): void {
  problems.push(path === '' ? message : `${path}: ${message}`);
}

function checkMap(value: unknown, map: MapAtom, walk: Walk): void {
  if (value === null) return;
  if (!isMap(value)) {
    report(walk, `expected map, got &{${goText(value, walk.shown)}}`);
    return;
  }
  const { element } = map;
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const inner = { ...walk, path: `${walk.path}.${key}` };
    const atom = map.field(key) ?? element;
    if (atom === undefined) report(inner, 'field not declared in schema');
    else check(member, atom, inner);
  }
}

function checkScalar(value: unknown, scalar: Scalar, walk: Walk): void {
  if (value === null) return;
  const isPlain = isNumber(value) || typeof value === 'string' || typeof value === 'boolean';
  switch (scalar) {
    case 'numeric':
      if (!isNumber(value)) report(walk, `expected numeric (int or float), got ${goType(value)}`);
      return;
    case 'string':
      if (typeof value !== 'string') {
        report(
          walk,
          `expected string, got &value.valueUnstructured{Value:${goSyntax(value, walk.shown)}}`,
        );
      }
      return;
    case 'boolean':
      if (typeof value !== 'boolean')
        report(walk, `expected boolean, got &{${goText(value, walk.shown)}}`);
      return;
    case 'untyped':
      if (!isPlain) report(walk, `expected any scalar, got &{${goText(value, walk.shown)}}`);
  }
}

function checkList(value: unknown, list: ListAtom, walk: Walk): void {
  if (value === null) return;
  if (!isList(value)) {
    report(walk, `expected list, got &{${goText(value, walk.shown)}}`);
    return;
  }
  const seen = new Set<string>();
  for (const [index, entry] of value.entries()) {
    const key = list.isAtomic ? { text: `[${index}]` } : entryKey(entry, list);
    if (key.problem !== undefined) {
      report(walk, `element ${index}: ${key.problem}`);
      return;
    }
    const text = list.isAtomic ? key.text : (entryKey(entry, list, walk.shown).text ?? '');
    const isTwice = seen.has(key.text) && !walk.allowDuplicates;
    if (isTwice) report(walk, `duplicate entries for key ${text}`);
    seen.add(key.text);
    check(entry, list.element, { ...walk, path: `${walk.path}${text}` });
  }
}
