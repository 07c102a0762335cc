import { runtimeType } from '../standard/runtime-type.ts';
import type { CelValue } from '../values.ts';
import { Failure, NO_OVERLOAD, type Result } from './failure.ts';

const NUMBERS = ['double', 'int', 'uint'];
const TIMES = ['google.protobuf.Duration', 'google.protobuf.Timestamp'];
const ORDERED = [...NUMBERS, ...TIMES, 'bool', 'bytes', 'string'];

/** Types that know an operator at all, as the left operand. Those of {@link CALLED} answer for every operator. */
const KNOWING: Readonly<Record<string, readonly string[]>> = {
  '_+_': [...NUMBERS, ...TIMES, 'bytes', 'list', 'string'],
  '_-_': [...NUMBERS, ...TIMES],
  '_*_': NUMBERS,
  '_/_': NUMBERS,
  '_%_': ['int', 'uint'],
  '_<_': ORDERED,
  '_<=_': ORDERED,
  '_>_': ORDERED,
  '_>=_': ORDERED,
  '-_': ['bool', 'double', 'int'],
};
const CALLED = new Set(['string', ...TIMES]);

/** The result of an operator; where the left operand does not know it, cel-go's error tells which one it was. */
export function named(result: Result, operator: string, left: CelValue): Result {
  if (result !== NO_OVERLOAD) return result;
  const type = runtimeType(left);
  const isKnown = KNOWING[operator]?.includes(type) ?? true;
  if (isKnown || CALLED.has(type)) return result;
  return new Failure('no_such_overload', `no such overload: ${operator}`);
}
