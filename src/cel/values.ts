/**
 * CEL values as the evaluator and the libraries see them:
 *
 * | CEL | here |
 * |---|---|
 * | null, bool, string | null, boolean, string |
 * | int | bigint, always within int64 |
 * | uint | `CelUint` |
 * | double | number |
 * | bytes | `Uint8Array` |
 * | list | read-only array |
 * | map | `CelMap` (never a plain object: a JSON key called `constructor` must stay a key) |
 * | timestamp, duration | `CelTimestamp`, `CelDuration` (nanoseconds) |
 * | type | `CelTypeValue` |
 * | optional | `CelOptional` |
 * | anything a library defines | an instance of `CelOpaque` |
 */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CelUint
  | CelTimestamp
  | CelDuration
  | CelTypeValue
  | CelOptional
  | CelMap
  | CelOpaque
  | readonly CelValue[];

export class CelUint {
  readonly value: bigint;
  /** @param value 0 to 2^64-1 */
  constructor(value: bigint) {
    this.value = value;
  }
}

export class CelTimestamp {
  /** Nanoseconds since the Unix epoch; years 1 to 9999. */
  readonly nanos: bigint;
  /**
   * Offset that the text had, in seconds east of UTC. As in cel-go it takes no part in equality or order, survives
   * arithmetic, and shows in `string(t)` and in the accessors without a time zone (`t.getHours()`).
   */
  readonly offsetSeconds: number;
  constructor(nanos: bigint, offsetSeconds = 0) {
    this.nanos = nanos;
    this.offsetSeconds = offsetSeconds;
  }
}

export class CelDuration {
  /** Nanoseconds, within int64 as in Go. */
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** The value of `type(x)`. `name` is the runtime type name: `int`, `map`, `google.protobuf.Timestamp`, `net.IP`, … */
export class CelTypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export class CelOptional {
  static readonly none = new CelOptional(undefined);
  /** `undefined` when empty. */
  readonly value: CelValue | undefined;
  private constructor(value: CelValue | undefined) {
    this.value = value;
  }
  static of(value: CelValue): CelOptional {
    return new CelOptional(value);
  }
}

/** A map. Keys are bool, int, uint or string; int and uint (and integral double look-ups) of equal value are one key. */
export interface CelMap {
  readonly celKind: 'map';
  /** Name of its run-time type, when that is not `map`. */
  readonly typeName?: string;
  readonly size: number;
  /** @returns undefined when the key is absent */
  get(key: CelValue): CelValue | undefined;
  has(key: CelValue): boolean;
  keys(): Iterable<CelValue>;
}

export function isCelMap(value: CelValue): value is CelMap {
  return typeof value === 'object' && value !== null && 'celKind' in value;
}

/** A value of a type that a library defines (quantity, URL, IP, …). Its fields are out of reach of expressions. */
export abstract class CelOpaque {
  /** Runtime type name, e.g. `kubernetes.Quantity`. */
  abstract readonly typeName: string;
  /** What cost counting takes as the value's size. */
  readonly costSize: number = 1;
  /** @throws CelRuntimeError `no_such_overload` where cel-go's own comparison fails (a value of another type, …) */
  abstract equals(other: CelValue): boolean;
  /** The text after the tag when `sluice eval` prints it (see the oracle's README); null when the tag says all. */
  abstract display(): string | null;
}
