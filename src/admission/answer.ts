import type { Decision, JsonPatchOperation, Violation } from '../domain/decision.ts';
import { denialMessage, denialStatus, isAllowed, responseAnnotations } from '../policy/message.ts';
import type { ReviewResponse } from './review-codec.ts';

/** The API server cuts each warning at 256 runes, and all of a request at 4096; longer than 120 is discouraged. */
const MAX_WARNING = 256;
const MAX_WARNINGS_TOTAL = 4096;
/** A status message has no limit of its own; what nobody would read is cut. */
const MAX_MESSAGE = 16 * 1024;
/** An audit annotation beyond this is cut, as ValidatingAdmissionPolicy cuts it. Bytes. */
const MAX_ANNOTATION = 10 * 1024;

/**
 * The answer of `/mutate`: the patch. Violations refuse nothing here, as other webhooks may still change the object and
 * `/validate` judges the final one; a mutation that failed does, for nobody would notice later.
 * @param own patch that was applied to the object before the decision was made; goes first
 */
export function mutationAnswer(
  uid: string,
  decision: Decision,
  own: readonly JsonPatchOperation[],
): ReviewResponse {
  const failed = decision.violations.filter(isPolicyError);
  if (failed.length > 0) {
    const message = cut(denialMessage({ ...decision, violations: failed }));
    return { uid, allowed: false, status: { ...denialStatus(decision), message } };
  }
  const patch = [...own, ...decision.patch];
  return { uid, allowed: true, ...(patch.length === 0 ? {} : { patch }) };
}

/** An error of a mutation or of the policy as a whole, not of one validation, that refuses. */
function isPolicyError({ action, error, validation }: Violation): boolean {
  return error === true && validation === '' && (action === 'Deny' || action === 'Hold');
}

/**
 * The answer of `/validate`.
 * @param problems of Sluice's own checks; they come before those of policies
 */
export function validationAnswer(
  uid: string,
  decision: Decision,
  problems: readonly string[],
): ReviewResponse {
  const allowed = isAllowed(decision) && problems.length === 0;
  const annotations = boundedAnnotations(decision);
  return {
    uid,
    allowed,
    ...(allowed ? {} : { status: statusOf(decision, problems) }),
    ...(decision.warnings.length === 0 ? {} : { warnings: boundedWarnings(decision.warnings) }),
    ...(Object.keys(annotations).length === 0 ? {} : { auditAnnotations: annotations }),
  };
}

/** A refusal that no policy has a part in. */
export function refusal(
  uid: string,
  code: number,
  reason: string,
  messages: readonly string[],
): ReviewResponse {
  return { uid, allowed: false, status: { code, reason, message: cut(messages.join('\n')) } };
}

function statusOf(
  decision: Decision,
  problems: readonly string[],
): { code: number; reason: string; message: string } {
  const message = cut(
    [...problems, denialMessage(decision)].filter((text) => text !== '').join('\n'),
  );
  if (problems.length > 0) return { code: 422, reason: 'Invalid', message };
  return { ...denialStatus(decision), message };
}

/** Warnings within what the API server shows; what is left out is counted in the last one. */
function boundedWarnings(warnings: readonly string[]): string[] {
  const bounded: string[] = [];
  let total = 0;
  for (const [index, warning] of warnings.entries()) {
    const text = cut(warning, MAX_WARNING);
    total += text.length;
    if (total > MAX_WARNINGS_TOTAL - MAX_WARNING) {
      bounded.push(`and ${warnings.length - index} more warnings`);
      break;
    }
    bounded.push(text);
  }
  return bounded;
}

function boundedAnnotations(decision: Decision): Record<string, string> {
  return Object.fromEntries(
    Object.entries(responseAnnotations(decision)).map(([key, value]) => [
      key,
      cut(value, MAX_ANNOTATION),
    ]),
  );
}

function cut(text: string, limit = MAX_MESSAGE): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
