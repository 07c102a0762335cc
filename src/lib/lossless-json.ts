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

// A number token that plain parsing would not keep: a fraction, an exponent, or 16 digits and more. May also match
// inside a string, which only costs the slower path.
const LOSSY_NUMBER = /[[:,\s]-?(?:\d+[.eE]|\d{16})|^-?(?:\d+[.eE]|\d{16})/;

/**
 * Parses JSON text without losing numbers.
 * @param text one JSON document
 * @returns the value, numbers mapped as described on {@link Json}; objects are plain objects whose keys are all own
 *   properties (`__proto__` included, as `JSON.parse` makes them)
 * @throws SyntaxError when the text is not JSON
 */
export function parseLosslessJson(text: string): Json {
  if (!LOSSY_NUMBER.test(text)) return JSON.parse(text) as Json;
  return (JSON.parse as ParseWithSource)(text, reviveNumber) as Json;
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
