import { SluiceError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import { refusal } from './answer.ts';
import type { AdmissionMetrics, RejectReason } from './metrics.ts';
import { REVIEW_PATHS, type Route } from './paths.ts';
import { ReviewError, encodeReview } from './review-codec.ts';

/** An HTTP answer. */
export interface ReviewAnswer {
  readonly status: number;
  /** JSON: an AdmissionReview, or for an unknown path a metav1 Status. */
  readonly body: string;
}

/** Who is told of a failure. */
interface FailureContext {
  readonly logger: Logger;
  readonly metrics: AdmissionMetrics;
}

/**
 * What could not be decided. The answer is never `allowed`. Where the webhook's failure policy is Fail, an AdmissionReview
 * carries the reason to the writer; where it is Ignore, the HTTP status tells the API server that there is no answer.
 */
export function reviewFailure(
  { logger, metrics }: FailureContext,
  route: Route,
  uid: string,
  error: unknown,
): ReviewAnswer {
  const known = uid === '' && error instanceof ReviewError ? error.uid : uid;
  const { code, reason, counted } = meaningOf(error);
  metrics.rejected(counted);
  const message = error instanceof SluiceError ? error.message : 'Sluice failed; its log says how';
  if (counted === 'internal') logger.error({ uid: known, error }, 'a review failed');
  else logger.warn({ uid: known, reason: counted }, 'a review was not decided');
  const isAnswer = code >= 500 && route.mode !== 'Ignore';
  return { status: isAnswer ? 200 : code, body: failedReview(known, code, reason, message) };
}

function meaningOf(error: unknown): { code: number; reason: string; counted: RejectReason } {
  const code = error instanceof SluiceError ? error.code : 'SLUICE_INTERNAL';
  switch (code) {
    case 'SLUICE_REVIEW':
      return { code: 400, reason: 'BadRequest', counted: 'malformed' };
    case 'SLUICE_NOT_READY':
      return { code: 503, reason: 'ServiceUnavailable', counted: 'not-ready' };
    default:
      return { code: 500, reason: 'InternalError', counted: 'internal' };
  }
}

/** An AdmissionReview that refuses. */
export function failedReview(uid: string, code: number, reason: string, message: string): string {
  return encodeReview(refusal(uid, code, reason, [message]));
}

/** The answer to a URL that nobody serves; names those that are served. */
export function unknownPath(): ReviewAnswer {
  const message = `unknown path; known paths are ${REVIEW_PATHS.join(', ')}`;
  return {
    status: 404,
    body: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Status',
      status: 'Failure',
      reason: 'NotFound',
      code: 404,
      message,
    }),
  };
}
