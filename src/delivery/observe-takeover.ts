import { RESOURCES } from '../domain/resources.ts';
import type { KubeObject } from '../domain/object.ts';
import type { DeliveryDeps } from './config.ts';
import type { Scene } from './observe.ts';
import { isOwnRevision } from './revision.ts';
import { isForeign, takeoverEvidence } from './takeover-evidence.ts';

/** ReplicaSets that are looked at; a Deployment keeps ten unless told otherwise. */
const MAX_KEPT = 500;

/**
 * The scene, with what tells where the Canary stands while a digest in its status is another controller's. Costs a
 * request only for a Canary that failed under that one.
 * @throws ClusterError when the target's ReplicaSets cannot be read
 */
export async function withTakeover(
  deps: Pick<DeliveryDeps, 'client'>,
  scene: Scene,
  signal: AbortSignal,
): Promise<Scene> {
  const { observation, workload, selector } = scene;
  const { status, target, primary } = observation;
  if (target === undefined || primary === undefined) return scene;
  if (!isForeign(status) && isOwnRevision(status.lastPromotedSpec ?? '')) return scene;
  const takeover = takeoverEvidence({
    status,
    target,
    primary: primary.object,
    workload,
    selector,
    equal: primary.samePods && (primary.sameConfigs ?? true),
    tracked: target.configs,
    primaryConfigs: primary.configs ?? {},
    kept: status.phase === 'Failed' ? await keptRevisions(deps, target.object, signal) : [],
  });
  return { ...scene, observation: { ...observation, takeover } };
}

/** The ReplicaSets of a Deployment; other kinds keep none. */
async function keptRevisions(
  { client }: Pick<DeliveryDeps, 'client'>,
  target: KubeObject,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const { namespace = 'default', uid } = target.metadata;
  const { spec } = target as { spec?: { selector?: { matchLabels?: Record<string, string> } } };
  const labels = Object.entries(spec?.selector?.matchLabels ?? {});
  if (target.kind !== RESOURCES.deployments.kind || labels.length === 0) return [];
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(',');
  const options = { namespace, labelSelector, limit: MAX_KEPT, signal };
  const { items } = await client.list(RESOURCES.replicaSets, options);
  return items.filter(({ metadata }) =>
    (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid),
  );
}
