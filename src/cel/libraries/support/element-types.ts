import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  INT,
  STRING,
  TIMESTAMP,
  UINT,
  type CelType,
} from '../../types.ts';
import { CelDuration, CelUint, type CelValue } from '../../values.ts';

interface ElementType {
  /** As overload ids of Kubernetes' list library name it. */
  readonly name: string;
  readonly type: CelType;
}

/** Types whose lists can be summed, each with its zero, in the order in which overloads are tried. */
export const SUMMABLE_TYPES: readonly (ElementType & { readonly zero: CelValue })[] = [
  { name: 'int', type: INT, zero: 0n },
  { name: 'uint', type: UINT, zero: new CelUint(0n) },
  { name: 'double', type: DOUBLE, zero: 0 },
  { name: 'duration', type: DURATION, zero: new CelDuration(0n) },
];

/** Types whose lists can be sorted, in the order in which overloads are tried. */
export const COMPARABLE_TYPES: readonly ElementType[] = [
  { name: 'int', type: INT },
  { name: 'uint', type: UINT },
  { name: 'double', type: DOUBLE },
  { name: 'bool', type: BOOL },
  { name: 'duration', type: DURATION },
  { name: 'timestamp', type: TIMESTAMP },
  { name: 'string', type: STRING },
  { name: 'bytes', type: BYTES },
];
