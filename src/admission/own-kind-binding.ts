import type { RolloutPolicyBindingSpec } from '../domain/policy.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';

const EXCLUSIVE = ['Deny', 'Hold', 'Warn'];
const ACTIONS = [...EXCLUSIVE, 'Audit'];

/** The combinations that the API server refuses in a ValidatingAdmissionPolicyBinding, and ours. */
export function bindingIssues(spec: Json | undefined): string[] {
  const { validationActions, paramRef, params, policyName } = (isJsonObject(spec)
    ? spec
    : {}) as unknown as Partial<RolloutPolicyBindingSpec>;
  const issues: string[] = [];
  if (typeof policyName !== 'string' || policyName === '') {
    issues.push('spec.policyName: is required');
  }
  issues.push(...actionIssues(validationActions));
  if (params !== undefined && paramRef !== undefined) {
    issues.push('spec.params: cannot be given together with spec.paramRef');
  }
  if (paramRef === undefined) return issues;
  if ((paramRef.name === undefined) === (paramRef.selector === undefined)) {
    issues.push('spec.paramRef: needs either name or selector');
  }
  if (paramRef.parameterNotFoundAction === undefined) {
    issues.push('spec.paramRef.parameterNotFoundAction: is required, Allow or Deny');
  }
  return issues;
}

function actionIssues(actions: unknown): string[] {
  if (actions === undefined) return [];
  const path = 'spec.validationActions';
  if (!Array.isArray(actions) || actions.length === 0) return [`${path}: needs an entry`];
  const texts = actions.map(String);
  const issues: string[] = [];
  if (texts.some((action) => !ACTIONS.includes(action))) {
    issues.push(`${path}: known actions are ${ACTIONS.join(', ')}`);
  }
  if (new Set(texts).size !== texts.length) issues.push(`${path}: names an action twice`);
  if (EXCLUSIVE.filter((action) => texts.includes(action)).length > 1) {
    issues.push(`${path}: Deny, Hold and Warn exclude each other`);
  }
  return issues;
}
