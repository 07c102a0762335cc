import type { RolloutPolicySpec } from '../domain/policy.ts';
import type { CompiledPolicy } from './compile.ts';
import {
  isNamed,
  nodesOf,
  parseExpressions,
  variableOf,
  type ParsedExpression,
} from './lint/expressions.ts';

const known = new WeakMap<RolloutPolicySpec, readonly boolean[]>();

/**
 * Whether an approval could change what a validation says: its expression reads `rollout.approvals`, itself or through
 * variables. Found once for each specification.
 * @param index of the validation
 */
export function isApprovable({ policy: { spec } }: CompiledPolicy, index: number): boolean {
  let found = known.get(spec);
  if (found === undefined) {
    found = readersOfApprovals(spec);
    known.set(spec, found);
  }
  return found[index] ?? false;
}

function readersOfApprovals(spec: RolloutPolicySpec): readonly boolean[] {
  const parsed = parseExpressions(spec);
  const variables = new Map(
    (spec.variables ?? []).map(({ name }, index) => [
      name,
      parsed.get(`spec.variables[${index}].expression`),
    ]),
  );
  return (spec.validations ?? []).map((_validation, index) =>
    reads(parsed.get(`spec.validations[${index}].expression`), variables, new Set()),
  );
}

/** @param entered variables that were looked into already */
function reads(
  expression: ParsedExpression | undefined,
  variables: ReadonlyMap<string, ParsedExpression | undefined>,
  entered: Set<string>,
): boolean {
  if (expression === undefined) return false;
  for (const node of nodesOf(expression.tree)) {
    if (isApprovalsMember(node)) return true;
    const name = variableOf(node);
    if (name === undefined || entered.has(name)) continue;
    entered.add(name);
    if (reads(variables.get(name), variables, entered)) return true;
  }
  return false;
}

/** `rollout.approvals`, `rollout["approvals"]`, `rollout.?approvals`, or a test for it. */
function isApprovalsMember(node: Parameters<typeof isNamed>[0]): boolean {
  if (node.kind === 'select') {
    return node.field === 'approvals' && isNamed(node.operand, 'rollout');
  }
  if (node.kind !== 'call' || !['_[_]', '_[?_]', '_?._'].includes(node.name)) return false;
  const [operand, key] = node.args;
  return (
    operand !== undefined &&
    isNamed(operand, 'rollout') &&
    key?.kind === 'const' &&
    key.value === 'approvals'
  );
}
