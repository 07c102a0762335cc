import type { JsonPatchOperation } from '../domain/decision.ts';
import { isJsonObject } from '../lib/lossless-json.ts';
import { annotationPatch, annotationProblem, isAnnotated } from './changed-by.ts';
import type { Review } from './review-codec.ts';
import { fieldPatch, fieldProblem, stampedField } from './stamped-fields.ts';

/** Whether this write must carry the identity of whoever asks. */
export function carriesStamp({ request, object }: Review): boolean {
  return (
    (request.subResource ?? '') === '' &&
    (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
    isJsonObject(object) &&
    (isAnnotated(request.resource) || stampedField(request.resource) !== undefined)
  );
}

/**
 * The patch that puts the right stamp on an object, whatever was submitted; empty when it is there already, so that it
 * can be applied again.
 */
export function stampPatch(review: Review): readonly JsonPatchOperation[] {
  const field = stampedField(review.request.resource);
  return field === undefined ? annotationPatch(review) : fieldPatch(review, field);
}

/** What is wrong with the stamp as submitted; undefined when it says who asks. */
export function stampProblem(review: Review): string | undefined {
  const field = stampedField(review.request.resource);
  return field === undefined ? annotationProblem(review) : fieldProblem(review, field);
}
