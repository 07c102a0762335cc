import type { RolloutPolicy, RolloutPolicyBinding, RolloutPolicySpec } from '../domain/policy.ts';
import type { Schema } from '../domain/schemas/schema.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { PolicyIssue } from './compile.ts';
import { paramsSchemaIssues } from './params-schema-issues.ts';
import { plainSchema } from './plain-schema.ts';
import { schemaIssues } from './schema-issues.ts';
import { withDefaults } from './schema-defaults.ts';

/** The parameters that a binding gives in place, defaults filled in; or what is wrong with them, `params.x` first. */
interface InlineParams {
  readonly params: Json;
  /** Paths begin with `params`, `paramRef` or, for a stored schema that is none, `paramsSchema`. */
  readonly issues: readonly PolicyIssue[];
}

/**
 * The parameters that a binding gives in place to a policy with a `paramsSchema`. A binding that gives none gives an
 * empty object. Computed once for each pair of a binding and a schema, whoever asks.
 * @returns undefined when the policy has no schema
 */
export function inlineParams(
  { spec: { paramsSchema } }: Pick<RolloutPolicy, 'spec'>,
  binding: RolloutPolicyBinding,
): InlineParams | undefined {
  if (paramsSchema === undefined) return undefined;
  const known = computed.get(binding);
  if (known?.schema === paramsSchema) return known.inline;
  const inline = compute(paramsSchema as Json, binding);
  computed.set(binding, { schema: paramsSchema, inline });
  return inline;
}

const computed = new WeakMap<
  RolloutPolicyBinding,
  { readonly schema: unknown; readonly inline: InlineParams }
>();

function compute(schema: Json, { spec }: RolloutPolicyBinding): InlineParams {
  if (spec.paramRef !== undefined) {
    const message = 'the policy has a paramsSchema: give params in place';
    return { params: null, issues: [{ field: 'paramRef', message }] };
  }
  const broken = paramsSchemaIssues(schema, 'paramsSchema');
  if (broken.length > 0 || !isJsonObject(schema)) return { params: null, issues: broken };
  const given = (spec.params as Json | undefined) ?? schema['default'] ?? {};
  const params = withDefaults(schema, given);
  return { params, issues: schemaIssues(plainSchema(schema), params, 'params') };
}

/** What is wrong with the parameters of a binding that is being written, with paths from `spec`. */
export function bindingParamsIssues(
  policy: Pick<RolloutPolicy, 'spec'>,
  binding: RolloutPolicyBinding,
): readonly PolicyIssue[] {
  const { paramsSchema } = policy.spec;
  if (paramsSchema === undefined) return [];
  const { issues } = compute(paramsSchema as Json, binding);
  return issues.map(({ field, ...issue }) => ({ ...issue, field: `spec.${field}` }));
}

/** The schema of a policy's parameters as ours are; undefined when there is none or it is wrong. */
export function paramsSchemaOf({ paramsSchema }: RolloutPolicySpec): Schema | undefined {
  if (paramsSchema === undefined) return undefined;
  const schema = paramsSchema as Json;
  return paramsSchemaIssues(schema, '').length > 0 ? undefined : plainSchema(schema);
}
