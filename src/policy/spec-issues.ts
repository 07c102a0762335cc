import { rolloutPolicy, rolloutPolicyBinding } from '../domain/schemas/rollout-policy.ts';
import type { CustomResource } from '../domain/schemas/custom-resource.ts';
import type {
  RolloutPolicy,
  RolloutPolicyBinding,
  RolloutPolicySpec,
  ValidationAction,
} from '../domain/policy.ts';
import { selectorProblem } from '../lib/label-selector.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { PolicyIssue } from './compile.ts';
import { paramsSchemaIssues } from './params-schema-issues.ts';
import { schemaIssues } from './schema-issues.ts';

/** What is wrong with the fields of a RolloutPolicy, expressions aside; empty when it may be stored. */
export function specIssues(object: Json): readonly PolicyIssue[] {
  const broken = shapeIssues(rolloutPolicy, object);
  return broken.length > 0 ? broken : meaningIssues((object as unknown as RolloutPolicy).spec);
}

/** What is wrong with the fields of a RolloutPolicyBinding; empty when it may be stored. */
export function bindingIssues(object: Json): readonly PolicyIssue[] {
  const broken = shapeIssues(rolloutPolicyBinding, object);
  if (broken.length > 0) return broken;
  const { spec } = object as unknown as RolloutPolicyBinding;
  const issues: PolicyIssue[] = [];
  const actions = spec.validationActions ?? [];
  if (actions.filter((action: ValidationAction) => action !== 'Audit').length > 1) {
    issues.push({
      field: 'spec.validationActions',
      message: 'Deny, Hold and Warn exclude each other',
    });
  }
  if (spec.params !== undefined && spec.paramRef !== undefined) {
    issues.push({ field: 'spec.params', message: 'params and paramRef exclude each other' });
  }
  if (
    spec.paramRef !== undefined &&
    (spec.paramRef.name === undefined) === (spec.paramRef.selector === undefined)
  ) {
    issues.push({ field: 'spec.paramRef', message: 'needs either name or selector' });
  }
  return [...issues, ...selectorIssues('spec.matchResources', spec.matchResources)];
}

function shapeIssues(resource: CustomResource, object: Json): readonly PolicyIssue[] {
  if (!isJsonObject(object)) return [{ field: '', message: 'must be an object' }];
  const metadata = object['metadata'];
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  if (typeof name !== 'string' || name === '') {
    return [{ field: 'metadata.name', message: 'is required' }];
  }
  const schema = resource.properties['spec'];
  return schema === undefined ? [] : schemaIssues(schema, object['spec'] ?? null, 'spec');
}

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var void ' +
    'while'
  ).split(' '),
);
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** The rules that go beyond the schema, those of ValidatingAdmissionPolicy v1 among them. */
function meaningIssues(spec: RolloutPolicySpec): readonly PolicyIssue[] {
  const issues: PolicyIssue[] = [];
  const parts = [spec.validations, spec.mutations, spec.auditAnnotations];
  if (parts.every((part) => (part ?? []).length === 0)) {
    issues.push({
      field: 'spec',
      message: 'validations, mutations or auditAnnotations must have an entry',
    });
  }
  for (const [index, { name }] of (spec.variables ?? []).entries()) {
    if (!IDENTIFIER.test(name) || RESERVED.has(name)) {
      issues.push({ field: `spec.variables[${index}].name`, message: 'is no CEL identifier' });
    }
  }
  for (const [index, { name }] of (spec.matchConditions ?? []).entries()) {
    if (!QUALIFIED_NAME.test(name.slice(name.indexOf('/') + 1))) {
      issues.push({
        field: `spec.matchConditions[${index}].name`,
        message: 'is no qualified name',
      });
    }
  }
  if (spec.paramKind?.kind === 'Secret') {
    issues.push({ field: 'spec.paramKind.kind', message: 'a Secret cannot be a parameter' });
  }
  issues.push(...schemaOfParamsIssues(spec), ...messageIssues(spec), ...mutationIssues(spec));
  return [...issues, ...selectorIssues('spec.matchConstraints', spec.matchConstraints)];
}

function schemaOfParamsIssues({
  paramKind,
  paramsSchema,
}: RolloutPolicySpec): readonly PolicyIssue[] {
  if (paramsSchema === undefined) return [];
  const path = 'spec.paramsSchema';
  return paramKind === undefined
    ? paramsSchemaIssues(paramsSchema as Json, path)
    : [{ field: path, message: 'paramKind and paramsSchema exclude each other' }];
}

function messageIssues({ validations = [] }: RolloutPolicySpec): readonly PolicyIssue[] {
  return validations.flatMap(({ message, messageExpression }, index) => [
    ...(message !== undefined && message !== '' && message.trim() === ''
      ? [{ field: `spec.validations[${index}].message`, message: 'must not be blank' }]
      : []),
    ...(messageExpression?.trim() === ''
      ? [{ field: `spec.validations[${index}].messageExpression`, message: 'must not be blank' }]
      : []),
  ]);
}

function mutationIssues({ mutations = [] }: RolloutPolicySpec): readonly PolicyIssue[] {
  return mutations.flatMap((mutation, index) => {
    const wanted = mutation.patchType === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration';
    return wanted in mutation
      ? []
      : [{ field: `spec.mutations[${index}].${wanted}`, message: 'is required' }];
  });
}

function selectorIssues(
  path: string,
  criteria: RolloutPolicySpec['matchConstraints'],
): readonly PolicyIssue[] {
  return (['namespaceSelector', 'objectSelector'] as const).flatMap((name) => {
    const problem = selectorProblem(criteria?.[name]);
    return problem === undefined ? [] : [{ field: `${path}.${name}`, message: problem }];
  });
}
