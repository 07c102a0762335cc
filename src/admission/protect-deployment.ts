import type { Json } from '../lib/lossless-json.ts';
import { at, same, without } from './protect-fields.ts';

/** What `kubectl rollout restart` writes: new pods of the same kind. */
const RESTART_ANNOTATION = 'kubectl.kubernetes.io/restartedAt';

/**
 * What of a primary Deployment only Sluice may change: what its pods are, which pods it has, whether they may be
 * replaced; the pods' annotation `flagger-id` tells what was promoted. The number of replicas, annotations and other labels are free, so that
 * autoscalers, `kubectl scale` and `kubectl rollout restart` work.
 */
export function primaryIssues(object: Json, oldObject: Json): string[] {
  const issues: string[] = [];
  const differs = (...path: string[]): boolean =>
    !same(at(object, ...path), at(oldObject, ...path));
  if (!same(templateOf(object), templateOf(oldObject))) {
    issues.push('spec.template: is what was promoted; change the pods of the target instead');
  }
  if (differs('spec', 'selector')) issues.push('spec.selector: says which pods are the primary');
  if (at(object, 'spec', 'paused') === true && at(oldObject, 'spec', 'paused') !== true) {
    issues.push(
      'spec.paused: a paused primary cannot be promoted to; sluice pause holds a rollout',
    );
  }
  const selectors = at(oldObject, 'spec', 'selector', 'matchLabels');
  for (const key of Object.keys(selectors ?? {})) {
    if (!differs('metadata', 'labels', key)) continue;
    issues.push(`metadata.labels[${key}]: tells primary and canary apart`);
  }
  return issues;
}

function templateOf(deployment: Json): Json {
  const template = at(deployment, 'spec', 'template');
  const annotations = without(at(template, 'metadata', 'annotations') ?? {}, RESTART_ANNOTATION);
  const metadata = without(at(template, 'metadata') ?? {}, 'annotations', 'creationTimestamp');
  return [without(template, 'metadata'), metadata, annotations];
}
