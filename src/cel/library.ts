import type { AccessAnswer, AccessQuestion } from '../domain/access.ts';
import type { CelType } from './types.ts';
import type { CelValue } from './values.ts';

/** Error classes of the recorded vectors (shared vocabulary of compile and run time). */
export type CelErrorClass =
  | 'undeclared'
  | 'syntax'
  | 'type'
  | 'no_overload'
  | 'undefined_field'
  | 'literal'
  | 'const_fold'
  | 'result_type'
  | 'no_such_key'
  | 'no_such_overload'
  | 'index'
  | 'conversion'
  | 'divide_by_zero'
  | 'modulus_by_zero'
  | 'overflow'
  | 'key_type'
  | 'variable_compile'
  | 'cost'
  | 'budget'
  | 'other';

/** Thrown by an overload for a run-time error; the evaluator turns it into an error value. The text never holds object data beyond a key. */
export class CelRuntimeError extends Error {
  override readonly name = 'CelRuntimeError';
  readonly errorClass: CelErrorClass;
  constructor(errorClass: CelErrorClass, message: string) {
    super(message);
    this.errorClass = errorClass;
  }
}

/** Where Kubernetes' own code breaks off in the middle: it ends the whole evaluation, and nothing absorbs it. */
export class CelAbortError extends Error {
  override readonly name = 'CelAbortError';
}

/** A question as an expression asks it: about the user of the request, unless it names a ServiceAccount. */
export interface AuthorizerQuestion extends AccessQuestion {
  /** Set by `authorizer.serviceAccount(ns, name)`. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

export type AuthorizerAnswer = AccessAnswer;

/** What an overload may use while it runs. It never reads a clock, the network or randomness. */
export interface CallContext {
  /** @returns undefined when the answer is not among the facts */
  authorize(question: AuthorizerQuestion): AuthorizerAnswer | undefined;
}

/** One signature of a function. Overload ids are cel-go's and Kubernetes' own, where they have one. */
export interface Overload {
  readonly id: string;
  /** Parameter types; for a member function the receiver comes first. */
  readonly params: readonly CelType[];
  readonly result: CelType;
  /** `receiver.name(args)` rather than `name(receiver, args)`. */
  readonly member: boolean;
  /** @throws CelRuntimeError */
  readonly call: (args: readonly CelValue[], context: CallContext) => CelValue;
  /**
   * Run-time cost of the call itself (arguments are counted by the evaluator), as Kubernetes' cost estimator and cel-go
   * count it. Default 1. `result` is undefined when the call failed.
   */
  readonly cost?: (args: readonly CelValue[], result: CelValue | undefined) => number;
  /** The call takes any argument: the evaluator does not compare run-time types with `params` (they hold for the checker). */
  readonly unguarded?: true;
  /** The first argument that is an error ends the call, as with three arguments and more, and it costs nothing. */
  readonly isVariadic?: true;
  /** Index of an argument that is a regular expression: a constant that does not compile fails the program (`const_fold`). */
  readonly regexArgument?: number;
}

export interface FunctionDeclaration {
  /** `size`, `matches`, `sets.contains` (a qualified global name), … */
  readonly name: string;
  readonly overloads: readonly Overload[];
  /**
   * Cost of a call for which the checker leaves several overloads open: cel-go then counts by the function's name alone.
   * Default: the cost of the overload that ran.
   */
  readonly openCost?: NonNullable<Overload['cost']>;
}

/**
 * A set of functions and the Kubernetes version that introduced it. One file in `libraries/` exports one; the
 * evaluator knows none by name. Macros and operators belong to the evaluator, not to libraries.
 */
export interface CelLibrary {
  readonly name: string;
  /** `major.minor` of Kubernetes, e.g. `1.28`. A function that came later is in a library of its own. */
  readonly since: string;
  readonly functions: readonly FunctionDeclaration[];
  /** Global constants and type identifiers, e.g. `net.IP`. */
  readonly types?: readonly CelType[];
}
