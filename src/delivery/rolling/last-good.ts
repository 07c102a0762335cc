import { deploymentRevision } from '../../domain/governed-deployment.ts';
import type { KubeObject } from '../../domain/object.ts';
import { isJsonObject, type Json } from '../../lib/lossless-json.ts';

/** A ReplicaSet, as far as it says which pods it makes. */
export interface ReplicaSet extends KubeObject {
  spec?: { template?: Json };
  status?: { availableReplicas?: number };
}

const NUMBER = 'deployment.kubernetes.io/revision';
const HASH_LABEL = 'pod-template-hash';

/**
 * The template to go back to: that of the newest revision that has run well and of which Kubernetes keeps the ReplicaSet.
 * Where none was ever noted, the one before the present one counts, provided that it still has pods that serve.
 * @param sets ReplicaSets in the Deployment's namespace
 * @param good revisions that have run well, the newest first
 * @returns undefined when nothing to go back to is kept
 */
export function lastGoodTemplate(
  deployment: KubeObject,
  sets: readonly ReplicaSet[],
  good: readonly string[],
): Json | undefined {
  const present = revisionOf(deployment);
  const own = sets
    .filter(({ metadata }) =>
      (metadata.ownerReferences ?? []).some(
        ({ uid, controller }) => controller === true && uid === deployment.metadata.uid,
      ),
    )
    .filter((set) => revisionOf(set) !== present)
    .sort((a, b) => numberOf(b) - numberOf(a));
  const wanted = good.filter((revision) => revision !== present);
  const found =
    wanted.flatMap((revision) => own.filter((set) => revisionOf(set) === revision))[0] ??
    (good.length === 0
      ? own.find(({ status }) => (status?.availableReplicas ?? 0) > 0)
      : undefined);
  return found === undefined ? undefined : withoutHash(found.spec?.template);
}

function revisionOf(object: ReplicaSet): string {
  return deploymentRevision(object.spec?.template);
}

function numberOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[NUMBER] ?? 0);
}

/** Kubernetes adds the label to the templates of ReplicaSets. */
function withoutHash(template: Json | undefined): Json | undefined {
  if (!isJsonObject(template) || !isJsonObject(template['metadata'])) return template;
  const { metadata } = template;
  const labels = isJsonObject(metadata['labels']) ? metadata['labels'] : {};
  const kept = Object.fromEntries(Object.entries(labels).filter(([key]) => key !== HASH_LABEL));
  return { ...template, metadata: { ...metadata, labels: kept } };
}
