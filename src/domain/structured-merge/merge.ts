import type { Atom, ListAtom, MapAtom } from './atom.ts';
import { entryKey } from './entry-key.ts';
import { mergeOrder } from './merge-order.ts';
import { deduce } from './type-problems.ts';
import { NIL_LIST, isList, isMap } from './value.ts';

/**
 * Merges a configuration into an object, as structured-merge-diff does: maps by members, lists by keys or as sets,
 * everything else is replaced; nothing is ever removed. Neither argument is changed; the result may share parts with
 * both.
 * @param live fits the type; lists that merge may hold an entry twice
 * @param configuration fits the type; undefined: absent
 */
export function mergeTyped(live: unknown, configuration: unknown, atom: Atom): unknown {
  if (configuration === undefined) return live;
  const wanted = deduce(atom, configuration);
  if (wanted.map !== undefined) return mergeMaps(live, configuration, wanted.map);
  if (wanted.scalar !== undefined) return configuration;
  return wanted.list === undefined ? configuration : mergeLists(live, configuration, wanted.list);
}

function mergeMaps(live: unknown, configuration: unknown, map: MapAtom): unknown {
  const old = isMap(live) ? live : {};
  const added = isMap(configuration) ? configuration : {};
  const isEmpty = Object.keys(old).length === 0 && Object.keys(added).length === 0;
  // What is empty on both sides is a value of its own: it stays empty, or null.
  if (map.isAtomic || isEmpty) return configuration;
  const result = new Map<string, unknown>(Object.entries(old));
  const { element } = map;
  for (const [key, value] of Object.entries(added)) {
    const atom = map.field(key) ?? element;
    const before = Object.hasOwn(old, key) ? old[key] : undefined;
    result.set(key, atom === undefined ? value : mergeTyped(before, value, atom));
  }
  return Object.fromEntries(result);
}

function mergeLists(live: unknown, configuration: unknown, list: ListAtom): unknown {
  const old = isList(live) ? live : [];
  const added = isList(configuration) ? configuration : [];
  if (list.isAtomic || (old.length === 0 && added.length === 0)) {
    return configuration === NIL_LIST ? null : configuration;
  }
  const keyOf = (entry: unknown): string => entryKey(entry, list).text ?? '';
  const oldKeys = old.map(keyOf);
  const addedKeys = added.map(keyOf);
  const twice = repeated(oldKeys);
  return mergeOrder(oldKeys, addedKeys).map(({ before, now }) => {
    if (now === undefined) return old[before ?? -1];
    // An entry that is there twice is not merged with its namesake, but takes the place of both.
    const isMerged = before !== undefined && !twice.has(addedKeys[now] ?? '');
    return mergeTyped(isMerged ? old[before] : undefined, added[now], list.element);
  });
}

function repeated(keys: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  return new Set(keys.filter((key) => seen.size === seen.add(key).size));
}
