import { ForeignValue, NIL_LIST } from '../domain/structured-merge/value.ts';
import { JsonDouble } from '../lib/lossless-json.ts';
import { TypedMap } from './from-json.ts';
import type { LiteralShapes } from './literal-shapes.ts';
import { LiteralMap } from './literal-map.ts';
import { CelStruct } from './struct-value.ts';
import { NotJson } from './to-json.ts';
import { formatTimestamp } from './time-text.ts';
import {
  CelDuration,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelUint,
  isCelMap,
  type CelMap,
  type CelValue,
} from './values.ts';

/**
 * The members of an `Object{…}` as MutatingAdmissionPolicy takes them: what no object can hold (null, bytes, uint, …)
 * becomes a `ForeignValue`, which then fits no type. A map or list literal straight inside a list or map literal is such
 * a value too: Kubernetes does not look into it.
 * @param shapes of the literals in the expression
 * @throws NotJson when a literal's type name does not say where it stands, or a map has a key that is no string
 */
export function toApplyConfiguration(
  value: CelValue,
  shapes: LiteralShapes,
): Readonly<Record<string, unknown>> {
  if (!(value instanceof CelStruct)) throw new NotJson('unsupported return type');
  const mismatches = typeMismatches(value, value.typeName);
  if (mismatches.length > 0) throw new NotJson(`type mismatch: ${mismatches.join('\n')}`);
  const members = new Conversion(shapes).struct(value);
  if (members instanceof ForeignValue) {
    throw new NotJson('invalid return type: *dynamic.ObjectVal');
  }
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

/** A map has a key that is no string. */
class BadKey {
  readonly key: CelValue;

  constructor(key: CelValue) {
    this.key = key;
  }
}

const NULL = new ForeignValue('structpb.NullValue', 'NULL_VALUE', '0');

class Conversion {
  readonly #shapes: LiteralShapes;

  constructor(shapes: LiteralShapes) {
    this.#shapes = shapes;
  }

  /** @returns an error as a value when a field cannot be converted */
  struct({ fields }: CelStruct): Readonly<Record<string, unknown>> | ForeignValue {
    const members: [string, unknown][] = [];
    for (const [name, field] of fields) {
      const member = this.#field(field);
      if (member instanceof BadKey) return conversionError(name, member);
      members.push([name, member]);
    }
    return Object.fromEntries(members);
  }

  /** The value of a field: lists and maps are taken apart. */
  #field(value: CelValue): unknown {
    if (Array.isArray(value)) {
      if (value.length === 0) return NIL_LIST;
      const { addsLists } = this.#shapes;
      return (value as readonly CelValue[]).map((entry) =>
        addsLists && entry instanceof LiteralMap ? this.#field(entry) : this.#element(entry),
      );
    }
    const isPlain = value === null || typeof value !== 'object';
    if (isPlain || value instanceof TypedMap || !isCelMap(value)) return this.#element(value);
    return value instanceof LiteralMap
      ? this.#members(value, (member) => this.#element(member))
      : this.#members(value, (member) => this.#field(member));
  }

  #members(map: CelMap, convert: (value: CelValue) => unknown): unknown {
    const members: [string, unknown][] = [];
    for (const key of map.keys()) {
      if (typeof key !== 'string') return new BadKey(key);
      members.push([key, convert(map.get(key) ?? null)]);
    }
    return Object.fromEntries(members);
  }

  /** What is inside a list or map literal is taken as it is. */
  #element(value: CelValue): unknown {
    switch (typeof value) {
      case 'boolean':
      case 'string':
        return value;
      case 'bigint':
        return Number.isSafeInteger(Number(value)) ? Number(value) : value;
      case 'number':
        return doubleOf(value);
      default:
        return value === null ? NULL : this.#object(value);
    }
  }

  #object(value: Exclude<CelValue, null>): unknown {
    if (Array.isArray(value)) return this.#list(value as readonly CelValue[]);
    if (value instanceof CelStruct) return this.struct(value);
    if (value instanceof LiteralMap) return this.#literal('map[ref.Val]ref.Val', value);
    // A map that came from an object keeps its nulls.
    if (isCelMap(value) && !(value instanceof TypedMap)) {
      return this.#members(value, (member) => (member === null ? null : this.#element(member)));
    }
    if (value instanceof CelOptional) {
      return value.value === undefined ? null : this.#element(value.value);
    }
    return foreign(value);
  }

  #list(values: readonly CelValue[]): unknown {
    const list = values.map((entry) => this.#element(entry));
    const { hasNestedLists } = this.#shapes;
    return hasNestedLists ? new ForeignValue('[]ref.Val', '', '[]ref.Val{}', list) : list;
  }

  #literal(type: string, map: LiteralMap): unknown {
    const members = this.#members(map, (member) => this.#element(member));
    return new ForeignValue(type, '', `${type}{}`, members);
  }
}

function conversionError(field: string, { key }: BadKey): ForeignValue {
  const shown = typeof key === 'bigint' ? `'\\x${key.toString(16).padStart(2, '0')}'` : 'it';
  const text = `fail to convert field "${field}": map key ${shown} is of type ${GO_TYPES[typeof key] ?? 'ref.Val'}, not string`;
  return new ForeignValue('*types.Err', text, '&types.Err{}');
}

const GO_TYPES: Readonly<Record<string, string>> = { bigint: 'types.Int', boolean: 'types.Bool' };

function doubleOf(value: number): unknown {
  if (!Number.isFinite(value)) return new ForeignValue('float64', String(value), String(value));
  return Number.isInteger(value) ? new JsonDouble(value) : value;
}

function foreign(value: Exclude<CelValue, null>): ForeignValue {
  if (value instanceof CelUint) {
    return new ForeignValue('uint64', String(value.value), `0x${value.value.toString(16)}`);
  }
  if (value instanceof Uint8Array) {
    // The bytes themselves may be those of a secret.
    return new ForeignValue('[]uint8', '[…]', '[]byte{…}');
  }
  if (value instanceof CelDuration) {
    return new ForeignValue('time.Duration', goDuration(value), String(value.nanos));
  }
  if (value instanceof CelTimestamp) {
    const text = formatTimestamp(value).replace('T', ' ').replace('Z', ' +0000 UTC');
    return new ForeignValue('time.Time', text, text);
  }
  const type = value instanceof CelOpaque ? value.typeName : 'ref.Val';
  return new ForeignValue(type === 'kubernetes.Quantity' ? '*resource.Quantity' : type, '…', '…');
}

/** As Go prints a duration: `1m0s`. */
function goDuration({ nanos }: CelDuration): string {
  const size = nanos < 0n ? -nanos : nanos;
  const seconds = Number(size % 60_000_000_000n) / 1e9;
  const minutes = (size / 60_000_000_000n) % 60n;
  const hours = size / 3_600_000_000_000n;
  const large = hours > 0n ? `${hours}h${minutes}m` : minutes > 0n ? `${minutes}m` : '';
  return `${nanos < 0n ? '-' : ''}${large}${seconds}s`;
}
