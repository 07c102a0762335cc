import { Failure, NO_OVERLOAD, type Result } from './evaluate/failure.ts';
import { VariablesMap } from './evaluate/variables-map.ts';
import { runtimeType } from './standard/runtime-type.ts';
import { sizeOf } from './standard/size.ts';
import { formatTimestamp } from './time-text.ts';
import {
  CelDuration,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelMap,
  type CelValue,
} from './values.ts';
import { Stop, bounded, spend } from './work.ts';
import { formatDouble } from './go-number.ts';

/** A CEL value with its type, as `sluice eval` prints it. */
export interface Tagged {
  readonly t: string;
  readonly v: unknown;
}

/** What stands for a value whose text would be too long. `size` is that of CEL's `size`, -1 for a value without one. */
export interface BigTagged {
  readonly t: string;
  readonly big: true;
  readonly size: string;
}

/** Longest text of a tagged value, in bytes, as in the recorded vectors. */
const MAX_BYTES = 16 * 1024;
/** Work counted for each element, so that a list of a hundred thousand is not written out only to be thrown away. */
const ELEMENT_WORK = 500;

/** As {@link toTagged}, with a stand-in for a value of more than 16 KiB. */
export function toBriefTagged(value: CelValue): Tagged | BigTagged {
  const tagged = taggedOrBig(value);
  if ('big' in tagged) return tagged;
  if (Buffer.byteLength(JSON.stringify(tagged)) <= MAX_BYTES) return tagged;
  return { t: tagged.t, big: true, size: String(sizeOf(value) ?? -1) };
}

/** A list in lists that is held in many places need not be written out to see that it is too long. */
function taggedOrBig(value: CelValue): Tagged | BigTagged {
  try {
    return bounded(undefined, () => toTagged(value));
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { t: runtimeType(value), big: true, size: String(sizeOf(value) ?? -1) };
  }
}

/** Texts as of the recorded vectors: decimal text for numbers, nanoseconds for durations, hex for bytes. */
export function toTagged(value: CelValue): Tagged {
  switch (typeof value) {
    case 'boolean':
      return { t: 'bool', v: value };
    case 'string':
      return { t: 'string', v: value };
    case 'bigint':
      return { t: 'int', v: value.toString() };
    case 'number':
      return { t: 'double', v: doubleText(value) };
    default:
      return value === null ? { t: 'null', v: null } : taggedObject(value);
  }
}

function taggedObject(value: Exclude<CelValue, null>): Tagged {
  if (Array.isArray(value)) {
    spend(value.length * ELEMENT_WORK);
    return { t: 'list', v: (value as readonly CelValue[]).map(toTagged) };
  }
  if (value instanceof CelUint) return { t: 'uint', v: value.value.toString() };
  if (value instanceof Uint8Array) return { t: 'bytes', v: Buffer.from(value).toString('hex') };
  if (value instanceof CelTimestamp) {
    return { t: 'timestamp', v: formatTimestamp(new CelTimestamp(value.nanos)) };
  }
  if (value instanceof CelDuration) return { t: 'duration', v: value.nanos.toString() };
  if (value instanceof CelTypeValue) return { t: 'type', v: value.name };
  if (value instanceof CelOptional) {
    return { t: 'optional', v: value.value === undefined ? null : toTagged(value.value) };
  }
  if (value instanceof VariablesMap) return { t: 'map', v: variablesOf(value) };
  if (value instanceof CelOpaque) return { t: runtimeType(value), v: value.display() };
  return { t: 'map', v: entriesOf(value as CelMap) };
}

function entriesOf(map: CelMap): readonly (readonly [Tagged, Tagged])[] {
  return sorted([...map.keys()].map((key) => [toTagged(key), toTagged(map.get(key) ?? null)]));
}

/** Kubernetes goes over the values as if they were keys; under them there is nothing. */
function variablesOf(variables: VariablesMap): readonly (readonly [Tagged, Tagged])[] {
  const nothing = { t: 'error', v: NO_OVERLOAD.message };
  const names = [...variables.keys()];
  return sorted(names.map((name) => [taggedResult(variables.resolve(name) ?? null), nothing]));
}

function taggedResult(result: Result): Tagged {
  return result instanceof Failure ? { t: 'error', v: result.message } : toTagged(result);
}

type Entry = readonly [Tagged, Tagged];

function sorted(entries: readonly Entry[]): readonly Entry[] {
  return entries
    .map((entry) => ({ sortBy: JSON.stringify(entry[0]), entry }))
    .sort((a, b) => (a.sortBy < b.sortBy ? -1 : 1))
    .map(({ entry }) => entry);
}

function doubleText(value: number): string {
  return Number.isFinite(value) ? formatDouble(value) : String(value);
}
