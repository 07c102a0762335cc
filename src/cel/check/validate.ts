import { CelRuntimeError } from '../library.ts';
import type { CallExpr, Expr, ListExpr, MapExpr } from '../parse/ast.ts';
import { childrenOf } from '../parse/children.ts';
import type { Issue } from '../parse/issue.ts';
import { compileRegex } from '../regex.ts';
import { parseDuration, parseTimestamp } from '../time-text.ts';
import { DYN, formatType, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { timestampOf } from '../standard/arithmetic.ts';
import { Failure } from '../evaluate/failure.ts';
import { isExact } from './mapping.ts';
import { validateFormat } from './validate-format.ts';

/**
 * What Kubernetes refuses beyond type errors: literal arguments that can never work, and list or map literals whose
 * parts have different types (even dyn beside another).
 */
export function validate(root: Expr): readonly Issue[] {
  const issues: Issue[] = [];
  visit(root, false, issues);
  return issues;
}

function visit(node: Expr, isInFormat: boolean, issues: Issue[]): void {
  if (node.kind === 'call') issues.push(...literalIssues(node), ...validateFormat(node));
  if (node.kind === 'list' && !isInFormat) issues.push(...listIssues(node));
  if (node.kind === 'map' && !isInFormat) issues.push(...mapIssues(node));
  const isFormat = isInFormat || (node.kind === 'call' && node.name === 'format');
  for (const child of childrenOf(node)) visit(child, isFormat, issues);
}

/** By function, how a literal first argument is tried. */
const TRIALS: Readonly<Record<string, (value: CelValue) => void>> = {
  duration: (value) => {
    if (typeof value === 'string') parseDuration(value);
  },
  timestamp: (value) => {
    if (typeof value === 'string') parseTimestamp(value);
    const isBad =
      typeof value === 'bigint' && timestampOf(value * 1_000_000_000n) instanceof Failure;
    if (isBad) throw new CelRuntimeError('overflow', 'timestamp overflow');
  },
  // The first argument as written: the pattern of a method call, the text of a function call, as in cel-go.
  matches: (value) => {
    if (typeof value === 'string') compileRegex(value);
  },
};

function literalIssues({ name, args }: CallExpr): readonly Issue[] {
  const [argument] = args;
  const trial = Object.hasOwn(TRIALS, name) ? TRIALS[name] : undefined;
  if (trial === undefined || argument?.kind !== 'const') return [];
  try {
    trial(argument.value);
    return [];
  } catch (error) {
    if (!(error instanceof CelRuntimeError)) throw error;
    const message = `invalid ${name} argument`;
    return [{ errorClass: 'literal', offset: argument.offset, message }];
  }
}

function listIssues({ elements }: ListExpr): readonly Issue[] {
  let wanted: CelType | undefined;
  for (const { value, isOptional } of elements) {
    const found = unwrapped(value, isOptional);
    wanted ??= found;
    if (!isExact(wanted, found)) return [mismatch(value, wanted, found)];
  }
  return [];
}

function mapIssues({ entries }: MapExpr): readonly Issue[] {
  const issues: Issue[] = [];
  const [first] = entries;
  if (first === undefined) return [];
  const keyType = first.key.type ?? DYN;
  const valueType = unwrapped(first.value, first.isOptional);
  for (const { key, value, isOptional } of entries) {
    const foundKey = key.type ?? DYN;
    const foundValue = unwrapped(value, isOptional);
    if (!isExact(keyType, foundKey)) issues.push(mismatch(key, keyType, foundKey));
    if (!isExact(valueType, foundValue)) issues.push(mismatch(value, valueType, foundValue));
  }
  return issues;
}

function unwrapped(value: Expr, isOptional: boolean): CelType {
  const type = value.type ?? DYN;
  return isOptional && type.kind === 'optional' ? type.value : type;
}

function mismatch(node: Expr, wanted: CelType, found: CelType): Issue {
  const message = `expected type '${formatType(wanted)}' but found '${formatType(found)}'`;
  return { errorClass: 'type', offset: node.offset, message };
}
