import { meaningIssues } from '../../admission/own-kind-approval.ts';
import type { Approval } from '../../domain/approval.ts';
import type { LintObject, ObjectFinding } from './finding.ts';
import { findingsOf } from './issue-findings.ts';
import { lintEnd, lintStamp } from './lint-stored.ts';

/**
 * What is wrong with an Approval whose fields are sound.
 * @param now RFC 3339: what its end is compared with
 */
export function lintApproval(object: LintObject, now: string): readonly ObjectFinding[] {
  const { spec } = object.value as unknown as Approval;
  return [
    ...findingsOf(object, 'SL7010', meaningIssues(spec)),
    ...lintEnd(object, spec.expiresAt, now),
    ...lintStamp(object, 'approver'),
  ];
}
