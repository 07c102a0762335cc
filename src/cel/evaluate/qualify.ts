import { JsonMap, TypedMap } from '../from-json.ts';
import { formatDouble } from '../go-number.ts';
import { goType } from '../standard/go-type.ts';
import { runtimeType } from '../standard/runtime-type.ts';
import { CelStruct } from '../struct-value.ts';
import { CelUint, isCelMap, type CelMap, type CelValue } from '../values.ts';
import { Failure, type Result } from './failure.ts';
import { VariablesMap } from './variables-map.ts';

/** The first integer beyond int64: what is no int is no index, however large the list. */
const INT64_END = 2n ** 63n;
const unsupportedIndex = (key: CelValue): Failure =>
  new Failure('index', `unsupported index type '${runtimeType(key)}' in list`);
export const BAD_KEY = new Failure('key_type', 'unsupported map key type');
const invalidQualifier = (key: CelValue): Failure =>
  new Failure('conversion', `invalid qualifier type: ${goType(key)}`);

/** Whether a value may be a key or an index at all. */
export function isQualifier(key: CelValue): boolean {
  return typeof key !== 'object' || key instanceof CelUint;
}

/**
 * A member of a value, or undefined when there is none.
 * @param target not optional
 */
export function find(target: CelValue, key: CelValue): Result | undefined {
  if (target instanceof JsonMap) {
    return typeof key !== 'string' && target instanceof TypedMap ? BAD_KEY : target.get(key);
  }
  if (typeof target !== 'object' || target === null) return undefined;
  if (Array.isArray(target)) return element(target, key);
  if (target instanceof VariablesMap) return target.resolve(key);
  if (isCelMap(target)) return inMap(target, key);
  if (target instanceof CelStruct && typeof key === 'string') return field(target, key);
  return undefined;
}

function inMap(target: CelMap, key: CelValue): Result | undefined {
  return isQualifier(key) ? target.get(key) : invalidQualifier(key);
}

/** As {@link find}; what is missing is an error. */
export function qualify(target: CelValue, key: CelValue): Result {
  const found = find(target, key);
  return found === undefined ? missing(target, key) : found;
}

export function missing(target: CelValue, key: CelValue): Failure {
  if (!isQualifier(key)) return invalidQualifier(key);
  const text = textOf(key);
  return Array.isArray(target)
    ? new Failure('index', `index out of bounds: ${text}`)
    : new Failure('no_such_key', `no such key: ${text}`);
}

function textOf(key: CelValue): string {
  if (key instanceof CelUint) return key.value.toString();
  if (typeof key === 'number') return formatDouble(key);
  return typeof key === 'object' ? '' : String(key);
}

function element(list: readonly CelValue[], key: CelValue): Result | undefined {
  if (typeof key === 'bigint') return list[Number(key)];
  if (key instanceof CelUint && key.value < INT64_END) return list[Number(key.value)];
  if (typeof key === 'number' && Number.isInteger(key) && Math.abs(key) < Number(INT64_END)) {
    return list[key];
  }
  return isQualifier(key) ? unsupportedIndex(key) : invalidQualifier(key);
}

/** A JSONPatch literal has empty texts where nothing was given. */
function field(target: CelStruct, name: string): CelValue | undefined {
  return (
    target.fields.get(name) ??
    (target.typeName === 'JSONPatch' && name !== 'value' ? '' : undefined)
  );
}
