import type { RolloutPolicy } from '../domain/policy.ts';
import type { Json } from '../lib/lossless-json.ts';
import { callSiteIssues } from './call-site-issues.ts';
import { compileStoredPolicy, type CompiledPolicy, type PolicyIssue } from './compile.ts';
import { paramsTypeIssues } from './params-type-issues.ts';
import { refusedSafety } from './lint/refused-safety.ts';
import { specExpressions } from './spec-expressions.ts';
import { specIssues } from './spec-issues.ts';

/**
 * What is wrong with a RolloutPolicy that is being written: its fields, its expressions, and what it would do to moves
 * toward safety. New expressions compile in the set of functions for new policies; those that the stored policy has
 * already compile in the full set, so that an upgrade never makes a stored policy unwritable. Where a gate asks the
 * policy, its expressions are checked for that too, and by the schema of its parameters.
 * @returns in the order of the fields; empty when it may be stored
 */
export function policyIssues(object: Json, stored?: RolloutPolicy): readonly PolicyIssue[] {
  const broken = specIssues(object);
  if (broken.length > 0) return broken;
  const policy = object as unknown as RolloutPolicy;
  const known = new Set(stored === undefined ? [] : specExpressions(stored.spec).values());
  const own = specExpressions(policy.spec);
  const compiled = compileStoredPolicy(policy);
  const full = compiled.issues;
  const narrow = compileStoredPolicy(policy, { mode: 'new' }).issues;
  const onlyNew = narrow.filter(
    ({ field }) => !known.has(own.get(field) ?? '') && !full.some((issue) => issue.field === field),
  );
  const typed = [...callSiteIssues(policy, full), ...paramsTypeIssues(policy, full)];
  const issues = [...full, ...onlyNew, ...typed];
  return issues.length > 0 ? issues : safetyIssues(compiled);
}

/**
 * Moves toward safety that the policy judges against, though it takes the same objects and moves otherwise. The engine
 * lets them through whatever policies say, so that such a policy says something that never holds. One that only fails
 * with an error there, or that refuses everything at that moment (a freeze), is not meant so, and is taken.
 */
function safetyIssues(compiled: CompiledPolicy): readonly PolicyIssue[] {
  return refusedSafety(compiled)
    .filter(({ isError }) => !isError)
    .map(({ change, facts, validation }) => ({
      field: validation === undefined ? 'spec' : `spec.validations[${validation}].expression`,
      message: `would deny a move toward safety: ${change} (${facts}); let it pass, for no policy can stop it`,
    }));
}
