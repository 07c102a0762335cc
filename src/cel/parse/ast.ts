import type { CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import type { Overload } from '../library.ts';

/** What a name turned out to be; set by the checker. */
export type Reference =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'local'; readonly name: string }
  | { readonly kind: 'type'; readonly type: CelType }
  /** A type that can be built but not named. */
  | { readonly kind: 'message'; readonly name: string }
  | { readonly kind: 'constant'; readonly name: string; readonly value: CelValue };

interface Node {
  /** Place in the source, in UTF-16 code units: of an operator, dot or bracket for what is built around one. */
  readonly offset: number;
  /** Levels of nested operators, selections and member calls below and including this node. */
  readonly depth: number;
  /** Static type; set by the checker. */
  type?: CelType;
}

export interface ConstExpr extends Node {
  readonly kind: 'const';
  readonly value: CelValue;
}

export interface IdentExpr extends Node {
  readonly kind: 'ident';
  /** With a leading dot when written so. */
  readonly name: string;
  reference?: Reference;
}

export interface SelectExpr extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** `has(operand.field)`. */
  readonly isTest: boolean;
  /** Set when the whole selection is a qualified name. */
  reference?: Reference;
}

/** A function call; operators have cel-go's names (`_+_`, `_[_]`, `_?._`, …). `_&&_` and `_||_` have two terms or more. */
export interface CallExpr extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
  /** Overloads that fit the static types; set by the checker. */
  overloads?: readonly Overload[];
  /** The qualified function name when `target` was only its prefix (`sets.contains(…)`); set by the checker. */
  qualified?: string;
}

export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly elements: readonly ListElement[];
}

export interface ListElement {
  readonly value: Expr;
  readonly isOptional: boolean;
}

export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: Expr;
  readonly value: Expr;
  readonly isOptional: boolean;
}

export interface StructExpr extends Node {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly StructField[];
}

export interface StructField {
  readonly offset: number;
  readonly name: string;
  readonly value: Expr;
  readonly isOptional: boolean;
}

export type FoldKind = 'all' | 'exists' | 'existsOne' | 'list' | 'map' | 'mapEntry' | 'bind';

/**
 * A macro over a range. `accumulator`, `condition`, `step` and `result` are what cel-go would expand it to, for the
 * checker; the evaluator runs `fold` with `filter` and `body` directly.
 */
export interface FoldExpr extends Node {
  readonly kind: 'fold';
  readonly fold: FoldKind;
  readonly range: Expr;
  readonly variable: string;
  readonly variable2: string | undefined;
  readonly accumulatorName: string;
  readonly accumulator: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
  readonly filter: Expr | undefined;
  readonly body: Expr;
}

export type Expr =
  ConstExpr | IdentExpr | SelectExpr | CallExpr | ListExpr | MapExpr | StructExpr | FoldExpr;

const depthOf = (children: readonly (Expr | undefined)[]): number =>
  children.reduce((depth, child) => Math.max(depth, child?.depth ?? 0), 0);

export const constant = (offset: number, value: CelValue): ConstExpr => ({
  kind: 'const',
  offset,
  depth: 0,
  value,
});

export const ident = (offset: number, name: string): IdentExpr => ({
  kind: 'ident',
  offset,
  depth: 0,
  name,
});

export const select = (
  offset: number,
  operand: Expr,
  field: string,
  isTest = false,
): SelectExpr => ({ kind: 'select', offset, depth: operand.depth + 1, operand, field, isTest });

/** @param weight 1 for what counts towards the nesting limit, else 0 */
export function call(
  offset: number,
  name: string,
  args: readonly Expr[],
  options: { readonly target?: Expr; readonly weight?: number } = {},
): CallExpr {
  const { target, weight = 0 } = options;
  const depth = depthOf([target, ...args]) + weight;
  return { kind: 'call', offset, depth, name, target, args };
}

export const list = (offset: number, elements: readonly ListElement[]): ListExpr => ({
  kind: 'list',
  offset,
  depth: depthOf(elements.map(({ value }) => value)),
  elements,
});

export const map = (offset: number, entries: readonly MapEntry[]): MapExpr => ({
  kind: 'map',
  offset,
  depth: depthOf(entries.flatMap(({ key, value }) => [key, value])),
  entries,
});

export const struct = (
  offset: number,
  name: string,
  fields: readonly StructField[],
): StructExpr => ({
  kind: 'struct',
  offset,
  depth: depthOf(fields.map(({ value }) => value)),
  name,
  fields,
});

export const fold = (parts: Omit<FoldExpr, 'kind' | 'depth' | 'type'>): FoldExpr => ({
  kind: 'fold',
  depth: depthOf([parts.range, parts.filter, parts.body]) + 1,
  ...parts,
});

/**
 * A deep copy without what the checker set, for macros that use an argument twice. What occurs twice in the tree (the
 * body of a macro, which is part of its step too) is one node in the copy as well.
 */
export function copy(expression: Expr): Expr {
  return copyValue(expression, new Map()) as Expr;
}

const CHECKED = new Set(['type', 'reference', 'overloads', 'qualified']);

function copyValue(value: unknown, copies: Map<unknown, unknown>): unknown {
  if (Array.isArray(value)) return value.map((element) => copyValue(element, copies));
  if (!isNode(value)) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const made: Record<string, unknown> = {};
  copies.set(value, made);
  for (const [key, member] of Object.entries(value)) {
    const isValue = value.kind === 'const' && key === 'value';
    if (!CHECKED.has(key)) made[key] = isValue ? member : copyValue(member, copies);
  }
  return made;
}

function isNode(value: unknown): value is { readonly kind?: string } {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
