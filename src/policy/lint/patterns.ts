import type { Expr } from '../../cel/parse/ast.ts';
import { nodesOf, type ParsedExpression } from './expressions.ts';
import { canMatch } from './can-match.ts';

/** A constant pattern in which no text has a match. */
export interface ImpossiblePattern {
  readonly field: string;
  readonly pattern: string;
  /** UTF-16 code units into the expression. */
  readonly offset: number;
}

const MATCHERS = new Set(['matches', 'find', 'findAll']);

/** Finds `matches`, `find` and `findAll` with a pattern that cannot match. */
export function impossiblePatterns(
  parsed: ReadonlyMap<string, ParsedExpression>,
): readonly ImpossiblePattern[] {
  const found = new Map<string, ImpossiblePattern>();
  for (const { field, tree } of parsed.values()) {
    for (const node of nodesOf(tree)) {
      const pattern = patternOf(node);
      if (pattern?.kind !== 'const' || typeof pattern.value !== 'string') continue;
      if (canMatch(pattern.value)) continue;
      const { offset, value } = pattern;
      found.set(`${field} ${offset}`, { field, pattern: value, offset });
    }
  }
  return [...found.values()];
}

function patternOf(node: Expr): Expr | undefined {
  if (node.kind !== 'call' || !MATCHERS.has(node.name)) return undefined;
  return node.target === undefined ? node.args[1] : node.args[0];
}
