import { childrenOf } from '../../cel/parse/children.ts';
import type { Expr } from '../../cel/parse/ast.ts';
import { parse } from '../../cel/parse/parser.ts';
import type { RolloutPolicySpec } from '../../domain/policy.ts';
import { specExpressions } from '../spec-expressions.ts';

/** An expression of a policy as a tree, without types. */
export interface ParsedExpression {
  /** Path of its field, e.g. `spec.validations[0].expression`. */
  readonly field: string;
  readonly source: string;
  readonly tree: Expr;
}

const ALL_MACROS = { optionals: true, twoVariables: true, sortBy: true };

/** The expressions of a policy that are well-formed CEL, by field. */
export function parseExpressions(spec: RolloutPolicySpec): ReadonlyMap<string, ParsedExpression> {
  const found = new Map<string, ParsedExpression>();
  for (const [field, source] of specExpressions(spec)) {
    const parsed = parse(source, ALL_MACROS);
    if (parsed.ok) found.set(field, { field, source, tree: parsed.expression });
  }
  return found;
}

/** Every node of a tree; what macros made is among them. */
export function* nodesOf(tree: Expr): Generator<Expr> {
  yield tree;
  for (const child of childrenOf(tree)) yield* nodesOf(child);
}

/** NAME when a node is `variables.NAME` or `variables["NAME"]`. */
export function variableOf(node: Expr): string | undefined {
  if (node.kind === 'select' && isNamed(node.operand, 'variables')) return node.field;
  if (node.kind !== 'call' || !['_[_]', '_[?_]', '_?._'].includes(node.name)) return undefined;
  const [operand, key] = node.args;
  if (operand === undefined || !isNamed(operand, 'variables')) return undefined;
  return key?.kind === 'const' && typeof key.value === 'string' ? key.value : undefined;
}

/** Whether a node is a name. */
export function isNamed(node: Expr, name: string): boolean {
  return node.kind === 'ident' && node.name === name;
}
