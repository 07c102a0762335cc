import { GOOD_ANNOTATION, HELD_ANNOTATION } from '../domain/governed-deployment.ts';
import type { Json } from '../lib/lossless-json.ts';
import { CHANGED_BY } from './changed-by.ts';
import { at, canaryOwners, same, sameCanaryOwners } from './protect-fields.ts';
import { canaryAnnotationIssues } from './protect-ingress.ts';

/** Annotations in which Sluice keeps who changed a Deployment, what is held, and what has run well. */
export const KEPT_ANNOTATIONS = [CHANGED_BY, HELD_ANNOTATION, GOOD_ANNOTATION] as const;

/**
 * What a write of the subresource `status` changes beside the status: Kubernetes lets owners and annotations of its own
 * kinds through, so that it would be a way round the checks of the object itself.
 */
export function statusWriteIssues(object: Json, oldObject: Json): string[] {
  const annotation = (value: Json, key: string): Json | undefined =>
    at(value, 'metadata', 'annotations', key);
  return [
    ...(sameCanaryOwners(object, oldObject)
      ? []
      : ['metadata.ownerReferences: do not change by a write of the status']),
    ...KEPT_ANNOTATIONS.filter(
      (key) => !same(annotation(object, key), annotation(oldObject, key)),
    ).map((key) => `metadata.annotations[${key}]: does not change by a write of the status`),
    ...(canaryOwners(oldObject).length === 0 ? [] : canaryAnnotationIssues(object, oldObject)),
  ];
}
