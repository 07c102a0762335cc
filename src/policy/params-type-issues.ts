import type { RolloutPolicy } from '../domain/policy.ts';
import { compileStoredPolicy, type PolicyIssue } from './compile.ts';
import { schemaType } from './expression.ts';
import { fieldHint, fieldNames, isCertain } from './kind-issues.ts';
import { paramsSchemaOf } from './params-schema.ts';

/** Of the type, as it appears in messages. */
const NAME = 'policy';

/**
 * What can never be right about the expressions of a policy, given the schema of its parameters: fields of `params` that
 * it does not have, and values of them combined with another type.
 * @param known issues that the policy has anyway; they are not repeated
 * @returns in the order of the fields; none for a policy without such a schema
 */
export function paramsTypeIssues(
  policy: RolloutPolicy,
  known: readonly PolicyIssue[],
): readonly PolicyIssue[] {
  const schema = paramsSchemaOf(policy.spec);
  if (policy.kind !== 'RolloutPolicy' || schema === undefined) return [];
  // A field of something else: a type of its own would be given the fields that every kind has.
  const around = schemaType({ type: 'object', properties: { params: schema } }, NAME, 'actual');
  const params = around.kind === 'struct' ? around.struct.fields['params'] : undefined;
  if (params === undefined) return [];
  const keys = new Set(known.map(keyOf));
  const fields = fieldNames(schema);
  return compileStoredPolicy(policy, { types: { params } })
    .issues.filter((issue) => !keys.has(keyOf(issue)) && isCertain(issue, `${NAME}.params`))
    .map((issue) => ({
      ...issue,
      message: `by paramsSchema: ${issue.message}${fieldHint(issue.message, fields)}`,
    }));
}

function keyOf({ field, line, column, message }: PolicyIssue): string {
  return `${field} ${line ?? ''}:${column ?? ''} ${message}`;
}
