import { approval } from '../../domain/schemas/approval.ts';
import type { CustomResource } from '../../domain/schemas/custom-resource.ts';
import { policyException } from '../../domain/schemas/policy-exception.ts';
import type { Json } from '../../lib/lossless-json.ts';
import type { PolicyIssue } from '../../policy/compile.ts';
import { isBinding, isPolicy } from '../../policy/policy-set.ts';
import { schemaIssues } from '../../policy/schema-issues.ts';
import { bindingIssues, specIssues } from '../../policy/spec-issues.ts';
import { problemLine, type ManifestObject } from '../manifests.ts';

/**
 * The documents that a report can be made from.
 * @returns them, and a line for each that is not what its kind should be
 */
export function soundDocuments(objects: readonly ManifestObject[]): {
  readonly documents: readonly Json[];
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const documents = objects.flatMap(({ file, line, value }): readonly Json[] => {
    const [first] = issuesOf(value);
    if (first === undefined) return [value];
    const message = `${textOf(value['kind'])}: ${first.field} ${first.message}`;
    problems.push(problemLine({ file, line, column: 0, message }));
    return [];
  });
  return { documents, problems };
}

function issuesOf(value: Readonly<Record<string, Json>>): readonly PolicyIssue[] {
  if (isPolicy(value)) return specIssues(value);
  if (isBinding(value)) return bindingIssues(value);
  const own = OWN_KINDS.find(({ kind }) => kind === value['kind']);
  const schema = own?.properties['spec'];
  return schema === undefined ? [] : schemaIssues(schema, value['spec'] ?? null, 'spec');
}

const OWN_KINDS: readonly CustomResource[] = [policyException, approval];

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : 'object';
}
