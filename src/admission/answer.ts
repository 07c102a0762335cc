import type { Decision, JsonPatchOperation, Violation } from '../domain/decision.ts';
import {
  denialCauses,
  denialMessage,
  denialStatus,
  isAllowed,
  responseAnnotations,
} from '../policy/message.ts';
import type { Review, ReviewResponse, ReviewStatus } from './review-codec.ts';

/** When the warnings of a request are longer than this together, the API server cuts each to 256 letters. */
const MAX_WARNINGS_TOTAL = 4096;
const MAX_WARNING = 256;
/** A status message has no limit of its own; what nobody would read is cut. */
const MAX_MESSAGE = 16 * 1024;
/** Causes that a status lists, and the length of one. */
const MAX_CAUSES = 50;
const MAX_CAUSE = 6 * 1024;
/** An audit annotation beyond this is cut, as ValidatingAdmissionPolicy cuts it. Bytes. */
const MAX_ANNOTATION = 10 * 1024;
/** Audit annotation with the verdict and the digest of the policies in force; the API server puts the webhook's name before it. */
const DECISION_KEY = 'sluice.dev.decision';

/** HTTP status of a mutation that failed, as in MutatingAdmissionPolicy, whatever its reason. */
const FAILED_MUTATION = 403;

/**
 * The answer of `/mutate`: the patch. Violations refuse nothing here, as other webhooks may still change the object and
 * `/validate` judges the final one; a mutation that failed does, for nobody would notice later.
 * @param own patch of the object as the decision's own patch leaves it
 */
export function mutationAnswer(
  review: Pick<Review, 'uid' | 'request'>,
  decision: Decision,
  own: readonly JsonPatchOperation[],
): ReviewResponse {
  const { uid } = review;
  const failed = decision.violations.filter(isFailedMutation);
  if (failed.length > 0) {
    // What could not be configured is told before what could not be evaluated, as the API server does.
    const violations = failed.toSorted((a, b) => rank(a) - rank(b));
    const status = statusOf(review, { ...decision, violations }, []);
    return { uid, allowed: false, status: { ...status, code: FAILED_MUTATION } };
  }
  const patch = [...decision.patch, ...own];
  return { uid, allowed: true, ...(patch.length === 0 ? {} : { patch }) };
}

function rank({ reason }: Violation): number {
  return reason === 'Forbidden' ? 0 : 1;
}

/** A mutation that could not be made, and refuses for that. */
function isFailedMutation({ action, mutation }: Violation): boolean {
  return mutation === true && (action === 'Deny' || action === 'Hold');
}

/**
 * The answer of `/validate`.
 * @param problems of Sluice's own checks; they come before those of policies
 */
export function validationAnswer(
  review: Pick<Review, 'uid' | 'request'>,
  decision: Decision,
  problems: readonly string[],
): ReviewResponse {
  const allowed = isAllowed(decision) && problems.length === 0;
  const annotations = boundedAnnotations(decision);
  return {
    uid: review.uid,
    allowed,
    ...(allowed ? {} : { status: statusOf(review, decision, problems) }),
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
  { request }: Pick<Review, 'request'>,
  decision: Decision,
  problems: readonly string[],
): ReviewStatus {
  const texts = [...problems, denialMessage(decision)].filter((text) => text !== '');
  const causes = [...problems, ...denialCauses(decision)].slice(0, MAX_CAUSES);
  return {
    ...(problems.length > 0 ? { code: 422, reason: 'Invalid' } : denialStatus(decision)),
    message: cut(texts.join('\n')),
    details: {
      name: request.name,
      group: request.resource.group,
      kind: request.resource.resource,
      causes: causes.map((message) => ({ message: cut(message, MAX_CAUSE) })),
    },
  };
}

/** Warnings within what the API server shows; what is left out is counted in the last one. */
function boundedWarnings(warnings: readonly string[]): readonly string[] {
  const length = warnings.reduce((sum, warning) => sum + warning.length, 0);
  if (length <= MAX_WARNINGS_TOTAL) return warnings;
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
  const annotations = { ...responseAnnotations(decision), ...decisionAnnotation(decision) };
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [key, cut(value, MAX_ANNOTATION)]),
  );
}

/**
 * What came of it under which policies, so that the API server's audit log is a second witness; nothing of what is
 * allowed without a word. The digest of the facts is not among it: it would be a fifth of the time of a review.
 */
function decisionAnnotation(decision: Decision): Record<string, string> {
  const { verdict, snapshotDigest } = decision;
  if (verdict === 'allow' || snapshotDigest === '') return {};
  return { [DECISION_KEY]: JSON.stringify({ verdict, policies: snapshotDigest }) };
}

function cut(text: string, limit = MAX_MESSAGE): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
