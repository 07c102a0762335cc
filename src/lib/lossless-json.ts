/**
 * JSON that keeps what a plain `JSON.parse` loses: whether a number was written as an integer or as a
 * floating-point literal, and integers beyond 2^53.
 *
 * Number mapping (Kubernetes decodes an integer literal as int64, everything else as float64):
 * - an integer literal within ±(2^53-1) is a JS `number` with an integral value;
 * - an integer literal beyond that, within int64, is a `bigint`;
 * - any other literal is a float64: a non-integral one is a plain `number`, an integral one
 *   (`3.0`, `1e3`, an integer outside int64) is a `JsonDouble`, because `3` would read as an integer.
 */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | JsonDouble
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A float64 whose value is integral, kept apart from the integer of the same value. */
export class JsonDouble {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  toJSON(): number {
    return this.value;
  }
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

// A number token that plain parsing would not keep: a fraction, an exponent, or 16 digits and more. A member's value
// follows the quote of its key, so that `"image:1.2.3"` is none; what looks like a token may still lie in a string.
// The end is looked at first, as digits are rarer than quotes.
const MAYBE_LOSSY = /(?<=^|[[,:\s-])\d+(?:[.eE]|\d{15})(?<=(?:"\s*:|[[,]|^)\s*-?\d+.)/;
const NUMBER = /-?\d[\d.eE+-]*/g;
const LOSSY = /[.eE]|\d{16}/;
// Begins the strings that stand for numbers while plain parsing is at work: of a private-use plane, in no usual text.
const MARK = '\uf8ff\u{f1ce5}';

/**
 * Parses JSON text without losing numbers.
 * @param text one JSON document
 * @returns the value, numbers mapped as described on {@link Json}; objects are plain objects whose keys are all own
 *   properties (`__proto__` included, as `JSON.parse` makes them)
 * @throws SyntaxError when the text is not JSON
 */
export function parseLosslessJson(text: string): Json {
  const plain = JSON.parse(text) as Json;
  if (!MAYBE_LOSSY.test(text)) return plain;
  const marked = markNumbers(text);
  if (marked === undefined) return plain;
  // A text that holds the mark itself takes the slow way.
  if (/\uf8ff|\\uf8ff/iu.test(text))
    return (JSON.parse as ParseWithSource)(text, reviveNumber) as Json;
  return restored(JSON.parse(marked) as Json);
}

/** Valid JSON text with each number that needs care as a marked string; undefined when there is none. */
function markNumbers(text: string): string | undefined {
  let marked = '';
  let copied = 0;
  let position = 0;
  while (position < text.length) {
    const quote = text.indexOf('"', position);
    const end = quote < 0 ? text.length : quote;
    for (const { 0: number, index } of text.slice(position, end).matchAll(NUMBER)) {
      if (!LOSSY.test(number)) continue;
      marked += `${text.slice(copied, position + index)}"${MARK}${number}"`;
      copied = position + index + number.length;
    }
    position = quote < 0 ? end : afterString(text, quote);
  }
  return copied === 0 ? undefined : marked + text.slice(copied);
}

/** The position behind the string that begins at a quote. */
function afterString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

/** The value with its numbers back in place. Changes containers, which nobody else has seen. */
function restored(value: Json): Json {
  if (typeof value === 'string') {
    if (!value.startsWith(MARK)) return value;
    const source = value.slice(MARK.length);
    return numberFromLiteral(source, Number(source));
  }
  if (value === null || typeof value !== 'object') return value;
  const members = value as Record<string, Json>;
  for (const key of Object.keys(members)) {
    const member = members[key] as Json;
    const kept = restored(member);
    if (kept !== member) members[key] = kept;
  }
  return value;
}

// The third argument of a reviver (the literal's own text) is newer than TypeScript's declaration.
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { source: string }) => unknown,
) => unknown;

function reviveNumber(_key: string, value: unknown, context: { source: string }): unknown {
  return typeof value === 'number' ? numberFromLiteral(context.source, value) : value;
}

function numberFromLiteral(source: string, value: number): number | bigint | JsonDouble {
  const isIntegerLiteral = /^-?\d+$/.test(source);
  if (isIntegerLiteral) {
    if (Number.isSafeInteger(value)) return value;
    const exact = BigInt(source);
    return exact >= INT64_MIN && exact <= INT64_MAX ? exact : new JsonDouble(value);
  }
  return Number.isInteger(value) || !Number.isFinite(value) ? new JsonDouble(value) : value;
}

/**
 * Writes a value read by {@link parseLosslessJson}. Big integers are written digit by digit; an integral double keeps
 * its fraction (`3.0`), so that reading it again gives the same value.
 */
export function stringifyLosslessJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') {
    return JSON.stringify(value);
  }
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof JsonDouble) return doubleLiteral(value.value);
  if (isJsonArray(value)) return `[${value.map(stringifyLosslessJson).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => (member as unknown) !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}:${stringifyLosslessJson(member)}`);
  return `{${members.join(',')}}`;
}

function doubleLiteral(value: number): string {
  const text = JSON.stringify(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** `Array.isArray` that narrows a read-only JSON value. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether the value is a JSON object (not null, not an array, not a number wrapper). */
export function isJsonObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonDouble)
  );
}
