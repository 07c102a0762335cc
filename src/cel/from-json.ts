import { isJsonArray, isJsonObject, JsonDouble, type Json } from '../lib/lossless-json.ts';
import type { CelMap, CelValue } from './values.ts';
import { spend } from './work.ts';

type JsonObject = { readonly [key: string]: Json };

const SMALL = 1024;
const SMALL_INTS: readonly bigint[] = Array.from({ length: SMALL }, (_, value) => BigInt(value));

/**
 * JSON as a CEL value. Objects become maps that look only at own keys and convert members when they are first read;
 * convert once for all expressions that read the same object.
 */
export function fromJson(json: Json): CelValue {
  switch (typeof json) {
    case 'number':
      return Number.isInteger(json) ? integer(json) : json;
    case 'string':
    case 'boolean':
    case 'bigint':
      return json;
    default:
      break;
  }
  if (isJsonArray(json)) return json.map(fromJson);
  if (json instanceof JsonDouble) return json.value;
  return isJsonObject(json) ? new JsonMap(json) : null;
}

function integer(value: number): bigint {
  return SMALL_INTS[value] ?? BigInt(value);
}

/** A JSON object as a map. Only own keys count, so `constructor` and `__proto__` are keys like any other. */
export class JsonMap implements CelMap {
  readonly celKind = 'map';
  readonly #json: JsonObject;
  /** Lists and maps that were read; the rest costs nothing to convert again. */
  #members: Map<string, CelValue> | undefined;
  #keys: readonly string[] | undefined;

  constructor(json: JsonObject) {
    this.#json = json;
  }

  get size(): number {
    return this.keys().length;
  }

  get(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#members?.get(key);
    if (known !== undefined) return known;
    const member = Object.hasOwn(this.#json, key) ? this.#json[key] : undefined;
    if (member === undefined) return undefined;
    const value = this.convert(member, key);
    if (typeof value === 'object' && value !== null) {
      this.#members ??= new Map();
      this.#members.set(key, value);
    }
    return value;
  }

  /** @param json the member under the key */
  protected convert(json: Json, key: string): CelValue;
  protected convert(json: Json): CelValue {
    return fromJson(json);
  }

  has(key: CelValue): boolean {
    // A member that is undefined is what JSON would leave out.
    return typeof key === 'string' && this.get(key) !== undefined;
  }

  /** Whether two maps are equal, as CEL's `==` has it, without converting what is in them. */
  equalsJson(other: JsonMap): boolean {
    return sameObjects(this.#json, other.#json);
  }

  /** Sorted, so that the order in which an object was written changes nothing (Go's own order is random). */
  keys(): readonly string[] {
    this.#keys ??= Object.keys(this.#json)
      .filter((key) => this.#json[key] !== undefined)
      .sort();
    return this.#keys;
  }
}

function sameObjects(left: JsonObject, right: JsonObject): boolean {
  let rest = 0;
  for (const key in right) if (right[key] !== undefined) rest++;
  for (const key in left) {
    const member = left[key];
    if (member === undefined) continue;
    const other = Object.hasOwn(right, key) ? right[key] : undefined;
    if (other === undefined || !sameJson(member, other)) return false;
    rest--;
  }
  spend(1);
  return rest === 0;
}

function sameJson(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (isJsonArray(left)) {
    if (!isJsonArray(right) || left.length !== right.length) return false;
    spend(left.length);
    return left.every((each, index) => sameJson(each, right[index] ?? null));
  }
  if (isJsonObject(left)) return isJsonObject(right) && sameObjects(left, right);
  // Integers are compared exactly, and through doubles only where one is one.
  if (typeof left === 'bigint' && typeof right === 'bigint') return false;
  const number = numberOf(left);
  return number !== undefined && number === numberOf(right);
}

/** A number as a double, as far as two different ones are to be told apart; undefined for what is none. */
function numberOf(json: Json): number | undefined {
  if (typeof json === 'number') return json;
  if (typeof json === 'bigint') return Number(json);
  return json instanceof JsonDouble ? json.value : undefined;
}

/**
 * JSON as the API server holds `request` and `namespaceObject`, in Go types: the same to look at, but asking such a map
 * for a key that is no string is an error, and it cannot become part of a patch.
 */
export function fromTypedJson(json: Json): CelValue {
  if (isJsonArray(json)) return typedList(json);
  return isJsonObject(json) ? new TypedMap(json) : fromJson(json);
}

const typedLists = new WeakSet<object>();

function typedList(json: readonly Json[]): readonly CelValue[] {
  const list = json.map(fromTypedJson);
  typedLists.add(list);
  return list;
}

/** Whether a value is held in Go types, so that comparing it with what has no such type is an error. */
export function isTyped(value: CelValue): boolean {
  if (value instanceof TypedMap) return true;
  return typeof value === 'object' && value !== null && typedLists.has(value);
}

export class TypedMap extends JsonMap {
  /** The options of a request are the only part without a Go type. */
  protected override convert(json: Json, key: string): CelValue {
    return key === 'options' && isJsonObject(json) ? fromJson(json) : fromTypedJson(json);
  }
}
