import { CelOptional, type CelValue } from '../values.ts';
import { runtimeType } from './runtime-type.ts';

/** Names of cel-go's own types, which some of its error texts tell. */
const GO_TYPES: ReadonlyMap<string, string> = new Map([
  ['bool', 'types.Bool'],
  ['bytes', 'types.Bytes'],
  ['double', 'types.Double'],
  ['google.protobuf.Duration', 'types.Duration'],
  ['google.protobuf.Timestamp', 'types.Timestamp'],
  ['int', 'types.Int'],
  ['kubernetes.Quantity', 'cel.Quantity'],
  ['kubernetes.Semver', 'cel.Semver'],
  ['kubernetes.URL', 'cel.URL'],
  ['list', '*types.baseList'],
  ['map', '*types.baseMap'],
  ['net.CIDR', 'cel.CIDR'],
  ['net.IP', 'cel.IP'],
  ['null_type', 'types.Null'],
  ['string', 'types.String'],
  ['type', '*types.Type'],
  ['uint', 'types.Uint'],
]);

/** The type of Go that holds a value in the API server, as its error texts name it. */
export function goType(value: CelValue): string {
  if (value instanceof CelOptional) return '*types.Optional';
  const type = runtimeType(value);
  return GO_TYPES.get(type) ?? type;
}
