import type { RolloutPolicy } from '../../../domain/policy.ts';
import { compilePolicy, type PolicyIssue } from '../../../policy/compile.ts';
import { compileProblem } from '../../../cel/compile-problem.ts';
import { invalidField, requiredField, unsupportedValue, type Cause } from '../api-error.ts';
import { childOf, fieldsOf, isFields, listOf, setDefault, textOf, type Fields } from '../json.ts';
import type { ApiObject, Strategy } from '../resource.ts';
import { duplicate } from './pod-template.ts';
import { countedStrategy } from './strategies.ts';

/** ValidatingAdmissionPolicies: defaults, and expressions that compile. */
export const admissionPolicyStrategy: Strategy = {
  ...countedStrategy,
  decode: (object) => {
    const spec = childOf(object, 'spec');
    setDefault(spec, 'failurePolicy', 'Fail');
    const constraints = spec['matchConstraints'];
    if (isFields(constraints)) defaultMatch(constraints);
    return [];
  },
  validate: policyProblems,
};

/** ValidatingAdmissionPolicyBindings. */
export const policyBindingStrategy: Strategy = {
  ...countedStrategy,
  decode: (object) => {
    const resources = childOf(object, 'spec')['matchResources'];
    if (isFields(resources)) defaultMatch(resources);
    return [];
  },
  validate: bindingProblems,
};

function defaultMatch(criteria: Fields): void {
  setDefault(criteria, 'matchPolicy', 'Equivalent');
  setDefault(criteria, 'namespaceSelector', {});
  setDefault(criteria, 'objectSelector', {});
  for (const name of ['resourceRules', 'excludeResourceRules']) {
    for (const rule of listOf(criteria[name])) if (isFields(rule)) setDefault(rule, 'scope', '*');
  }
}

function policyProblems(object: ApiObject): Cause[] {
  const spec = fieldsOf(object['spec']);
  const causes: Cause[] = [];
  if (!isFields(spec['matchConstraints'])) causes.push(requiredField('spec.matchConstraints'));
  else if (listOf(spec['matchConstraints']['resourceRules']).length === 0) {
    causes.push(requiredField('spec.matchConstraints.resourceRules'));
  }
  const hasChecks =
    listOf(spec['validations']).length > 0 || listOf(spec['auditAnnotations']).length > 0;
  if (!hasChecks) {
    const text = 'validations or auditAnnotations must contain at least one item';
    causes.push(
      requiredField('spec.validations', text),
      requiredField('spec.auditAnnotations', text),
    );
  }
  return [...causes, ...expressionProblems(object)];
}

function expressionProblems(object: ApiObject): Cause[] {
  const result = compilePolicy(object as unknown as RolloutPolicy, { mode: 'new' });
  if (result.ok) return [];
  const byField = Map.groupBy(result.issues, ({ field }) => field);
  return [...byField].map(([field, issues]) => {
    const expression = expressionAt(object, field);
    return invalidField(field, expression, problemOf(expression, issues));
  });
}

function problemOf(expression: string, issues: readonly PolicyIssue[]): string {
  const placed = issues.flatMap(({ message, line, column }) =>
    line === undefined || column === undefined
      ? []
      : [{ errorClass: classOf(message), message, line, column }],
  );
  if (placed.length > 0) return compileProblem(expression, placed);
  return issues.map(({ message }) => message).join('; ');
}

// A wrong result type is about no place.
function classOf(message: string): string {
  return message.startsWith('must evaluate to ') ? 'result_type' : '';
}

function expressionAt(object: ApiObject, field: string): string {
  let value: unknown = object;
  for (const step of field.split(/[.[\]]+/)) {
    value = Array.isArray(value) ? (value as unknown[])[Number(step)] : fieldsOf(value)[step];
  }
  return textOf(value);
}

const ACTIONS = ['Audit', 'Deny', 'Warn'];

function bindingProblems(object: ApiObject): Cause[] {
  const spec = fieldsOf(object['spec']);
  const causes: Cause[] = [];
  if (textOf(spec['policyName']) === '') causes.push(requiredField('spec.policyName'));
  const actions = listOf(spec['validationActions']);
  if (actions.length === 0) causes.push(requiredField('spec.validationActions'));
  for (const [index, action] of actions.entries()) {
    if (actions.indexOf(action) < index) {
      causes.push(duplicate(`spec.validationActions[${index}]`, action));
    } else if (!ACTIONS.includes(textOf(action))) {
      causes.push(unsupportedValue(`spec.validationActions[${index}]`, action, ACTIONS));
    }
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const text =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    causes.push(invalidField('spec.validationActions', actions, text));
  }
  return causes;
}
