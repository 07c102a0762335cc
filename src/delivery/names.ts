import type { Canary } from '../domain/canary.ts';
import type { KubeObject, OwnerReference } from '../domain/object.ts';

/** Names of everything that belongs to one Canary, as Flagger forms them. */
export interface DeliveryNames {
  readonly namespace: string;
  readonly canary: string;
  readonly target: string;
  readonly primary: string;
  /** The Service and route that clients use. */
  readonly apex: string;
  readonly primaryService: string;
  readonly canaryService: string;
}

export const FINALIZER = 'finalizer.flagger.app';
/** How long one gate or hook may hold a run of the Canary, as a duration (`30m`). */
export const GATE_TIMEOUT_ANNOTATION = 'sluice.dev/gate-timeout';
export const CHANGED_BY_ANNOTATION = 'sluice.dev/changed-by';

/** Keeps Flux from reverting what the executor writes; Flagger sets the same two on every generated object. */
export const RECONCILE_DISABLED: Readonly<Record<string, string>> = {
  'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
  'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
};

/** Derives the names of a Canary's objects. */
export function namesOf(canary: Canary): DeliveryNames {
  const target = canary.spec.targetRef.name;
  const apex = canary.spec.service?.name ?? target;
  return {
    namespace: canary.metadata.namespace ?? 'default',
    canary: canary.metadata.name,
    target,
    primary: `${target}-primary`,
    apex,
    primaryService: `${apex}-primary`,
    canaryService: `${apex}-canary`,
  };
}

/** The controller reference that makes the API server delete what belongs to a deleted Canary. */
export function ownerOf(canary: Canary): OwnerReference {
  return {
    apiVersion: canary.apiVersion,
    kind: canary.kind,
    name: canary.metadata.name,
    uid: canary.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Whether the object's controller is an earlier Canary of this name: the API server will soon delete it. */
export function isLeftBehind(
  object: { metadata: { ownerReferences?: OwnerReference[] } },
  canary: Canary,
): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    ({ controller, kind, name, uid }) =>
      controller === true &&
      kind === canary.kind &&
      name === canary.metadata.name &&
      uid !== canary.metadata.uid,
  );
}

/** Whether the object bears what we wrote on it and has no controller: somebody took it from its Canary. */
export function isStripped(object: KubeObject): boolean {
  const { annotations = {} } = object.metadata;
  const isOurs = Object.entries(RECONCILE_DISABLED).every(
    ([key, value]) => annotations[key] === value,
  );
  return isOurs && hasNoController(object);
}

/** Whether no controller owns the object. */
export function hasNoController({ metadata }: KubeObject): boolean {
  return !(metadata.ownerReferences ?? []).some(({ controller }) => controller === true);
}

/** Whether the object's controller is this Canary. */
export function isOwnedBy(
  object: { metadata: { ownerReferences?: OwnerReference[] } },
  canary: Canary,
): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    (owner) => owner.controller === true && owner.uid === canary.metadata.uid,
  );
}
