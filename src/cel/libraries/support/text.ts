import { CelRuntimeError } from '../../library.ts';
import { buildList, buildText, spend } from '../../work.ts';

/** A run of characters without surrogates can be indexed as it is; others are split into code points. */
const SURROGATE = /[\ud800-\udfff]/;

/** The code points of a text, indexable. */
function points(text: string): string | readonly string[] {
  return SURROGATE.test(text) ? Array.from(text) : text;
}

function joined(characters: string | readonly string[]): string {
  return typeof characters === 'string' ? characters : characters.join('');
}

function outOfRange(index: bigint): CelRuntimeError {
  return new CelRuntimeError('index', `index out of range: ${index.toString()}`);
}

/** @throws CelRuntimeError `index` below 0 or beyond the end; at the end the answer is empty */
export function charAt(text: string, index: bigint): string {
  const characters = points(text);
  if (index < 0n || index > BigInt(characters.length)) throw outOfRange(index);
  return characters[Number(index)] ?? '';
}

/** @throws CelRuntimeError `index` when `from` is negative */
export function indexOf(text: string, part: string, from: bigint): bigint {
  if (from < 0n) throw outOfRange(from);
  const characters = points(text);
  const length = BigInt(characters.length);
  if (part === '') return from > length ? length : from;
  if (from >= length) return -1n;
  if (typeof characters === 'string') return BigInt(characters.indexOf(part, Number(from)));
  const wanted = Array.from(part);
  spendSearch(characters.length, wanted.length);
  for (let i = Number(from); i + wanted.length <= characters.length; i += 1) {
    if (matchesAt(characters, wanted, i)) return BigInt(i);
  }
  return -1n;
}

/**
 * @param from where the last match may start; default the end
 * @throws CelRuntimeError `index` when `from` is negative
 */
export function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  if (from !== undefined && from < 0n) throw outOfRange(from);
  const characters = points(text);
  const length = BigInt(characters.length);
  if (part === '') return from === undefined || from > length ? length : from;
  if (from !== undefined && from >= length) return -1n;
  const wanted = Array.from(part);
  spendSearch(characters.length, wanted.length);
  const last = characters.length - wanted.length;
  const start = from === undefined ? last : Math.min(Number(from), last);
  for (let i = start; i >= 0; i -= 1) {
    if (matchesAt(characters, wanted, i)) return BigInt(i);
  }
  return -1n;
}

/** Looking for one text within another takes as long as both together, in the worst case multiplied. */
function spendSearch(length: number, wanted: number): void {
  spend(Math.floor((length * wanted) / 16));
}

function matchesAt(
  characters: string | readonly string[],
  wanted: readonly string[],
  at: number,
): boolean {
  return wanted.every((character, i) => characters[at + i] === character);
}

/** @throws CelRuntimeError `index` out of range, `conversion` when the range is reversed */
export function substring(text: string, start: bigint, end?: bigint): string {
  const characters = points(text);
  const length = BigInt(characters.length);
  if (end !== undefined && start > end) {
    throw new CelRuntimeError('conversion', 'invalid substring range');
  }
  if (start < 0n || start > length) throw outOfRange(start);
  if (end !== undefined && (end < 0n || end > length)) throw outOfRange(end);
  return joined(characters.slice(Number(start), end === undefined ? undefined : Number(end)));
}

export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

// What Go's unicode.IsSpace takes: with U+0085, without the U+FEFF that JavaScript's own trim removes.
const SPACE =
  '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING_SPACE = new RegExp(`^${SPACE}+`);
const ONE_SPACE = new RegExp(`^${SPACE}$`);

/** Without white space at either end. */
export function trimSpace(text: string): string {
  const rest = text.replace(LEADING_SPACE, '');
  let end = rest.length;
  while (end > 0 && ONE_SPACE.test(rest.charAt(end - 1))) end -= 1;
  return rest.slice(0, end);
}

/** Replaces the first `limit` occurrences, all when negative. An empty `old` matches around every character. */
export function replace(text: string, old: string, by: string, limit: bigint): string {
  if (limit === 0n || old === by) return text;
  if (old === '') return interleave(text, by, limit);
  const parts = limit < 0n ? text.split(old) : splitAt(text, old, limit + 1n);
  buildText(text.length + (parts.length - 1) * (by.length - old.length));
  return parts.join(by);
}

function interleave(text: string, by: string, limit: bigint): string {
  const characters = Array.from(text);
  const times = limit < 0n ? characters.length + 1 : Number(limit);
  buildText(text.length + Math.min(times, characters.length + 1) * by.length);
  let result = '';
  characters.forEach((character, i) => {
    result += (i < times ? by : '') + character;
  });
  return characters.length < times ? result + by : result;
}

/** At most `limit` parts, all when negative, none when 0. An empty separator splits into characters. */
export function split(text: string, separator: string, limit: bigint): string[] {
  if (limit === 0n) return [];
  buildList(Math.min(text.length + 1, limit < 0n ? Infinity : Number(limit)));
  if (separator === '') return explode(text, limit);
  return limit < 0n ? text.split(separator) : splitAt(text, separator, limit);
}

function explode(text: string, limit: bigint): string[] {
  const characters = Array.from(text);
  if (limit < 0n || limit >= BigInt(characters.length)) return characters;
  const kept = Number(limit) - 1;
  return [...characters.slice(0, kept), characters.slice(kept).join('')];
}

function splitAt(text: string, separator: string, limit: bigint): string[] {
  const parts: string[] = [];
  let from = 0;
  while (BigInt(parts.length) + 1n < limit) {
    const at = text.indexOf(separator, from);
    if (at < 0) break;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  parts.push(text.slice(from));
  return parts;
}
