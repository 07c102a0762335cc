import { isDeepStrictEqual } from 'node:util';
import type { Canary } from '../domain/canary.ts';
import type { KubeObject, OwnerReference, ResourceType } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { configDigest, type ConfigMark, type ConfigObject } from './config-digest.ts';
import { copyNameOf, type ConfigKind } from './config-references.ts';
import { filterByPrefix } from './labels.ts';
import { ownerOf } from './names.ts';
import type { ObjectWrite } from './object-write.ts';

/** The resource of a kind of config. */
export function resourceOf(kind: ConfigKind): ResourceType {
  return kind === 'Secret' ? RESOURCES.secrets : RESOURCES.configMaps;
}

/** What a copy is made from. */
export interface CopyContext {
  readonly canary: Canary;
  readonly includeLabelPrefix: readonly string[];
}

/**
 * What makes a primary's copy be what the original is; empty when it is. The Canary that writes it last is its controller,
 * others that share it stay its owners (as in Flagger). What cannot be updated, because it is immutable or a Secret of
 * another type, is deleted and made again: running pods keep what they were given, and a pod that starts in between waits
 * for it.
 * @param copy as it is live; undefined when there is none
 */
export function copyWrites(
  original: ConfigObject,
  copy: ConfigObject | undefined,
  context: CopyContext,
): readonly ObjectWrite[] {
  const type = original.kind === 'Secret' ? RESOURCES.secrets : RESOURCES.configMaps;
  const wanted = copyOf(original, copy, context);
  if (copy === undefined) return [{ op: 'create', type, object: wanted }];
  if (isDeepStrictEqual(essence(copy), essence(wanted))) return [];
  if (!isReplaceable(copy, wanted)) {
    const { name, namespace = 'default', uid } = copy.metadata;
    const found = uid === undefined ? {} : { uid };
    return [
      { op: 'delete', type, key: { namespace, name }, ...found },
      { op: 'create', type, object: wanted },
    ];
  }
  const metadata = { ...copy.metadata, ...owned(wanted) };
  return [{ op: 'replace', type, object: { ...wanted, metadata } }];
}

/**
 * What makes a copy belong to the Canary again, when an earlier Canary of its name left it behind or somebody took its
 * owner away; what is in it stays.
 */
export function adoptionWrites(
  copy: ConfigObject,
  { canary }: CopyContext,
): readonly ObjectWrite[] {
  if (isOwner(copy, canary)) return [];
  const type = copy.kind === 'Secret' ? RESOURCES.secrets : RESOURCES.configMaps;
  const metadata = { ...copy.metadata, ownerReferences: ownersOf(copy, canary) };
  return [{ op: 'replace', type, object: { ...copy, metadata } }];
}

/**
 * What takes the Canary away from a copy that its primary does not use any more: the copy goes with its last owner.
 * Nothing for what does not belong to it.
 */
export function releaseWrites(copy: ConfigObject, canary: Canary): readonly ObjectWrite[] {
  if (!isOwner(copy, canary)) return [];
  const type = copy.kind === 'Secret' ? RESOURCES.secrets : RESOURCES.configMaps;
  const { name, namespace = 'default', uid, ownerReferences = [] } = copy.metadata;
  const others = ownerReferences.filter((owner) => owner.uid !== canary.metadata.uid);
  if (others.length === 0) {
    return [
      { op: 'delete', type, key: { namespace, name }, ...(uid === undefined ? {} : { uid }) },
    ];
  }
  const metadata = { ...copy.metadata, ownerReferences: others };
  return [{ op: 'replace', type, object: { ...copy, metadata } }];
}

/** Whether the Canary is an owner of the copy. */
export function isOwner({ metadata }: Pick<ConfigMark, 'metadata'>, canary: Canary): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }) => uid === canary.metadata.uid);
}

/** Whether another Canary uses the copy, too: then what is in it may be what that one has promoted. */
export function isShared({ metadata }: Pick<ConfigMark, 'metadata'>, canary: Canary): boolean {
  return (metadata.ownerReferences ?? []).some((owner) => isAnotherCanary(owner, canary));
}

function isAnotherCanary({ kind, name }: OwnerReference, canary: Canary): boolean {
  return kind === canary.kind && name !== canary.metadata.name;
}

function copyOf(
  original: ConfigObject,
  copy: ConfigObject | undefined,
  { canary, includeLabelPrefix }: CopyContext,
): ConfigObject {
  const { name, namespace } = original.metadata;
  const labels = {
    ...copy?.metadata.labels,
    ...filterByPrefix(original.metadata.labels, includeLabelPrefix),
  };
  const { data, binaryData, immutable, type } = original;
  const fields = Object.entries({ data, binaryData, immutable, type });
  return {
    apiVersion: original.apiVersion,
    kind: original.kind,
    metadata: {
      name: copyNameOf(name),
      ...(namespace === undefined ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ownerReferences: ownersOf(copy, canary),
    },
    ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
  };
}

/** The Canary first, as controller; then whoever else owns it, save for an earlier Canary of the same name. */
function ownersOf(copy: ConfigObject | undefined, canary: Canary): OwnerReference[] {
  const others = (copy?.metadata.ownerReferences ?? []).filter(
    ({ kind, name }) => kind !== canary.kind || name !== canary.metadata.name,
  );
  return [ownerOf(canary), ...others.map((owner) => ({ ...owner, controller: false }))];
}

function owned({
  metadata,
}: ConfigObject): Pick<KubeObject['metadata'], 'labels' | 'ownerReferences'> {
  const { labels, ownerReferences = [] } = metadata;
  return labels === undefined ? { ownerReferences } : { labels, ownerReferences };
}

/** What of a config its copies are compared by. */
function essence(config: ConfigObject): unknown {
  return {
    digest: configDigest(config),
    immutable: config.immutable === true,
    type: config.type,
    labels: config.metadata.labels ?? {},
    owners: config.metadata.ownerReferences ?? [],
  };
}

/** Of what is immutable nothing but metadata may change; the type of a Secret never. */
function isReplaceable(copy: ConfigObject, wanted: ConfigObject): boolean {
  if (copy.type !== wanted.type) return false;
  if (copy.immutable !== true) return true;
  return wanted.immutable === true && configDigest(copy) === configDigest(wanted);
}
