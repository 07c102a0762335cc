import { tryCompare, isCelNumber } from '../compare.ts';
import { celEquals, celMatches } from '../equality.ts';
import { TypedMap } from '../from-json.ts';
import type { Overload } from '../library.ts';
import { add, divide, modulo, multiply, negate, subtract } from '../standard/arithmetic.ts';
import { costSize } from '../standard/size.ts';
import { CelOpaque, CelOptional, isCelMap, type CelValue } from '../values.ts';
import { Failure, NAN_ORDER, NO_OVERLOAD, failureOf, type Result } from './failure.ts';
import { named } from './operator-failure.ts';
import type { Run } from './plan.ts';
import { BAD_KEY } from './qualify.ts';
import { VariablesMap } from './variables-map.ts';

export type Binary = (a: CelValue, b: CelValue) => Result;
type Cost = Overload['cost'];

const ordered = (operator: string, test: (order: -1 | 0 | 1) => boolean): Binary =>
  function compare(a, b) {
    if (typeof a === 'bigint' && typeof b === 'bigint') return test(a < b ? -1 : a > b ? 1 : 0);
    const order = tryCompare(a, b);
    if (order !== undefined) return test(order);
    return isCelNumber(a) && isCelNumber(b) ? NAN_ORDER : named(NO_OVERLOAD, operator, a);
  };

function sum(a: CelValue, b: CelValue): Result {
  if (typeof a === 'bigint') return add(a, b);
  try {
    return add(a, b);
  } catch (error) {
    return failureOf(error);
  }
}

/** Operators of two values, by cel-go's names. */
export const BINARY: Readonly<Record<string, Binary>> = {
  '_+_': (a, b) => named(sum(a, b), '_+_', a),
  '_-_': (a, b) => named(subtract(a, b), '_-_', a),
  '_*_': (a, b) => named(multiply(a, b), '_*_', a),
  '_/_': (a, b) => named(divide(a, b), '_/_', a),
  '_%_': (a, b) => named(modulo(a, b), '_%_', a),
  '_<_': ordered('_<_', (order) => order < 0),
  '_<=_': ordered('_<=_', (order) => order <= 0),
  '_>_': ordered('_>_', (order) => order > 0),
  '_>=_': ordered('_>=_', (order) => order >= 0),
  '@in': isIn,
};

export const UNARY: Readonly<Record<string, (value: CelValue) => Result>> = {
  '!_': (value) => (typeof value === 'boolean' ? !value : NO_OVERLOAD),
  '-_': (value) => named(negate(value), '-_', value),
};

function isIn(value: CelValue, container: CelValue): Result {
  if (Array.isArray(container)) {
    return (container as readonly CelValue[]).some((element) => celMatches(element, value));
  }
  if (typeof container !== 'object' || container === null || !isCelMap(container))
    return NO_OVERLOAD;
  return typeof value !== 'string' && container instanceof TypedMap
    ? BAD_KEY
    : container.has(value);
}

/** An operator of two values; both are computed before an error of the first is given. */
export function binaryRun(operate: Binary, cost: Cost, left: Run, right: Run): Run {
  if (cost === undefined) return plainBinaryRun(operate, left, right);
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.charge(cost([valueOf(a), valueOf(b)], undefined));
    if (a instanceof Failure) return a;
    return b instanceof Failure ? b : operate(a, b);
  };
}

function plainBinaryRun(operate: Binary, left: Run, right: Run): Run {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.charge(1);
    if (a instanceof Failure) return a;
    return b instanceof Failure ? b : operate(a, b);
  };
}

const valueOf = (result: Result): CelValue => (result instanceof Failure ? null : result);

export function unaryRun(operate: (value: CelValue) => Result, argument: Run): Run {
  return (frame) => {
    const value = argument(frame);
    frame.charge(1);
    return value instanceof Failure ? value : operate(value);
  };
}

/** `==` and `!=`. */
export function equalityRun(isNegated: boolean, left: Run, right: Run): Run {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.charge(equalityCost(a, b, isNegated));
    if (a instanceof Failure) return a;
    if (b instanceof Failure) return b;
    const result = equal(a, b);
    // As in cel-go, what cannot be compared is an error of `==` and simply unequal for `!=`.
    if (typeof result !== 'boolean') return isNegated ? true : result;
    return result !== isNegated;
  };
}

/** Kubernetes has a price of its own for what it calls `==` on a value of its libraries, and none for `!=`. */
function equalityCost(a: Result, b: Result, isNegated: boolean): number {
  if (!isNegated && a instanceof CelOpaque && !(a instanceof VariablesMap)) return 1;
  if (!isSized(a) || !isSized(b)) {
    if (!isSized(a) && !isSized(b)) return 1;
    return isEmpty(isSized(a) ? a : b) ? 0 : 1;
  }
  return Math.ceil(Math.min(costSize(a), costSize(b)) * 0.1);
}

/** Whether a value may have another size than 1. */
function isSized(value: Result): value is CelValue {
  return (
    typeof value === 'string' ||
    (typeof value === 'object' && value !== null && !(value instanceof Failure))
  );
}

const isEmpty = (value: Result): boolean => !(value instanceof Failure) && costSize(value) === 0;

function equal(a: CelValue, b: CelValue): boolean | Failure {
  if (a === null || b === null) return a === b;
  if (typeof a === 'string') return a === b;
  try {
    return celEquals(a, b);
  } catch (error) {
    return failureOf(error);
  }
}

/** `x in [constants]`: no cost of its own, and errors of nothing but x. */
export function membershipRun(argument: Run, elements: readonly CelValue[]): Run {
  const texts = new Set(elements.filter((element) => typeof element === 'string'));
  const others = elements.filter((element) => typeof element !== 'string');
  return (frame) => {
    const value = argument(frame);
    if (value instanceof Failure) return value;
    if (typeof value === 'string') return texts.has(value);
    return others.some((element) => celMatches(element, value));
  };
}

/** `&&` (isAnd) and `||`: the deciding value wins over errors, wherever it stands. */
export function logicRun(isAnd: boolean, terms: readonly Run[]): Run {
  const [first, second, third] = terms;
  if (first === undefined || second === undefined || third !== undefined) {
    return logicOfMany(isAnd, terms);
  }
  return logicOfTwo(isAnd, first, second);
}

function logicOfTwo(isAnd: boolean, first: Run, second: Run): Run {
  return (frame) => {
    const decisive = !isAnd;
    const a = first(frame);
    if (a === decisive) return decisive;
    const b = second(frame);
    if (b === decisive) return decisive;
    if (a !== isAnd) return a instanceof Failure ? a : NO_OVERLOAD;
    if (b !== isAnd) return b instanceof Failure ? b : NO_OVERLOAD;
    return isAnd;
  };
}

function logicOfMany(isAnd: boolean, terms: readonly Run[]): Run {
  return (frame) => {
    const decisive = !isAnd;
    let failure: Failure | undefined;
    for (const term of terms) {
      const value = term(frame);
      if (value === decisive) return decisive;
      if (value !== isAnd) failure ??= value instanceof Failure ? value : NO_OVERLOAD;
    }
    return failure ?? isAnd;
  };
}

/** `or` and `orValue`: the alternative is computed only when it is needed. */
export function alternativeRun(isValue: boolean, optional: Run, alternative: Run): Run {
  return (frame) => {
    const value = optional(frame);
    if (value instanceof Failure) return value;
    if (!(value instanceof CelOptional)) return NO_OVERLOAD;
    if (value.value === undefined) return alternative(frame);
    return isValue ? value.value : value;
  };
}
