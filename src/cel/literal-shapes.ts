import type { Expr } from './parse/ast.ts';
import { childrenOf } from './parse/children.ts';
import { parse } from './parse/parser.ts';

/** What the literals of an expression tell of lists and maps whose origin cannot be seen any more. */
export interface LiteralShapes {
  /** A list literal stands straight inside a list or map literal. */
  readonly hasNestedLists: boolean;
  /** Lists are put together with `+`. */
  readonly addsLists: boolean;
}

const ALL_MACROS = { optionals: true, twoVariables: true, sortBy: true };

/** Looks at the literals of an expression and of the variables that it may use. */
export function literalShapes(sources: readonly string[]): LiteralShapes {
  let hasNestedLists = false;
  let addsLists = false;
  const queue: Expr[] = sources.flatMap((source) => {
    const parsed = parse(source, ALL_MACROS);
    return parsed.ok ? [parsed.expression] : [];
  });
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    hasNestedLists ||= membersOf(node).some(isList);
    addsLists ||= node.kind === 'call' && node.name === '_+_' && node.args.some(isList);
    queue.push(...childrenOf(node));
  }
  return { hasNestedLists, addsLists };
}

function membersOf(node: Expr): readonly Expr[] {
  if (node.kind === 'list') return node.elements.map(({ value }) => value);
  return node.kind === 'map' ? node.entries.map(({ value }) => value) : [];
}

/** A list literal, or what a macro such as `map` makes. */
function isList(node: Expr): boolean {
  return node.kind === 'list' || (node.kind === 'fold' && node.accumulator.kind === 'list');
}
