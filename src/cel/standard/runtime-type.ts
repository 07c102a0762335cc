import {
  CelDuration,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelTypeValue,
  CelUint,
  type CelMap,
  type CelValue,
} from '../values.ts';

/** Name of the type of a value: what `type(x)` gives. */
export function runtimeType(value: CelValue): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    default:
      return value === null ? 'null_type' : objectType(value);
  }
}

function objectType(value: Exclude<CelValue, null>): string {
  if (Array.isArray(value)) return 'list';
  if (value instanceof CelOpaque) return value.typeName;
  if (value instanceof CelUint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof CelTimestamp) return 'google.protobuf.Timestamp';
  if (value instanceof CelDuration) return 'google.protobuf.Duration';
  if (value instanceof CelTypeValue) return 'type';
  if (value instanceof CelOptional) return 'optional_type';
  return (value as CelMap).typeName ?? 'map';
}
