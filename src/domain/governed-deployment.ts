import { digestOf } from '../lib/canonical-json.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';

/** On a Deployment, with the value `true`: each change of its pods waits for the gate RolloutStart. */
export const GOVERNED_LABEL = 'sluice.dev/governed';
/** On a Deployment that Sluice has paused: the revision whose rollout waits. Written by admission and by the executor. */
export const HELD_ANNOTATION = 'sluice.dev/held';
/** Revisions that have run well, the newest first, separated by commas. Written by the executor alone. */
export const GOOD_ANNOTATION = 'sluice.dev/good-revisions';
/** What is measured while a change of the Deployment is rolled out: JSON or YAML, see the guide on rolling updates. */
export const ANALYSIS_ANNOTATION = 'sluice.dev/analysis';

const PREFIX = 'sluice.v1:';
const HASH_LABEL = 'pod-template-hash';

/**
 * The revision of a plain Deployment: a digest of its pod template. Annotations of the template are no part of it, so
 * that `kubectl rollout restart` is no change, nor is the label by which Kubernetes tells ReplicaSets apart.
 */
export function deploymentRevision(template: Json | undefined): string {
  const digest = digestOf(comparable(template ?? null));
  return `${PREFIX}${digest.slice('sha256:'.length)}`;
}

function comparable(template: Json): Json {
  if (!isJsonObject(template)) return template;
  const metadata = template['metadata'];
  const labels = isJsonObject(metadata) ? (metadata['labels'] ?? {}) : {};
  return withoutNulls({ spec: template['spec'] ?? {}, labels: without(labels, HASH_LABEL) });
}

function without(value: Json, key: string): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

function withoutNulls(value: Json): Json {
  if (isJsonArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)] as const),
  );
}

/** The revisions in an annotation {@link GOOD_ANNOTATION}. */
export function readGoodRevisions(annotation: string | undefined): readonly string[] {
  return (annotation ?? '').split(',').filter((text) => text !== '');
}
