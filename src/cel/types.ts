/** A static CEL type. `dyn` accepts and gives anything; `param` is a type variable of an overload. */
export type CelType =
  | {
      readonly kind: 'primitive';
      readonly name: PrimitiveName;
      /** `google.protobuf.Int64Value` and its like: the same values, and null may be compared with them. */
      readonly isWrapper?: true;
    }
  | { readonly kind: 'list'; readonly element: CelType }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | { readonly kind: 'optional'; readonly value: CelType }
  | { readonly kind: 'type'; readonly of: CelType }
  | { readonly kind: 'opaque'; readonly name: string }
  | { readonly kind: 'struct'; readonly struct: StructType }
  | { readonly kind: 'param'; readonly name: string };

export type PrimitiveName =
  | 'dyn'
  | 'null_type'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'google.protobuf.Timestamp'
  | 'google.protobuf.Duration';

/** A type with declared fields, e.g. `kubernetes.AdmissionRequest`. Selecting another field is a compile error. */
export interface StructType {
  readonly name: string;
  readonly fields: Readonly<Record<string, CelType>>;
  /** Type of every field that is not declared; absent: there are no others. */
  readonly anyField?: CelType;
}

const primitive = (name: PrimitiveName): CelType => ({ kind: 'primitive', name });

export const DYN = primitive('dyn');
export const NULL = primitive('null_type');
export const BOOL = primitive('bool');
export const INT = primitive('int');
export const UINT = primitive('uint');
export const DOUBLE = primitive('double');
export const STRING = primitive('string');
export const BYTES = primitive('bytes');
export const TIMESTAMP = primitive('google.protobuf.Timestamp');
export const DURATION = primitive('google.protobuf.Duration');

export const listOf = (element: CelType): CelType => ({ kind: 'list', element });
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: 'map', key, value });
export const optionalOf = (value: CelType): CelType => ({ kind: 'optional', value });
export const typeOf = (of: CelType): CelType => ({ kind: 'type', of });
export const opaque = (name: string): CelType => ({ kind: 'opaque', name });
export const struct = (type: StructType): CelType => ({ kind: 'struct', struct: type });
export const param = (name: string): CelType => ({ kind: 'param', name });

const SHORT_NAMES: ReadonlyMap<PrimitiveName, string> = new Map([
  ['google.protobuf.Timestamp', 'timestamp'],
  ['google.protobuf.Duration', 'duration'],
  ['null_type', 'null'],
]);

/** Text of a type as cel-go prints it: `map(string, int)`, `optional_type(dyn)`, `timestamp`, … */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case 'primitive':
      return SHORT_NAMES.get(type.name) ?? typeText(type);
    case 'list':
      return `list(${formatType(type.element)})`;
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case 'optional':
      return `optional_type(${formatType(type.value)})`;
    case 'type':
      return `type(${formatType(type.of)})`;
    case 'opaque':
      return type.name;
    case 'struct':
      return type.struct.name;
    case 'param':
      return type.name;
  }
}

/** Type of an expression that is wrong already; agrees with everything, so that one mistake is reported once. */
export const ERROR: CelType = opaque('!error!');
/** The type of types themselves (`type(int)` is of type `type`). */
export const TYPE: CelType = opaque('type');

/** Static type as Kubernetes prints it: as `formatType`, but timestamps, durations and null by their full names. */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case 'primitive':
      return type.isWrapper ? `wrapper(${type.name})` : type.name;
    case 'list':
      return `list(${typeText(type.element)})`;
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'optional':
      return `optional_type(${typeText(type.value)})`;
    case 'type':
      return `type(${typeText(type.of)})`;
    case 'struct':
      return type.struct.name;
    case 'opaque':
    case 'param':
      return type.name;
  }
}

/** Name of the run-time type of values of a static type, without parameters: `list`, `map`, `net.IP`, … */
export function erasedName(type: CelType): string {
  switch (type.kind) {
    case 'list':
    case 'map':
    case 'type':
      return type.kind;
    case 'optional':
      return 'optional_type';
    case 'struct':
      return type.struct.name;
    default:
      return type.name;
  }
}
