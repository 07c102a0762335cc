import type { CelErrorClass } from '../library.ts';
import { codePoints } from '../standard/size.ts';

/** One thing wrong with an expression, at an offset in UTF-16 code units. */
export interface Issue {
  readonly errorClass: CelErrorClass;
  readonly message: string;
  readonly offset: number;
}

/** Thrown when parsing cannot go on. */
export class SyntaxIssue extends Error {
  override readonly name = 'SyntaxIssue';
  readonly issue: Issue;
  constructor(offset: number, message: string, errorClass: CelErrorClass = 'syntax') {
    super(message);
    this.issue = { errorClass, message, offset };
  }
}

/** Line and column from 1; a column counts code points, as Kubernetes does. */
export function positionAt(
  source: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  const before = source.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { line, column: codePoints(before.slice(lineStart)) + 1 };
}
