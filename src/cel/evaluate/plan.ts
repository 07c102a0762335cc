import type { CelErrorClass } from '../library.ts';
import type { CelValue } from '../values.ts';
import type { Result } from './failure.ts';
import type { Frame } from './frame.ts';

/** One step of a compiled expression. It charges its own cost. */
export type Run = (frame: Frame) => Result;

/** A selection or index step after the root of an attribute. */
export interface Qualifier {
  /** A constant key, or what computes it (charging nothing for a plain attribute itself). */
  readonly key: CelValue | undefined;
  readonly run: Run | undefined;
  readonly isOptional: boolean;
  /** `has(…)`: whether there is such a member. */
  readonly isTest: boolean;
}

/** A path into a value: cel-go plans and charges it as one. */
export type Attribute =
  | {
      readonly kind: 'path';
      readonly root: Run;
      readonly qualifiers: readonly Qualifier[];
      /** Whether the steps after the root cost nothing. */
      readonly isFree?: boolean;
      /** Whether the root is itself a step (`variables.NAME`): an optional there is not looked into. */
      readonly isComposed?: boolean;
    }
  | {
      readonly kind: 'conditional';
      readonly condition: Run;
      readonly whenTrue: Attribute;
      readonly whenFalse: Attribute;
      /** Whether `has(…)` is about whichever is chosen. */
      readonly isTested?: boolean;
    };

export type Plan =
  | { readonly kind: 'constant'; readonly value: CelValue }
  | { readonly kind: 'attribute'; readonly attribute: Attribute }
  | { readonly kind: 'run'; readonly run: Run };

/** Thrown when what is constant in an expression cannot be computed. */
export class PlanIssue extends Error {
  override readonly name = 'PlanIssue';
  readonly offset: number;
  readonly errorClass: CelErrorClass = 'const_fold';
  constructor(offset: number, message: string) {
    super(`program instantiation failed: ${message}`);
    this.offset = offset;
  }
}
