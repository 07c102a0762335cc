import { isDeepStrictEqual } from 'node:util';
import type { Canary } from '../domain/canary.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from '../domain/object.ts';
import { ownerOf } from './names.ts';

/** What of an object's metadata a router decides. */
export interface RouteMetadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether the object goes with the Canary. */
  readonly owned: boolean;
}

/** Live metadata with what is wanted of it; labels, annotations and owners of others stay. */
export function mergedMetadata(
  live: ObjectMeta,
  wanted: RouteMetadata,
  canary: Canary,
): ObjectMeta {
  return {
    ...live,
    ...entries('labels', live.labels, wanted.labels),
    ...entries('annotations', live.annotations, wanted.annotations),
    ...(wanted.owned ? { ownerReferences: ownersWith(live.ownerReferences, canary) } : {}),
  };
}

function entries(
  member: 'labels' | 'annotations',
  live: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): Partial<Pick<ObjectMeta, 'labels' | 'annotations'>> {
  return live === undefined && Object.keys(wanted).length === 0
    ? {}
    : { [member]: { ...live, ...wanted } };
}

/** The owners with this Canary as the controller; unchanged when it is among them. */
function ownersWith(live: readonly OwnerReference[] = [], canary: Canary): OwnerReference[] {
  if (live.some(({ uid }) => uid === canary.metadata.uid)) return [...live];
  return [...live.filter(({ controller }) => controller !== true), ownerOf(canary)];
}

/** Whether two objects have the same spec, labels, annotations and owners. */
export function sameObject(a: KubeObject, b: KubeObject): boolean {
  return isDeepStrictEqual(decided(a), decided(b));
}

function decided(object: KubeObject): unknown {
  const { labels, annotations, ownerReferences } = object.metadata;
  const { spec } = object as KubeObject & { spec?: unknown };
  return [spec, labels, annotations, ownerReferences];
}
