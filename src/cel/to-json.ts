import { JsonDouble, type Json } from '../lib/lossless-json.ts';
import { TypedMap } from './from-json.ts';
import { CelStruct } from './struct-value.ts';
import { formatDuration, formatTimestamp } from './time-text.ts';
import {
  CelDuration,
  CelOptional,
  CelTimestamp,
  CelUint,
  isCelMap,
  type CelMap,
  type CelValue,
} from './values.ts';
import { Stop, bounded, buildList, spend } from './work.ts';

/** Thrown for a value that has no JSON form (quantity, type, NaN, a map whose keys are not strings, …). */
export class NotJson extends Error {
  override readonly name = 'NotJson';
}

const INT64_LIMIT = 2 ** 63;
/** How often the work is looked at while a value is converted: about 200,000 members, twice the largest objects. */
const MAX_LOOKS = 12;

/**
 * A CEL value as MutatingAdmissionPolicy puts it into a patch: integers beyond 2^53 become strings, integral doubles
 * integers, durations and timestamps strings, bytes base64, optionals are unwrapped.
 * @throws NotJson
 */
export function toJson(value: CelValue): Json {
  let looks = 0;
  try {
    return bounded(
      () => ++looks > MAX_LOOKS,
      () => converted(value),
    );
  } catch (error) {
    if (error instanceof Stop) throw new NotJson('the value is too large');
    throw error;
  }
}

function converted(value: CelValue): Json {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'bigint':
      return integer(value);
    case 'number':
      return double(value);
    default:
      return value === null ? null : object(value);
  }
}

function object(value: Exclude<CelValue, null>): Json {
  if (Array.isArray(value)) {
    buildList(value.length + 2);
    spend(value.length);
    return (value as readonly CelValue[]).map(converted);
  }
  if (value instanceof CelUint) return integer(value.value);
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof CelOptional) {
    if (value.value === undefined) throw new NotJson('optional.none() dereference');
    return converted(value.value);
  }
  if (value instanceof CelStruct) return structJson(value);
  if (isCelMap(value) && !(value instanceof TypedMap)) return fromEntries(entriesOf(value));
  throw new NotJson('the value has no JSON form');
}

/** `Object.a{b: …}`: the types of what is in its fields must be named after the path to them. */
function structJson(struct: CelStruct): Json {
  const isObject = struct.typeName.startsWith('Object');
  return fromEntries(
    [...struct.fields].map(([name, field]) => {
      if (isObject) requireTypeName(field, `${struct.typeName}.${name}`);
      return [name, converted(field)];
    }),
  );
}

function requireTypeName(value: CelValue, wanted: string): void {
  if (Array.isArray(value)) {
    for (const element of value as readonly CelValue[]) requireTypeName(element, wanted);
  }
  if (value instanceof CelStruct && value.typeName !== wanted) {
    throw new NotJson(
      `type mismatch: unexpected type name "${value.typeName}", expected "${wanted}", which matches field name path from root Object type`,
    );
  }
}

/** Own properties whatever the keys are called. */
function fromEntries(entries: readonly (readonly [string, Json])[]): Json {
  return Object.fromEntries(entries);
}

function entriesOf(map: CelMap): readonly (readonly [string, Json])[] {
  spend(map.size);
  return [...map.keys()].map((key) => {
    if (typeof key !== 'string') throw new NotJson('a map with keys that are not strings');
    return [key, converted(map.get(key) ?? null)];
  });
}

function integer(value: bigint): Json {
  const isSafe =
    value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
  return isSafe ? Number(value) : value.toString();
}

function double(value: number): Json {
  if (!Number.isFinite(value)) throw new NotJson('not a finite number');
  if (!Number.isInteger(value)) return value;
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? 0 : value;
  // Go prints integral doubles below 1e21 without an exponent, and reads them back as int64 where they fit.
  return Math.abs(value) < INT64_LIMIT ? BigInt(value) : new JsonDouble(value);
}
