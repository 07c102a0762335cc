import { childrenOf } from '../parse/children.ts';
import type { Expr } from '../parse/ast.ts';
import type { Run } from './plan.ts';

/** A part of an expression whose truth decides what happens: what coverage counts. */
export interface Branch {
  /** `result`: the whole expression; `operand`: of `&&` or `||`; `condition`: what stands before `?`. */
  readonly kind: 'result' | 'operand' | 'condition';
  /** Where it begins in the source, in UTF-16 code units. */
  readonly start: number;
}

/** Asked once for each branch when an expression is compiled; what it returns is told of each value that is a bool. */
export type BranchObserver = (branch: Branch) => (value: boolean) => void;

/** A step that also tells an observer what it gave. */
export function observed(run: Run, tell: (value: boolean) => void): Run {
  return (frame) => {
    const value = run(frame);
    if (typeof value === 'boolean') tell(value);
    return value;
  };
}

/** Where the text of a node begins, in UTF-16 code units; parentheses around it are left out. */
export function startOf(source: string, node: Expr): number {
  let start = node.offset;
  for (const child of childrenOf(node)) {
    // What macros add carries the macro's own place, and never stands before its range.
    if (node.kind !== 'fold' || child === node.range) {
      start = Math.min(start, startOf(source, child));
    }
  }
  return start === node.offset ? nameStart(source, start) : start;
}

/** Calls stand where their bracket is: their name is before it. */
function nameStart(source: string, offset: number): number {
  if (source[offset] !== '(' && source[offset] !== '{') return offset;
  const name = /[\w.]*$/.exec(source.slice(0, offset));
  return offset - (name?.[0].length ?? 0);
}
