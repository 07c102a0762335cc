import { environment } from '../../cel/environment.ts';
import { closest } from '../../lib/closest.ts';
import type { ExpressionIssue } from '../../policy/expression.ts';
import type { LintCode } from './rules.ts';

const CODES: Readonly<Partial<Record<ExpressionIssue['errorClass'], LintCode>>> = {
  syntax: 'SL2001',
  undeclared: 'SL2002',
  undefined_field: 'SL2002',
  no_overload: 'SL2003',
  type: 'SL2003',
  result_type: 'SL2004',
};

/** The code of what is wrong with an expression. */
export function expressionCode({ errorClass }: ExpressionIssue): LintCode {
  return CODES[errorClass] ?? 'SL2005';
}

/** An issue's place as UTF-16 code units into the source; its columns count code points. */
export function offsetOf(
  source: string,
  { line, column }: Pick<ExpressionIssue, 'line' | 'column'>,
): number | undefined {
  if (line === undefined || column === undefined) return undefined;
  const lines = source.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const points = Array.from(lines[line - 1] ?? '').slice(0, Math.max(column - 1, 0));
  return before + points.join('').length;
}

const VARIABLES = [
  'object',
  'oldObject',
  'request',
  'params',
  'namespaceObject',
  'authorizer',
  'variables',
  'now',
  'rollout',
];

/**
 * `; did you mean …?` for a name that is nearly a known one; '' for others.
 * @param names of the declared variables
 */
export function hintOf(issue: ExpressionIssue, source: string, names: readonly string[]): string {
  const name = /'([\w.]+)'/.exec(issue.message)?.[1];
  if (name === undefined) return '';
  const before = source.slice(0, offsetOf(source, issue) ?? 0);
  const known =
    issue.errorClass === 'undefined_field'
      ? before.endsWith('variables')
        ? names
        : []
      : issue.errorClass === 'undeclared'
        ? [...VARIABLES, ...environment().functions.keys()]
        : [];
  const candidate = closest(name, known);
  return candidate === undefined || candidate === name ? '' : `; did you mean ${candidate}?`;
}
