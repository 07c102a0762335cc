import { isDeepStrictEqual } from 'node:util';
import type { Canary } from '../domain/canary.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { KubeObject, ObjectKey } from '../domain/object.ts';
import { configSnapshot } from './config-tracker.ts';
import type { DeliveryDeps } from './config.ts';
import type { Scene } from './observe.ts';
import { primaryScalerName, scalerKey, specOf } from './primary-scaler.ts';
import { partsOf } from './observe-workload.ts';
import { revisionOf } from './revision.ts';
import { servicesRight } from './services.ts';

/** What a Canary looked like when nothing was left to do for it. */
export interface IdleMark {
  readonly scene: Scene;
  readonly canaryVersion: string | undefined;
}

/** Remembers the state in which nothing was to be done. */
export function idleMark(scene: Scene): IdleMark {
  return { scene, canaryVersion: scene.canary.metadata.resourceVersion };
}

/**
 * Whether the caches still show the state in which nothing was to be done, so that the API need not be asked.
 * @returns `unknown` without caches; `drifted` when only the generated Services differ
 */
export function compareIdle(
  deps: DeliveryDeps,
  key: ObjectKey,
  mark: IdleMark,
): 'same' | 'changed' | 'drifted' | 'unknown' {
  const canaries = synced(deps.caches?.canaries);
  const workloads = synced(deps.caches?.workloads?.get(cacheKeyOf(mark.scene)));
  if (canaries === undefined || workloads === undefined) return 'unknown';
  const canary = canaries.get(key);
  if (canary?.metadata.resourceVersion !== mark.canaryVersion) return 'changed';
  const live = liveOf(workloads, mark.scene);
  if (canary === undefined || live === undefined) return 'changed';
  if (!isAsSeen(deps, canary, mark.scene, live)) return 'changed';
  return servicesSame(deps, canary, mark.scene, live.target) ? 'same' : 'drifted';
}

interface LivePair {
  readonly target: KubeObject;
  readonly primary: KubeObject;
}

function isAsSeen(
  deps: DeliveryDeps,
  canary: Canary,
  scene: Scene,
  { target, primary }: LivePair,
): boolean {
  return (
    sameWorkloads(scene, target, primary) &&
    routeSame(deps, scene) &&
    scalersSame(deps, canary, scene) &&
    configsSame(deps, scene, [target, primary])
  );
}

function cacheKeyOf({ workload }: Scene): string {
  return `${workload.resource.plural}.${workload.resource.group}`;
}

/** Target and primary as the copies show them; undefined when one is gone or is another object. */
function liveOf(
  workloads: ObjectCache<KubeObject>,
  { observation, workload, primaryPart }: Scene,
): LivePair | undefined {
  const { names } = observation;
  const target = workloads.get({ namespace: names.namespace, name: names.target });
  const { primary: part } = partsOf(workload, target, names);
  if (target === undefined || part === undefined || !isDeepStrictEqual(part, primaryPart)) {
    return undefined;
  }
  // A primary that is no object of its own is what the target says, and cannot be changed.
  const { ownPrimary } = workload.capabilities;
  const primary = ownPrimary ? workloads.get(part.key) : observation.primary?.object;
  return primary && { target, primary };
}

function synced<T extends KubeObject>(
  cache: ObjectCache<T> | undefined,
): ObjectCache<T> | undefined {
  return cache?.synced === true ? cache : undefined;
}

function sameWorkloads(
  { observation, workload }: Scene,
  target: KubeObject,
  primary: KubeObject,
): boolean {
  return (
    observation.target !== undefined &&
    revisionOf(workload.template(target), observation.target.configs) ===
      observation.target.revision &&
    workload.replicas(target) === observation.target.replicas &&
    primary.metadata.uid === observation.primary?.object.metadata.uid &&
    samePrimary(workload, primary, observation.primary?.object ?? primary)
  );
}

function samePrimary(workload: Scene['workload'], live: KubeObject, seen: KubeObject): boolean {
  return (
    !workload.paused(live) &&
    isDeepStrictEqual(live.metadata.ownerReferences, seen.metadata.ownerReferences) &&
    isDeepStrictEqual(workload.template(live), workload.template(seen))
  );
}

function servicesSame(
  deps: DeliveryDeps,
  canary: Canary,
  { observation, workload, selector }: Scene,
  target: KubeObject,
): boolean {
  const cache = synced(deps.caches?.services);
  if (cache === undefined || selector === undefined) return true;
  const { names } = observation;
  return servicesRight(cache, workload.services(target, { canary, names, selector }));
}

/** Whether the copies show the autoscalers as they were; false where there are none to show them. */
function scalersSame(deps: DeliveryDeps, canary: Canary, { scaler, observation }: Scene): boolean {
  if (scaler === undefined) return canary.spec.autoscalerRef === undefined;
  const { plural, group } = scaler.scaler.resource;
  const cache = synced(deps.caches?.scalers?.get(`${plural}.${group}`));
  const key = scalerKey(canary, observation.names.namespace);
  const live = [
    cache?.get(key),
    cache?.get({ ...key, name: primaryScalerName({ name: key.name }) }),
  ];
  return [scaler.target, scaler.primary].every((seen, i) => isSameObject(live[i], seen));
}

function isSameObject(live: KubeObject | undefined, seen: KubeObject | undefined): boolean {
  if (live === undefined || seen === undefined) return false;
  const essence = (object: KubeObject): unknown => [
    object.metadata.labels,
    object.metadata.annotations,
    object.metadata.ownerReferences,
    specOf(object),
  ];
  return isDeepStrictEqual(essence(live), essence(seen));
}

/** Whether the copies show the same ConfigMaps and Secrets as then; false where there are none to show them. */
function configsSame(
  deps: DeliveryDeps,
  { workload, observation, configs }: Scene,
  objects: readonly KubeObject[],
): boolean {
  const templates = objects.map((object) => workload.template(object));
  const now = configSnapshot(deps, observation.names.namespace, templates);
  return now !== undefined && isDeepStrictEqual(now, configs);
}

/** Whether the copies of the route's objects say what was seen of them; true where there are no copies. */
function routeSame(deps: DeliveryDeps, { observation, router, routeContext }: Scene): boolean {
  const live: (KubeObject | undefined)[] = [];
  for (const { type, key } of router.objects(routeContext)) {
    const cache = synced(deps.caches?.routes?.get(`${type.plural}.${type.group}`));
    if (cache === undefined) return true;
    live.push(cache.get(key));
  }
  return isDeepStrictEqual(router.observe(live, routeContext), observation.route);
}
