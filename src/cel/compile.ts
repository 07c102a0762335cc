import { check } from './check/checker.ts';
import { isExact } from './check/mapping.ts';
import { validate } from './check/validate.ts';
import { compileProblem } from './compile-problem.ts';
import type { Environment } from './base-environment.ts';
import { createProgram } from './evaluate/create-program.ts';
import type { BranchObserver } from './evaluate/observe.ts';
import { PlanIssue } from './evaluate/plan.ts';
import { plan } from './evaluate/planner.ts';
import type { CelErrorClass } from './library.ts';
import type { Expr } from './parse/ast.ts';
import { positionAt, type Issue } from './parse/issue.ts';
import { TOO_DEEP, parse } from './parse/parser.ts';
import type { Program } from './program.ts';
import { DYN, typeText, type CelType } from './types.ts';

/** One thing wrong with an expression. Line and column count from 1. */
interface CompileIssue {
  readonly errorClass: CelErrorClass;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export interface CompileOptions {
  /** Types that the result may have, none being dyn: `[BOOL]` for validations. Default: any type. */
  readonly result?: readonly CelType[];
  /** Told what each branch gave in each evaluation, for coverage. Default: nobody, at no cost. */
  readonly observer?: BranchObserver | undefined;
}

export type CompileResult =
  | { readonly ok: true; readonly program: Program }
  | {
      readonly ok: false;
      /** The class of the worst issue, as Kubernetes' own message would be classed. */
      readonly errorClass: CelErrorClass;
      /** All issues in one text, in the API server's words. */
      readonly message: string;
      /** At least one, in the order of their places. */
      readonly issues: readonly CompileIssue[];
    };

/**
 * Parses, checks and compiles an expression.
 * @param text CEL, at most 100,000 code points; half a surrogate pair counts as U+FFFD, as a reader of UTF-8 has it
 * @param environment what it may name
 */
export function compile(
  text: string,
  environment: Environment,
  options: CompileOptions = {},
): CompileResult {
  const source = text.toWellFormed();
  try {
    return compileText(source, environment, options);
  } catch (error) {
    // The limits of nesting are far below what the stack holds; whoever calls from deep within it gets an answer, too.
    if (!(error instanceof RangeError)) throw error;
    return refused(source, [{ errorClass: 'other', message: TOO_DEEP, offset: 0 }]);
  }
}

function compileText(
  source: string,
  environment: Environment,
  options: CompileOptions,
): CompileResult {
  const parsed = parse(source, environment.macros);
  if (!parsed.ok) return refused(source, parsed.issues);
  const { expression } = parsed;
  const issues = checkAll(expression, environment);
  if (issues.length > 0) return refused(source, issues);
  const type = expression.type ?? DYN;
  const problem = resultProblem(type, options.result);
  if (problem !== undefined) return refused(source, [problem]);
  try {
    const executable = plan(expression, environment, observationOf(source, options));
    return { ok: true, program: createProgram(source, type, executable) };
  } catch (error) {
    if (error instanceof PlanIssue) return refused(source, [error]);
    throw error;
  }
}

function observationOf(source: string, { observer }: CompileOptions) {
  return observer === undefined ? undefined : { source, observer };
}

function checkAll(expression: Expr, environment: Environment): readonly Issue[] {
  const issues = check(expression, environment);
  return issues.length > 0 || !environment.hasValidators ? issues : validate(expression);
}

function resultProblem(type: CelType, wanted: readonly CelType[] | undefined): Issue | undefined {
  if (wanted === undefined || wanted.some((candidate) => isExact(candidate, type)))
    return undefined;
  const names = wanted.map(typeText);
  const list = names.length === 1 ? names.join('') : `one of [${names.join(' ')}]`;
  const message = `must evaluate to ${list} but got ${typeText(type)}`;
  return { errorClass: 'result_type', offset: 0, message };
}

/** From worst to least, as a text of several messages is classed. */
const RANKING: readonly CelErrorClass[] = [
  'const_fold',
  'result_type',
  'syntax',
  'undeclared',
  'no_overload',
  'undefined_field',
  'type',
  'literal',
];

function refused(source: string, found: readonly Issue[]): CompileResult {
  const ordered = found.toSorted((a, b) => a.offset - b.offset);
  const issues = ordered.map(({ errorClass, message, offset }) => ({
    errorClass,
    message,
    ...positionAt(source, offset),
  }));
  const classes = new Set(issues.map(({ errorClass }) => errorClass));
  return {
    ok: false,
    errorClass: RANKING.find((errorClass) => classes.has(errorClass)) ?? 'other',
    message: compileProblem(source, issues),
    issues,
  };
}
