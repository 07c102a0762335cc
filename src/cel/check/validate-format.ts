import { expandFormat, type FormatClause } from '../format-string.ts';
import { CelRuntimeError, type CelErrorClass } from '../library.ts';
import type { CallExpr, Expr, ListExpr } from '../parse/ast.ts';
import type { Issue } from '../parse/issue.ts';
import { DYN, erasedName } from '../types.ts';
import { isDyn } from './mapping.ts';

/** Run-time type names that each clause takes, and how a refusal reads. */
const CLAUSES: Readonly<Record<FormatClause['verb'], readonly [string, readonly string[]]>> = {
  s: [
    'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
    [
      'list',
      'map',
      'int',
      'uint',
      'double',
      'bool',
      'string',
      'bytes',
      'type',
      'null_type',
      'google.protobuf.Timestamp',
      'google.protobuf.Duration',
    ],
  ],
  d: ['decimal clause can only be used on integers', ['int', 'uint']],
  o: ['octal clause can only be used on integers', ['int', 'uint']],
  b: ['only integers and bools can be formatted as binary', ['int', 'uint', 'bool']],
  f: ['fixed-point clause can only be used on doubles', ['double', 'string']],
  e: ['scientific clause can only be used on doubles', ['double', 'string']],
  x: hexadecimal(),
  X: hexadecimal(),
};

function hexadecimal(): readonly [string, readonly string[]] {
  const types = ['int', 'uint', 'string', 'bytes'];
  return ['only integers, byte buffers, and strings can be formatted as hex', types];
}

/** What is wrong with a call of `format` on a literal text with a literal list, by the static types of its elements. */
export function validateFormat({ name, target, args, offset }: CallExpr): readonly Issue[] {
  const [list] = args;
  if (name !== 'format' || target?.kind !== 'const' || list?.kind !== 'list') return [];
  if (args.length !== 1 || typeof target.value !== 'string') return [];
  return formatIssues(target.value, list, offset);
}

function formatIssues(text: string, { elements }: ListExpr, offset: number): readonly Issue[] {
  const count = elements.length;
  try {
    const { used } = expandFormat(text, count, (clause) => {
      const element = elements[clause.index]?.value;
      if (element !== undefined) checkClause(clause, element);
      return '';
    });
    if (count <= used) return [];
    const message = `too many arguments supplied to string.format (expected ${used}, got ${count})`;
    return [{ errorClass: 'literal', offset, message }];
  } catch (error) {
    if (error instanceof BadArgument) {
      return [{ errorClass: 'literal', offset: error.offset, message: error.message }];
    }
    if (!(error instanceof CelRuntimeError)) throw error;
    return [{ errorClass: classOf(error.message), offset, message: error.message }];
  }
}

const classOf = (message: string): CelErrorClass =>
  /invalid|could not parse|error during/.test(message) ? 'literal' : 'other';

class BadArgument extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

function checkClause({ verb }: FormatClause, element: Expr): void {
  const [problem, types] = CLAUSES[verb];
  const type = element.type ?? DYN;
  if (!isDyn(type) && !types.includes(erasedName(type))) {
    const message = `error during formatting: ${problem}, was given ${erasedName(type)}`;
    throw new BadArgument(element.offset, message);
  }
  if (verb !== 's') return;
  if (element.kind === 'list') {
    for (const { value } of element.elements)
      checkClause({ verb, precision: undefined, index: 0 }, value);
  }
  if (element.kind === 'map') {
    for (const { key, value } of element.entries) {
      checkClause({ verb, precision: undefined, index: 0 }, key);
      checkClause({ verb, precision: undefined, index: 0 }, value);
    }
  }
}
