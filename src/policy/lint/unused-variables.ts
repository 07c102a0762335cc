import type { RolloutPolicySpec } from '../../domain/policy.ts';
import { isNamed, nodesOf, variableOf, type ParsedExpression } from './expressions.ts';

/**
 * Variables that no expression uses, not even through other variables: they are never evaluated.
 * @returns their indexes in `spec.variables`; none when some use cannot be followed
 */
export function unusedVariables(
  spec: RolloutPolicySpec,
  parsed: ReadonlyMap<string, ParsedExpression>,
): readonly number[] {
  const variables = spec.variables ?? [];
  const used = new Set<string>();
  const queue = [...parsed.values()].filter(({ field }) => !field.startsWith('spec.variables['));
  for (let each = queue.pop(); each !== undefined; each = queue.pop()) {
    for (const name of namesIn(each)) {
      if (name === undefined) return [];
      if (used.has(name)) continue;
      used.add(name);
      const index = variables.findIndex((variable) => variable.name === name);
      const next = parsed.get(`spec.variables[${index}].expression`);
      if (next !== undefined) queue.push(next);
    }
  }
  return variables.flatMap(({ name }, index) => (used.has(name) ? [] : [index]));
}

/** Names of variables in an expression; undefined for a use of `variables` as a whole. */
function namesIn({ tree }: ParsedExpression): readonly (string | undefined)[] {
  const nodes = [...nodesOf(tree)];
  const names = nodes.map(variableOf).filter((name) => name !== undefined);
  const uses = nodes.filter((node) => isNamed(node, 'variables')).length;
  return uses > names.length ? [undefined] : names;
}
