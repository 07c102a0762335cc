import type { RolloutPolicy } from '../domain/policy.ts';
import type { Json } from '../lib/lossless-json.ts';
import { compilePolicy, type PolicyIssue } from './compile.ts';
import { specExpressions } from './spec-expressions.ts';
import { specIssues } from './spec-issues.ts';

/**
 * What is wrong with a RolloutPolicy that is being written: its fields, and its expressions. New expressions compile in
 * the set of functions for new policies; those that the stored policy has already compile in the full set, so that an
 * upgrade never makes a stored policy unwritable.
 * @returns in the order of the fields; empty when it may be stored
 */
export function policyIssues(object: Json, stored?: RolloutPolicy): readonly PolicyIssue[] {
  const broken = specIssues(object);
  if (broken.length > 0) return broken;
  const policy = object as unknown as RolloutPolicy;
  const known = new Set(stored === undefined ? [] : specExpressions(stored.spec).values());
  const own = specExpressions(policy.spec);
  const full = compileIssues(policy, 'stored');
  const narrow = compileIssues(policy, 'new');
  const onlyNew = narrow.filter(
    ({ field }) => !known.has(own.get(field) ?? '') && !full.some((issue) => issue.field === field),
  );
  return [...full, ...onlyNew];
}

function compileIssues(policy: RolloutPolicy, mode: 'new' | 'stored'): readonly PolicyIssue[] {
  const result = compilePolicy(policy, { mode });
  return result.ok ? [] : result.issues;
}
