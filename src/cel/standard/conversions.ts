import { CelRuntimeError, type FunctionDeclaration } from '../library.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  STRING,
  TIMESTAMP,
  UINT,
  param,
  typeOf,
  type CelType,
} from '../types.ts';
import { spendText } from '../work.ts';
import { CelDuration, CelTypeValue, CelUint, type CelTimestamp, type CelValue } from '../values.ts';
import { Failure } from '../evaluate/failure.ts';
import { formatDouble } from '../go-number.ts';
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from '../time-text.ts';
import { timestampOf } from './arithmetic.ts';
import { declare, globalOverload } from './overload.ts';
import { remembering } from './remember.ts';
import { runtimeType } from './runtime-type.ts';
import { costSize, traversal } from './size.ts';
import { parseDouble } from './parse-double.ts';
import { secondsOf } from './timestamp.ts';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

type Convert = (value: CelValue) => CelValue;
type From = readonly [id: string, from: CelType, convert: Convert];

const conversion = (name: string, to: CelType, froms: readonly From[]): FunctionDeclaration =>
  declare(
    name,
    froms.map(([id, from, convert]) => {
      const isText = id === 'string_to_bytes' || id === 'bytes_to_string';
      const cost = ([value]: readonly CelValue[]): number => traversal(costSize(value));
      const call = ([value]: readonly CelValue[]): CelValue => {
        if (typeof value === 'string') spendText(value.length);
        return convert(value as CelValue);
      };
      return globalOverload(id, [[from], to], call, isText ? cost : undefined);
    }),
  );

const durationOfText = remembering(parseDuration, 256);
const timestampOfText = remembering(parseTimestamp, 256);
const same: Convert = (value) => value;

/** Names of the functions that are evaluated at compile time when their argument is constant. */
export const FOLDED: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
]);

export const CONVERSIONS: readonly FunctionDeclaration[] = [
  declare('type', [
    globalOverload(
      'type',
      [[param('A')], typeOf(param('A'))],
      ([value]) => new CelTypeValue(runtimeType(value as CelValue)),
    ),
  ]),
  declare('dyn', [globalOverload('to_dyn', [[param('A')], DYN], ([value]) => value as CelValue)]),
  conversion('bool', BOOL, [
    ['bool_to_bool', BOOL, same],
    ['string_to_bool', STRING, (value) => parseBool(value as string)],
  ]),
  conversion('bytes', BYTES, [
    ['bytes_to_bytes', BYTES, same],
    ['string_to_bytes', STRING, (value) => new TextEncoder().encode(value as string)],
  ]),
  conversion('double', DOUBLE, [
    ['double_to_double', DOUBLE, same],
    ['int64_to_double', INT, (value) => Number(value)],
    ['string_to_double', STRING, stringToDouble],
    ['uint64_to_double', UINT, (value) => Number((value as CelUint).value)],
  ]),
  conversion('duration', DURATION, [
    ['duration_to_duration', DURATION, same],
    ['string_to_duration', STRING, (value) => durationOfText(value as string)],
  ]),
  conversion('int', INT, [
    ['int64_to_int64', INT, same],
    ['double_to_int64', DOUBLE, (value) => doubleToInt(value as number)],
    ['duration_to_int64', DURATION, (value) => durationOf(value).nanos],
    ['string_to_int64', STRING, (value) => parseInteger(value as string)],
    [
      'timestamp_to_int64',
      TIMESTAMP,
      (value) => BigInt.asIntN(64, secondsOf((value as CelTimestamp).nanos)),
    ],
    ['uint64_to_int64', UINT, (value) => inInt((value as CelUint).value)],
  ]),
  conversion('string', STRING, [
    ['string_to_string', STRING, same],
    ['bool_to_string', BOOL, String],
    ['bytes_to_string', BYTES, (value) => bytesToString(value as Uint8Array)],
    ['double_to_string', DOUBLE, (value) => formatDouble(value as number)],
    ['duration_to_string', DURATION, (value) => formatDuration(durationOf(value))],
    ['int64_to_string', INT, String],
    ['timestamp_to_string', TIMESTAMP, (value) => formatTimestamp(value as CelTimestamp)],
    ['uint64_to_string', UINT, (value) => String((value as CelUint).value)],
  ]),
  conversion('timestamp', TIMESTAMP, [
    ['timestamp_to_timestamp', TIMESTAMP, same],
    [
      'int64_to_timestamp',
      INT,
      (value) => checked(timestampOf((value as bigint) * 1_000_000_000n)),
    ],
    ['string_to_timestamp', STRING, (value) => timestampOfText(value as string)],
  ]),
  conversion('uint', UINT, [
    ['uint64_to_uint64', UINT, same],
    ['double_to_uint64', DOUBLE, (value) => doubleToUint(value as number)],
    ['int64_to_uint64', INT, (value) => inUint(value as bigint)],
    ['string_to_uint64', STRING, (value) => parseUnsigned(value as string)],
  ]),
];

/** Overloads are chosen by the type of their argument, so this holds. */
function durationOf(value: CelValue): CelDuration {
  if (value instanceof CelDuration) return value;
  throw new CelRuntimeError('no_such_overload', 'no such overload');
}

const failed = (to: string): CelRuntimeError =>
  new CelRuntimeError('conversion', `type conversion error from 'string' to '${to}'`);

function checked(value: CelValue | Failure): CelValue {
  if (value instanceof Failure) throw new CelRuntimeError(value.errorClass, value.message);
  return value;
}

function parseBool(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw failed('bool');
}

function stringToDouble(value: CelValue): number {
  const parsed = parseDouble(value as string);
  if (parsed === undefined) throw failed('double');
  return parsed;
}

function bytesToString(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CelRuntimeError('conversion', 'invalid UTF-8 in bytes, cannot convert to string');
  }
}

function inInt(value: bigint): bigint {
  if (value > INT64_MAX || value < INT64_MIN) {
    throw new CelRuntimeError('overflow', 'integer overflow');
  }
  return value;
}

function inUint(value: bigint): CelUint {
  if (value > UINT64_MAX || value < 0n) {
    throw new CelRuntimeError('overflow', 'unsigned integer overflow');
  }
  return new CelUint(value);
}

function doubleToInt(value: number): bigint {
  // Go refuses the smallest integer too, because its neighbours round to it.
  if (!(value > -(2 ** 63) && value < 2 ** 63)) {
    throw new CelRuntimeError('overflow', 'integer overflow');
  }
  return BigInt(Math.trunc(value));
}

function doubleToUint(value: number): CelUint {
  if (!(value >= 0 && value < 2 ** 64)) {
    throw new CelRuntimeError('overflow', 'unsigned integer overflow');
  }
  return new CelUint(BigInt(Math.trunc(value)));
}

// More than twenty digits that count fit nowhere, and take long to read.
function parseInteger(text: string): bigint {
  if (!/^[+-]?0*\d{1,20}$/.test(text)) throw failed('int');
  const value = text.startsWith('+') ? BigInt(text.slice(1)) : BigInt(text);
  if (value > INT64_MAX || value < INT64_MIN) throw failed('int');
  return value;
}

function parseUnsigned(text: string): CelUint {
  if (!/^0*\d{1,20}$/.test(text)) throw failed('uint');
  const value = BigInt(text);
  if (value > UINT64_MAX) throw failed('uint');
  return new CelUint(value);
}
