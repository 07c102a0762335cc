import type { Canary } from '../domain/canary.ts';
import { apiVersionOf, type KubeObject } from '../domain/object.ts';
import { filterByPrefix } from './labels.ts';
import { isOwnedBy, ownerOf } from './names.ts';
import type { ObjectWrite } from './object-write.ts';
import type { Scaler, ScalerContext } from './scaler/types.ts';

const EVERYTHING = ['*'];
/** Written by kubectl and KEDA about the target's scaler itself. */
const TARGET_ONLY = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'scaledobject.keda.sh/name',
];

/** Name of the primary's scaler. */
export function primaryScalerName(reference: { readonly name: string }): string {
  return `${reference.name}-primary`;
}

/**
 * The primary's scaler as the target's says, with the Canary's overrides.
 * @param live what is there; labels and annotations that others gave it stay
 * @param floor a lower bound that stands while a rollout may still give the primary all traffic back at once
 */
export function primaryScalerOf(
  scaler: Scaler,
  { target, live }: { readonly target: KubeObject; readonly live: KubeObject | undefined },
  context: ScalerContext,
  floor = 0,
): KubeObject {
  const { canary, names } = context;
  const labels = { ...live?.metadata.labels, ...inherited(target.metadata.labels) };
  const annotations = {
    ...live?.metadata.annotations,
    ...inherited(scaler.inheritedAnnotations(target)),
  };
  const metadata = {
    ...live?.metadata,
    name: primaryScalerName(target.metadata),
    namespace: names.namespace,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ownerReferences:
      live !== undefined && isOwnedBy(live, canary)
        ? (live.metadata.ownerReferences ?? [])
        : [ownerOf(canary)],
  };
  const { resource, kind } = scaler;
  const made = {
    apiVersion: apiVersionOf(resource),
    kind,
    metadata,
    spec: scaler.primarySpec(target, context),
  };
  return withFloor(scaler, made, floor);
}

function withFloor(scaler: Scaler, object: KubeObject, floor: number): KubeObject {
  const { min, max } = scaler.bounds(object);
  const wanted = Math.min(floor, max);
  return wanted > min ? scaler.withMin(object, wanted) : object;
}

/** What makes the primary's scaler be what is wanted; empty when it is. */
export function primaryScalerWrites(
  scaler: Scaler,
  live: KubeObject | undefined,
  wanted: KubeObject,
): readonly ObjectWrite[] {
  if (live === undefined) return [{ op: 'create', type: scaler.resource, object: wanted }];
  if (isSameScaler(scaler, live, wanted)) return [];
  return [{ op: 'replace', type: scaler.resource, object: { ...live, ...wanted } }];
}

/** Whether a primary's scaler is what is wanted, whatever else others have written on it. */
export function isSameScaler(scaler: Scaler, live: KubeObject, wanted: KubeObject): boolean {
  return (
    scaler.sameSpec(specOf(live), specOf(wanted)) &&
    contains(live.metadata.labels, wanted.metadata.labels) &&
    contains(live.metadata.annotations, wanted.metadata.annotations) &&
    contains(
      Object.fromEntries((live.metadata.ownerReferences ?? []).map(({ uid }) => [uid, uid])),
      Object.fromEntries((wanted.metadata.ownerReferences ?? []).map(({ uid }) => [uid, uid])),
    )
  );
}

/** `spec` of any scaler. */
export function specOf(object: KubeObject): unknown {
  return (object as KubeObject & { spec?: unknown }).spec;
}

function contains(
  live: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>> | undefined,
): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => live?.[key] === value);
}

function inherited(entries: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const kept = Object.entries(filterByPrefix(entries, EVERYTHING));
  return Object.fromEntries(kept.filter(([key]) => !TARGET_ONLY.includes(key)));
}

/** The scaler that a Canary names. */
export function scalerKey(canary: Canary, namespace: string): { namespace: string; name: string } {
  return { namespace, name: canary.spec.autoscalerRef?.name ?? '' };
}
