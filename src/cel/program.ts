import type { CallContext, CelErrorClass } from './library.ts';
import type { CelType } from './types.ts';
import type { CelValue } from './values.ts';

/** Cost limit of one evaluation when none is given (Kubernetes' PerCallLimit). */
export const DEFAULT_COST_LIMIT = 1_000_000;

/** Which limit or rule ended an evaluation. */
type FailureKind = 'runtime' | 'cost' | 'budget';

/** What an evaluation gave. `cost` counts the expression and the variables that it was the first to use. */
export type Outcome =
  | { readonly ok: true; readonly value: CelValue; readonly cost: number }
  | {
      readonly ok: false;
      readonly kind: FailureKind;
      readonly errorClass: CelErrorClass;
      readonly message: string;
      readonly cost: number;
    };

/** What `variables.NAME` gave. `cost` is 0 from the second use on. */
export type VariableOutcome =
  | { readonly ok: true; readonly value: CelValue; readonly cost: number }
  | {
      readonly ok: false;
      readonly errorClass: CelErrorClass;
      readonly message: string;
      readonly cost: number;
    };

/** Answers `variables.NAME`; lazily, and the same each time within one decision. */
export interface VariableSource {
  resolve(name: string): VariableOutcome;
}

/** What the names of an expression stand for in one evaluation. */
export interface Activation {
  /** By declared name. A declared name that is missing here is a run-time error of class `other` when used. */
  readonly values: Readonly<Record<string, CelValue | undefined>>;
  readonly variables?: VariableSource | undefined;
  readonly context: CallContext;
}

/** Bounds of one evaluation. */
export interface Limits {
  /** Cost units; default {@link DEFAULT_COST_LIMIT}. Going over it ends the evaluation with kind `cost`. */
  readonly cost?: number;
  /**
   * Asked every few thousand steps: true ends the evaluation with kind `budget`. The evaluator reads no clock itself;
   * a wall-clock deadline comes in through this.
   */
  readonly isOver?: () => boolean;
}

/** A compiled expression; evaluating it any number of times needs no further compilation. */
export interface Program {
  readonly source: string;
  /** Static type of the result. */
  readonly type: CelType;
  /** Never throws: everything that goes wrong is in the outcome. */
  evaluate(activation: Activation, limits?: Limits): Outcome;
}
