import { digestOf } from '../../lib/canonical-json.ts';
import { JsonDouble, type Json } from '../../lib/lossless-json.ts';
import type { ListAtom } from './atom.ts';
import { ForeignValue, isList, isMap, isNumber } from './value.ts';

/** What tells an entry of a list that merges from its others, or why nothing does. */
export type EntryKey =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: string };

/**
 * The key of an entry as it stands in a path: `[name="web"]` or `[="value"]`; equal for equal keys.
 * @param list that merges by keys or as a set
 * @param shown how a text in it is shown; by default as it is
 */
export function entryKey(
  entry: unknown,
  list: ListAtom,
  shown: (text: string) => string = (text) => text,
): EntryKey {
  return list.keys.length === 0 ? valueKey(entry, shown) : membersKey(entry, list, shown);
}

type Shown = (text: string) => string;

function valueKey(entry: unknown, shown: Shown): EntryKey {
  if (isMap(entry)) {
    return { problem: "associative list without keys has an element that's a map type" };
  }
  if (isList(entry)) {
    return { problem: 'not supported: associative list with lists as elements' };
  }
  if (entry === null) {
    return { problem: "associative list without keys has an element that's an explicit null" };
  }
  return { text: `[=${valueText(entry, shown) ?? ''}]` };
}

function membersKey(entry: unknown, { keys, element }: ListAtom, shown: Shown): EntryKey {
  if (entry === null) {
    return { problem: 'associative list with keys may not have a null element' };
  }
  if (!isMap(entry)) {
    return { problem: 'associative list with keys may not have non-map elements' };
  }
  const parts: string[] = [];
  for (const key of [...keys].sort()) {
    // A default is part of the type, and so can be shown.
    const text = Object.hasOwn(entry, key)
      ? valueText(entry[key], shown)
      : valueText(element.map?.defaultOf(key));
    if (text !== undefined) parts.push(`${key}=${text}`);
  }
  if (parts.length === 0) {
    const names = keys.map((key) => JSON.stringify(key)).join(' ');
    return {
      problem: `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    };
  }
  return { text: `[${parts.join(',')}]` };
}

/** Equal numbers look alike, however they are written. */
function valueText(value: unknown, shown: Shown = (text) => text): string | undefined {
  if (isNumber(value)) return String(value instanceof JsonDouble ? value.value : value);
  if (typeof value === 'string') return JSON.stringify(shown(value));
  if (value instanceof ForeignValue) return '{{undefined}}';
  // What a list or map holds is not for messages.
  return isMap(value) || isList(value) ? `{${digestOf(value as Json)}}` : JSON.stringify(value);
}
