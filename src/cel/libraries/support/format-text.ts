import { compareStrings } from '../../compare.ts';
import { formatDouble, formatFixed } from '../../go-number.ts';
import { CelRuntimeError } from '../../library.ts';
import { formatDuration, formatTimestamp } from '../../time-text.ts';
import {
  CelDuration,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  isCelMap,
  type CelMap,
  type CelValue,
} from '../../values.ts';
import { runtimeType } from '../../standard/runtime-type.ts';
import { buildText, spend } from '../../work.ts';
import { isList } from './arguments.ts';
import { goQuote } from './go-quote.ts';

const STRING_CLAUSE =
  'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps';

/**
 * A value as `%s` prints it. Inside lists and maps doubles have six decimals, strings are quoted, times look like calls.
 * @throws CelRuntimeError `other` for a type that has no text, `conversion` for bytes that are not UTF-8
 */
export function formatText(value: CelValue): string {
  if (typeof value === 'number') return formatDouble(value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return decodeUtf8(value);
  return structured(value) ?? unformattable(`${STRING_CLAUSE}, was given ${runtimeType(value)}`);
}

function element(value: CelValue): string {
  if (typeof value === 'number') return formatElementDouble(value);
  if (value instanceof CelTimestamp) return `timestamp(${goQuote(formatTimestamp(value))})`;
  if (value instanceof CelDuration) return `duration(${goQuote(formatDuration(value))})`;
  if (typeof value === 'string') return goQuote(value);
  if (value instanceof Uint8Array) return `b${goQuote(decodeUtf8(value))}`;
  return structured(value) ?? unformattable(`no formatting function for ${runtimeType(value)}`);
}

function structured(value: CelValue): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof CelUint) return value.value.toString();
  if (value instanceof CelTypeValue) return value.name;
  if (isList(value)) return `[${joined(value.map(element))}]`;
  return isCelMap(value) ? formatMap(value) : undefined;
}

/** What is held in several places is written out for each. */
function joined(texts: readonly string[]): string {
  spend(texts.length);
  buildText(texts.reduce((sum, { length }) => sum + length + 2, 0));
  return texts.join(', ');
}

function formatElementDouble(value: number): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"+Inf"' : '"-Inf"';
  return formatFixed(value, 6);
}

function formatMap(map: CelMap): string {
  const entries = Array.from(map.keys(), (key): [string, string] => {
    if (!isKey(key))
      unformattable(`no formatting function for map key of type ${runtimeType(key)}`);
    return [element(key), element(map.get(key) ?? null)];
  });
  entries.sort(([left], [right]) => compareStrings(left, right));
  return `{${joined(entries.map(([key, value]) => `${key}:${value}`))}}`;
}

function isKey(key: CelValue): boolean {
  return ['string', 'boolean', 'bigint'].includes(typeof key) || key instanceof CelUint;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new CelRuntimeError('conversion', 'invalid UTF-8 in bytes, cannot convert to string');
  }
}

function unformattable(problem: string): never {
  throw new CelRuntimeError('other', `error during formatting: ${problem}`);
}
