import type { Environment } from './environment.ts';
import type { CelErrorClass } from './library.ts';
import type { Program } from './program.ts';
import type { CelType } from './types.ts';

/** One thing wrong with an expression. Line and column count from 1. */
export interface CompileIssue {
  readonly errorClass: CelErrorClass;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export interface CompileOptions {
  /** Types that the result may have, none being dyn: `[BOOL]` for validations. Default: any type. */
  readonly result?: readonly CelType[];
}

export type CompileResult =
  | { readonly ok: true; readonly program: Program }
  | {
      readonly ok: false;
      /** The class of the worst issue, as Kubernetes' own message would be classed. */
      readonly errorClass: CelErrorClass;
      /** All issues in one text. */
      readonly message: string;
      /** At least one. */
      readonly issues: readonly CompileIssue[];
    };

/**
 * Parses, checks and compiles an expression.
 * @param source CEL text, at most 100,000 code points
 * @param environment what it may name
 */
export function compile(
  _source: string,
  _environment: Environment,
  _options: CompileOptions = {},
): CompileResult {
  throw new Error('not yet');
}
