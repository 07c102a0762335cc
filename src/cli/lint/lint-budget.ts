import { limitIssues, selectorIssues } from '../../admission/own-kind-budget.ts';
import type { Json } from '../../lib/lossless-json.ts';
import type { LintObject, ObjectFinding } from './finding.ts';
import { findingsOf } from './issue-findings.ts';

/** What is wrong with a RolloutBudget whose fields are sound. */
export function lintBudget(object: LintObject): readonly ObjectFinding[] {
  const spec = object.value['spec'] as { readonly [key: string]: Json };
  const selectors = ['selector', 'namespaceSelector'];
  return [
    ...findingsOf(object, 'SL7008', limitIssues(spec)),
    ...findingsOf(object, 'SL7009', selectorIssues(spec, 'spec', selectors)),
  ];
}
