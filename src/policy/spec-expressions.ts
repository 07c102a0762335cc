import type { RolloutPolicySpec } from '../domain/policy.ts';

/** Every expression of a policy by the path of its field, in the order in which they are compiled. */
export function specExpressions(spec: RolloutPolicySpec): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (field: string, expression: string | undefined): void => {
    if (expression !== undefined && expression !== '') found.set(`spec.${field}`, expression);
  };
  for (const [index, { expression }] of (spec.variables ?? []).entries()) {
    add(`variables[${index}].expression`, expression);
  }
  for (const [index, { expression }] of (spec.matchConditions ?? []).entries()) {
    add(`matchConditions[${index}].expression`, expression);
  }
  for (const [index, validation] of (spec.validations ?? []).entries()) {
    add(`validations[${index}].expression`, validation.expression);
    add(`validations[${index}].messageExpression`, validation.messageExpression);
  }
  for (const [index, mutation] of (spec.mutations ?? []).entries()) {
    if (mutation.patchType === 'JSONPatch') {
      add(`mutations[${index}].jsonPatch.expression`, mutation.jsonPatch.expression);
    } else {
      const { expression } = mutation.applyConfiguration;
      add(`mutations[${index}].applyConfiguration.expression`, expression);
    }
  }
  for (const [index, { valueExpression }] of (spec.auditAnnotations ?? []).entries()) {
    add(`auditAnnotations[${index}].valueExpression`, valueExpression);
  }
  return found;
}
