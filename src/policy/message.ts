import type { Decision, Violation } from '../domain/decision.ts';

/** Whether a write may go on: the verdicts `deny`, `hold` and `error` refuse it. */
export function isAllowed({ verdict }: Decision): boolean {
  return verdict === 'allow' || verdict === 'warn';
}

/** The violations that refuse or hold, in the order in which they are shown. */
function blockingViolations({ violations }: Decision): readonly Violation[] {
  return violations.filter(({ action }) => action === 'Deny' || action === 'Hold');
}

/**
 * The text of a denial or hold: the first violation in the words of ValidatingAdmissionPolicy, every other on a line of
 * its own, each with its remediation, and when it would next be allowed. '' when nothing blocks.
 */
export function denialMessage(decision: Decision): string {
  const [first, ...others] = blockingViolations(decision);
  if (first === undefined) return '';
  const lines = [
    deniedText(first),
    ...remediationLine(first),
    ...others.flatMap((violation) => [lineOf(violation), ...remediationLine(violation)]),
  ];
  if (decision.nextOpen !== undefined) lines.push(`next allowed at ${decision.nextOpen}`);
  return lines.join('\n');
}

/** Every violation that refuses or holds, each in the words of ValidatingAdmissionPolicy: `details.causes` of a status. */
export function denialCauses(decision: Decision): readonly string[] {
  return blockingViolations(decision).map(deniedText);
}

function deniedText(violation: Violation): string {
  return `${subjectOf(violation)} denied request: ${violation.message}`;
}

/** HTTP status and metav1 reason of a denial: those of the first violation that blocks. */
export function denialStatus(decision: Decision): {
  readonly code: number;
  readonly reason: string;
} {
  const reason = blockingViolations(decision)[0]?.reason ?? 'Invalid';
  return { code: codeOf(reason), reason };
}

/** HTTP status of a metav1 reason, as ValidatingAdmissionPolicy maps it; 422 for those it does not know. */
export function codeOf(reason: string): number {
  switch (reason) {
    case 'Unauthorized':
      return 401;
    case 'Forbidden':
      return 403;
    case 'RequestEntityTooLarge':
      return 413;
    case 'ServiceUnavailable':
      return 503;
    default:
      return 422;
  }
}

/**
 * The warning of one violation; none when it denies or is only audited.
 * @param effective the violation after a change toward safety was let through
 */
export function warningOf(violation: Violation, effective = violation): readonly string[] {
  if (effective.action !== violation.action) {
    return [`${lineText(violation)} (let through: the change is toward safety)`];
  }
  if (violation.action !== 'Warn') return [];
  const { remediation, exception } = violation;
  const fix = remediation === undefined ? '' : ` (to fix: ${oneLine(remediation)})`;
  const advice =
    exception === undefined ? fix : ` (let through by emergency exception ${exception})`;
  return [`Validation failed for ${subjectOf(violation)}: ${violation.message}${advice}`];
}

/**
 * Audit annotations in the form that an AdmissionResponse may carry: the API server puts the name of the webhook and a
 * slash before each key, so that a key must not hold another slash.
 */
export function responseAnnotations({ auditAnnotations }: Decision): Record<string, string> {
  return Object.fromEntries(
    Object.entries(auditAnnotations).map(([key, value]) => [key.replaceAll('/', '.'), value]),
  );
}

/** Violations that no policy has a part in. */
const OWN = /^(?:ChangeWindow|Freshness|RolloutBudget|PolicyException)\//;

function subjectOf({ policy, binding }: Violation): string {
  if (OWN.test(policy)) return 'Sluice';
  const bound = binding === '' ? '' : ` with binding '${binding}'`;
  return `RolloutPolicy '${policy}'${bound}`;
}

function lineOf(violation: Violation): string {
  return `- ${lineText(violation)}`;
}

function lineText(violation: Violation): string {
  const { policy, binding, validation, message } = violation;
  if (subjectOf(violation) === 'Sluice') return message;
  const bound = binding === '' ? '' : ` (binding '${binding}')`;
  return `${policy}${validation === '' ? '' : `/${validation}`}${bound}: ${message}`;
}

function remediationLine({ remediation }: Violation): readonly string[] {
  return remediation === undefined ? [] : [`  to fix: ${oneLine(remediation)}`];
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
