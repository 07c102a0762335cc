import type { LintObject, ObjectFinding } from './finding.ts';
import type { LintCode } from './rules.ts';

/**
 * Findings of what the checks of admission say.
 * @param issues `path: message`, as admission words them
 */
export function findingsOf(
  object: LintObject,
  code: LintCode,
  issues: readonly string[],
): readonly ObjectFinding[] {
  return issues.map((issue): ObjectFinding => {
    const end = issue.indexOf(': ');
    const field = issue.slice(0, end);
    // Of an object that lacks something or does not fit, its name is shown.
    const isScalar = !MAPPINGS.test(field);
    const part = isScalar ? 'value' : 'key';
    return { code, message: issue.slice(end + 2), object, field, part };
  });
}

/** Fields that hold mappings. */
const MAPPINGS = /(?:^spec|^spec\.scope|[sS]elector)$/;
