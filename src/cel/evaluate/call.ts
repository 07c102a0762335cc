import { CelAbortError, type Overload } from '../library.ts';
import type { CelValue } from '../values.ts';
import { Stop } from '../work.ts';
import { runtimeType } from '../standard/runtime-type.ts';
import { Failure, failureOf, type Result } from './failure.ts';
import type { Frame } from './frame.ts';
import { choose } from './guard.ts';
import type { Run } from './plan.ts';

/** How a call of a declared function is run. */
export interface Callee {
  readonly name: string;
  /** Those that the static types leave; all of the function's when they leave several. */
  readonly overloads: readonly Overload[];
  /** Whether one overload is meant, so that its own cost applies. */
  readonly isResolved: boolean;
  /** Cost where several overloads are possible, whichever runs. */
  readonly openCost?: Overload['cost'] | undefined;
}

/**
 * A function call. With up to two arguments all are computed before the first error among them is given.
 * @param isEager whether the first error ends it, as with more arguments (regular expressions compiled in advance, and
 *   functions with several possible overloads that cel-go dispatches at run time)
 */
export function callRun(callee: Callee, args: readonly Run[], isEager: boolean): Run {
  const [first, second] = args;
  if (isEager) return variadic(callee, args);
  if (args.length === 1 && first !== undefined) return unary(callee, first);
  if (args.length === 2 && first !== undefined && second !== undefined) {
    return binary(callee, first, second);
  }
  return variadic(callee, args);
}

function unary(callee: Callee, argument: Run): Run {
  return (frame) => {
    const value = argument(frame);
    if (value instanceof Failure) return failed(frame, callee, [null], value);
    return invoke(frame, callee, [value]);
  };
}

function binary(callee: Callee, left: Run, right: Run): Run {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (a instanceof Failure) return failed(frame, callee, [null, orNull(b)], a);
    if (b instanceof Failure) return failed(frame, callee, [a, null], b);
    return invoke(frame, callee, [a, b]);
  };
}

function variadic(callee: Callee, args: readonly Run[]): Run {
  const last = args.length - 1;
  return (frame) => {
    const values: CelValue[] = [];
    for (const [index, argument] of args.entries()) {
      const value = argument(frame);
      if (value instanceof Failure) {
        return index === last ? failed(frame, callee, [...values, null], value) : value;
      }
      values.push(value);
    }
    return invoke(frame, callee, values);
  };
}

const orNull = (result: Result): CelValue => (result instanceof Failure ? null : result);

function invoke(frame: Frame, callee: Callee, args: readonly CelValue[]): Result {
  const overload = choose(callee.overloads, args);
  if (overload === undefined) return failed(frame, callee, args, noOverload(callee.name, args));
  let result: Result;
  try {
    result = overload.call(args, frame.activation.context);
  } catch (error) {
    return failed(frame, callee, args, failureOf(error));
  }
  const cost = callee.openCost ?? overload.cost;
  frame.charge(cost === undefined ? 1 : cost(args, result));
  return result;
}

/** Functions of one binding for all types, for which cel-go does not say which types there were. */
const TYPELESS = new Set(['size', 'sort', '@sortByAssociatedKeys']);

function noOverload(name: string, args: readonly CelValue[]): Failure {
  const types = TYPELESS.has(name) ? '' : `(${args.map(runtimeType).join(', ')})`;
  return new Failure('no_such_overload', `no such overload: ${name}${types}`);
}

/** A call that fails costs what it would have cost; an argument that is itself an error counts as of size 1. */
function failed(
  frame: Frame,
  callee: Callee,
  args: readonly CelValue[],
  failure: Failure,
): Failure {
  const { openCost, overloads } = callee;
  frame.charge(openCost === undefined ? costOf(overloads, args) : openCost(args, undefined));
  return failure;
}

function costOf(overloads: readonly Overload[], args: readonly CelValue[]): number {
  const cost = overloads.find(({ params }) => params.length === args.length)?.cost;
  if (cost === undefined) return 1;
  try {
    return cost(args, undefined);
  } catch (error) {
    if (error instanceof CelAbortError || error instanceof Stop) throw error;
    return 1;
  }
}
