import { selectorProblem } from '../lib/label-selector.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { rolloutBudget } from '../domain/schemas/rollout-budget.ts';
import type { LabelSelector } from '../domain/policy.ts';
import { schemaIssues } from '../policy/schema-issues.ts';

/** What is wrong with the spec of a RolloutBudget. */
export function budgetIssues(spec: Json | undefined): readonly string[] {
  const schema = rolloutBudget.properties['spec'];
  const broken = schema === undefined ? [] : schemaIssues(schema, spec ?? null, 'spec');
  if (broken.length > 0) return broken.map(({ field, message }) => `${field}: ${message}`);
  if (!isJsonObject(spec)) return ['spec: is required'];
  return [...limitIssues(spec), ...selectorIssues(spec, 'spec', ['selector', 'namespaceSelector'])];
}

/** That a budget without a limit limits nothing. */
export function limitIssues({
  maxConcurrent,
  maxExposurePercent,
}: {
  readonly [key: string]: Json;
}): readonly string[] {
  const hasLimit = maxConcurrent !== undefined || maxExposurePercent !== undefined;
  return hasLimit ? [] : ['spec: maxConcurrent or maxExposurePercent must be given'];
}

/** What is wrong with the label selectors among the members of an object. */
export function selectorIssues(
  object: { readonly [key: string]: Json },
  path: string,
  names: readonly string[],
): readonly string[] {
  return names.flatMap((name) => {
    // Its shape was checked by the schema.
    const problem = selectorProblem(object[name] as unknown as LabelSelector | undefined);
    return problem === undefined ? [] : [`${path}.${name}: ${problem}`];
  });
}
