import { LiteralMap } from '../literal-map.ts';
import { formatDuration, formatTimestamp, MIN_UNIX_SECONDS } from '../time-text.ts';
import {
  CelDuration,
  CelOptional,
  CelTimestamp,
  CelUint,
  isCelMap,
  type CelValue,
} from '../values.ts';
import { Failure, type Result } from './failure.ts';

type Fields = ReadonlyMap<string, CelValue>;
type Convert = (value: CelValue) => Result;

const CONVERSION = new Failure('conversion', 'field type conversion error');
const OVERFLOW = new Failure('overflow', 'field type conversion error: integer overflow');
const UNSUPPORTED = new Failure('other', 'unsupported field type');
const NO_VALUE = new Failure('other', 'unsupported conversion to ref.Val');

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const SECOND = 1_000_000_000n;

const bool: Convert = (value) => (typeof value === 'boolean' ? value : CONVERSION);
const bytes: Convert = (value) => (value instanceof Uint8Array ? value : CONVERSION);
const double: Convert = (value) => (typeof value === 'number' ? value : CONVERSION);
const float: Convert = (value) => (typeof value === 'number' ? Math.fround(value) : CONVERSION);
const int64: Convert = (value) => (typeof value === 'bigint' ? value : CONVERSION);
const text: Convert = (value) => (typeof value === 'string' ? value : CONVERSION);
const uint64: Convert = (value) => (value instanceof CelUint ? value : CONVERSION);

function int32(value: CelValue): Result {
  if (typeof value !== 'bigint') return CONVERSION;
  return BigInt.asIntN(32, value) === value ? value : OVERFLOW;
}

function uint32(value: CelValue): Result {
  if (!(value instanceof CelUint)) return CONVERSION;
  return BigInt.asUintN(32, value.value) === value.value ? value : OVERFLOW;
}

const enumeration: Convert = (value) => (typeof value === 'bigint' ? null : CONVERSION);

/** A list or map as JSON has it: numbers are doubles, integers beyond 2^53 and everything else texts. */
function container(value: CelValue, isWanted: (value: CelValue) => boolean): Result {
  return isWanted(value) ? json(value) : UNSUPPORTED;
}

const object: Convert = (value) => container(value, isCelMap);
const list: Convert = (value) => container(value, Array.isArray);

function json(value: CelValue): Result {
  if (typeof value === 'bigint') return jsonInteger(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof CelUint) return jsonInteger(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof CelOptional) {
    return value.value === undefined ? CONVERSION : json(value.value);
  }
  if (Array.isArray(value)) return jsonList(value as readonly CelValue[]);
  return isCelMap(value) ? jsonObject(value) : CONVERSION;
}

function jsonInteger(value: bigint): CelValue {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function jsonList(values: readonly CelValue[]): Result {
  const converted: CelValue[] = [];
  for (const value of values) {
    const element = json(value);
    if (element instanceof Failure) return element;
    converted.push(element);
  }
  return converted;
}

function jsonObject(map: Extract<CelValue, { readonly celKind: 'map' }>): Result {
  const converted = new LiteralMap();
  for (const key of map.keys()) {
    if (typeof key !== 'string') return CONVERSION;
    const member = json(map.get(key) ?? null);
    if (member instanceof Failure) return member;
    converted.set(key, member);
  }
  return converted;
}

/** A message of one field, with its value when that is not given. */
const single =
  (name: string, convert: Convert, absent: () => CelValue) =>
  (fields: Fields): Result => {
    const value = fields.get(name);
    return value === undefined ? absent() : convert(value);
  };

const VALUE_KINDS: Readonly<Record<string, Convert>> = {
  null_value: enumeration,
  number_value: double,
  string_value: text,
  bool_value: bool,
  struct_value: object,
  list_value: list,
};

/** One of its fields: the last that is given. */
function anyValue(fields: Fields): Result {
  let result: Result = null;
  for (const [name, value] of fields) {
    result = VALUE_KINDS[name]?.(value) ?? null;
    if (result instanceof Failure) return result;
  }
  return result;
}

function instant(fields: Fields, make: (nanos: bigint) => Result): Result {
  const seconds = int64(fields.get('seconds') ?? 0n);
  if (seconds instanceof Failure) return seconds;
  const nanos = int32(fields.get('nanos') ?? 0n);
  if (nanos instanceof Failure) return nanos;
  return make((seconds as bigint) * SECOND + (nanos as bigint));
}

/** Durations end where int64 does, as Go's own conversion has it. */
function duration(nanos: bigint): CelDuration {
  return new CelDuration(nanos < INT64_MIN ? INT64_MIN : nanos > INT64_MAX ? INT64_MAX : nanos);
}

/** Go counts seconds from year 1 in 64 bits, which begin anew after the last. */
function timestamp(nanos: bigint): CelTimestamp {
  const part = ((nanos % SECOND) + SECOND) % SECOND;
  const seconds = BigInt.asIntN(64, (nanos - part) / SECOND - MIN_UNIX_SECONDS) + MIN_UNIX_SECONDS;
  return new CelTimestamp(seconds * SECOND + part);
}

/** Makes the CEL value of a literal of a well-known message from its fields. */
export const BUILDERS: ReadonlyMap<string, (fields: Fields) => Result> = new Map([
  ['google.protobuf.BoolValue', single('value', bool, () => false)],
  ['google.protobuf.BytesValue', single('value', bytes, () => new Uint8Array())],
  ['google.protobuf.DoubleValue', single('value', double, () => 0)],
  ['google.protobuf.FloatValue', single('value', float, () => 0)],
  ['google.protobuf.Int32Value', single('value', int32, () => 0n)],
  ['google.protobuf.Int64Value', single('value', int64, () => 0n)],
  ['google.protobuf.StringValue', single('value', text, () => '')],
  ['google.protobuf.UInt32Value', single('value', uint32, () => new CelUint(0n))],
  ['google.protobuf.UInt64Value', single('value', uint64, () => new CelUint(0n))],
  ['google.protobuf.Duration', (fields: Fields) => instant(fields, duration)],
  ['google.protobuf.Timestamp', (fields: Fields) => instant(fields, timestamp)],
  ['google.protobuf.Struct', single('fields', object, () => new LiteralMap())],
  ['google.protobuf.ListValue', single('values', list, () => [])],
  ['google.protobuf.Value', anyValue],
  // Its bytes would have to be a message; nothing in an admission request is one.
  ['google.protobuf.Any', () => NO_VALUE],
]);
