import { CelRuntimeError } from '../../library.ts';
import { CelDuration, CelUint, type CelValue } from '../../values.ts';
import { noSuchOverload } from './arguments.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * Sum of two numbers of one type, or of two durations.
 * @throws CelRuntimeError `overflow`, or `no_such_overload` when the types differ
 */
export function add(left: CelValue, right: CelValue): CelValue {
  if (typeof left === 'bigint' && typeof right === 'bigint') return int64(left + right, 'integer');
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  if (left instanceof CelUint && right instanceof CelUint) {
    const sum = left.value + right.value;
    if (sum > UINT64_MAX) throw overflow('unsigned integer');
    return new CelUint(sum);
  }
  if (left instanceof CelDuration && right instanceof CelDuration) {
    return new CelDuration(int64(left.nanos + right.nanos, 'integer'));
  }
  throw noSuchOverload();
}

function int64(value: bigint, name: string): bigint {
  if (value < INT64_MIN || value > INT64_MAX) throw overflow(name);
  return value;
}

function overflow(name: string): CelRuntimeError {
  return new CelRuntimeError('overflow', `${name} overflow`);
}
