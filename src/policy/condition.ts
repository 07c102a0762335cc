import { LruMap } from '../lib/lru.ts';
import { createPolicyCompiler, type Expression, type ExpressionIssue } from './expression.ts';

/** Compiled conditions that are kept. */
const MAX_COMPILED = 1000;

const compiled = new LruMap<string, Expression>(MAX_COMPILED);

/** A condition of an exception, compiled once: CEL of type bool that sees what a policy without parameters sees. */
export function compiledCondition(source: string): Expression {
  const found = compiled.get(source);
  if (found !== undefined) return found;
  const made = compile(source, 'stored');
  compiled.set(source, made);
  return made;
}

/** What is wrong with a condition that is being written. */
export function conditionIssues(source: string): readonly ExpressionIssue[] {
  return compile(source, 'new').issues;
}

function compile(source: string, mode: 'new' | 'stored'): Expression {
  const compiler = createPolicyCompiler({ hasParams: false, mode });
  return compiler.compile('validation', source, 'spec.match.conditions');
}
