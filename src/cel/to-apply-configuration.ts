import { ForeignValue } from '../domain/structured-merge/value.ts';
import { JsonDouble } from '../lib/lossless-json.ts';
import { TypedMap } from './from-json.ts';
import { LiteralMap } from './literal-map.ts';
import { CelStruct } from './struct-value.ts';
import { NotJson } from './to-json.ts';
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

/**
 * The members of an `Object{…}` as MutatingAdmissionPolicy takes them: what no object can hold (null, bytes, uint, …)
 * becomes a `ForeignValue`, which then fits no type. A map literal straight inside a list or map literal is such a value
 * too: Kubernetes does not look into it.
 * @throws NotJson when a literal's type name does not say where it stands, or a map has a key that is no string
 */
export function toApplyConfiguration(value: CelValue): Readonly<Record<string, unknown>> {
  if (!(value instanceof CelStruct)) throw new NotJson('unsupported return type');
  const mismatches = typeMismatches(value, value.typeName);
  if (mismatches.length > 0) throw new NotJson(`type mismatch: ${mismatches.join('\n')}`);
  const members = structMembers(value);
  if (members === undefined) throw new NotJson('invalid return type: *dynamic.ObjectVal');
  return members;
}

/** `Object.a{b: …}`: the types of what is in its fields must be named after the path to them. */
function typeMismatches(value: CelValue, wanted: string): readonly string[] {
  if (Array.isArray(value)) {
    return (value as readonly CelValue[]).flatMap((element) => typeMismatches(element, wanted));
  }
  if (value instanceof LiteralMap) {
    return [...value.keys()].flatMap((key) => typeMismatches(value.get(key) ?? null, wanted));
  }
  if (!(value instanceof CelStruct)) return [];
  const { typeName } = value;
  const own =
    typeName === wanted
      ? []
      : [
          `unexpected type name "${typeName}", expected "${wanted}", which matches field name path from root Object type`,
        ];
  const below = [...value.fields].flatMap(([name, field]) =>
    typeMismatches(field, `${wanted}.${name}`),
  );
  return [...own, ...below];
}

const ERROR = new ForeignValue('*types.Err', 'error', '&types.Err{}');
const LITERAL_MAP = new ForeignValue('map[ref.Val]ref.Val', 'map[]', 'map[ref.Val]ref.Val{}');
const NULL = new ForeignValue('structpb.NullValue', 'NULL_VALUE', '0');

/** @returns undefined when a field cannot be converted */
function structMembers({ fields }: CelStruct): Readonly<Record<string, unknown>> | undefined {
  const members = [...fields].map(([name, field]) => [name, fieldOf(field)] as const);
  return members.some(([, member]) => member === ERROR) ? undefined : Object.fromEntries(members);
}

/** The value of a field: lists and maps are taken apart. */
function fieldOf(value: CelValue): unknown {
  if (Array.isArray(value)) return (value as readonly CelValue[]).map(elementOf);
  if (value instanceof CelStruct || value === null || typeof value !== 'object') {
    return elementOf(value);
  }
  if (value instanceof TypedMap || !isCelMap(value)) return elementOf(value);
  return mapMembers(value, value instanceof LiteralMap ? elementOf : fieldOf);
}

function mapMembers(map: CelMap, convert: (value: CelValue) => unknown): unknown {
  const members: [string, unknown][] = [];
  for (const key of map.keys()) {
    if (typeof key !== 'string') return ERROR;
    members.push([key, convert(map.get(key) ?? null)]);
  }
  return Object.fromEntries(members);
}

/** What is inside a list or map literal is taken as it is. */
function elementOf(value: CelValue): unknown {
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case 'number':
      return doubleOf(value);
    default:
      return value === null ? NULL : objectOf(value);
  }
}

function doubleOf(value: number): unknown {
  if (!Number.isFinite(value)) return new ForeignValue('float64', String(value), String(value));
  return Number.isInteger(value) ? new JsonDouble(value) : value;
}

function objectOf(value: Exclude<CelValue, null>): unknown {
  if (Array.isArray(value)) return (value as readonly CelValue[]).map(elementOf);
  if (value instanceof CelStruct) return structMembers(value) ?? ERROR;
  if (value instanceof LiteralMap) return LITERAL_MAP;
  if (isCelMap(value) && !(value instanceof TypedMap)) return rawMembers(value);
  if (value instanceof CelOptional)
    return value.value === undefined ? null : elementOf(value.value);
  return foreign(value);
}

/** A map that came from an object keeps its nulls. */
function rawMembers(map: CelMap): unknown {
  return mapMembers(map, (member) => (member === null ? null : elementOf(member)));
}

function foreign(value: Exclude<CelValue, null>): ForeignValue {
  if (value instanceof CelUint) {
    return new ForeignValue('uint64', String(value.value), `0x${value.value.toString(16)}`);
  }
  if (value instanceof Uint8Array) {
    const bytes = [...value];
    const hex = bytes.map((byte) => `0x${byte.toString(16)}`);
    return new ForeignValue('[]uint8', `[${bytes.join(' ')}]`, `[]byte{${hex.join(', ')}}`);
  }
  if (value instanceof CelDuration) {
    return new ForeignValue('time.Duration', formatDuration(value), String(value.nanos));
  }
  if (value instanceof CelTimestamp) {
    const text = formatTimestamp(value);
    return new ForeignValue('time.Time', text, text);
  }
  return new ForeignValue('ref.Val', 'value', 'value');
}
