import { ClusterError } from '../domain/errors.ts';
import { adoptionWrites, copyWrites, isOwner, releaseWrites, resourceOf } from './config-copies.ts';
import { configDigest, isTracked, type ConfigMark, type ConfigObject } from './config-digest.ts';
import {
  configKey,
  configReferences,
  copyNameOf,
  type ConfigKind,
  type ConfigReference,
} from './config-references.ts';
import type { Execution } from './execution.ts';
import type { TargetObservation } from './observation.ts';
import { writeObjects, type ObjectWrite } from './object-write.ts';

type Named = Pick<ConfigReference, 'kind' | 'name'>;

/**
 * Makes the primary's copies be what the target is configured with, before the primary's template names them.
 * @throws ClusterError Conflict when a config is not what was decided about
 */
export async function writeCopies(execution: Execution, target: TargetObservation): Promise<void> {
  const tracked = target.configs ?? {};
  const template = execution.scene.workload.template(target.object);
  const writes: ObjectWrite[] = [];
  for (const reference of configReferences(template)) {
    const wanted = tracked[configKey(reference)];
    if (wanted !== undefined) writes.push(...(await writesOf(execution, reference, wanted)));
  }
  await writeObjects(execution.deps.client, writes, execution.signal);
}

/** Gives the primary's pods back the configs that were promoted, and the copies back to their Canary. */
export async function restoreCopies(execution: Execution): Promise<void> {
  const { target, primary } = execution.scene.observation;
  for (const { kind, name, from } of primary?.copies ?? []) {
    const wanted = target?.configs?.[configKey({ kind, name })];
    const writes =
      from === 'owner' || wanted === undefined
        ? await adopted(execution, { kind, name })
        : await writesOf(execution, { kind, name }, wanted);
    await writeObjects(execution.deps.client, writes, execution.signal);
  }
}

/**
 * Takes the Canary away from copies that neither its primary nor its target uses any more; they go with their last owner.
 * Found in the process's copies alone: without those they stay, and go with the Canary.
 */
export async function releaseCopies(execution: Execution): Promise<void> {
  const { deps, scene, canary, signal } = execution;
  const { primary, target, names } = scene.observation;
  // An old pod that starts again would look for what it was configured with.
  if (primary?.readiness.state !== 'ready') return;
  const templates = [primary, target].flatMap((found) =>
    found === undefined ? [] : [scene.workload.template(found.object)],
  );
  const used = new Set(
    templates
      .flatMap(configReferences)
      .flatMap(({ kind, name }) => [
        configKey({ kind, name }),
        configKey({ kind, name: copyNameOf(name) }),
      ]),
  );
  const isUnused = ({ kind, metadata }: ConfigMark): boolean =>
    metadata.namespace === names.namespace &&
    metadata.name.endsWith(copyNameOf('')) &&
    !used.has(configKey({ kind: kind as ConfigKind, name: metadata.name }));
  for (const cache of [deps.caches?.configMaps, deps.caches?.secrets]) {
    const unused = (cache?.list() ?? []).filter((mark) => isOwner(mark, canary) && isUnused(mark));
    for (const { kind, metadata } of unused) {
      const live = await read(execution, { kind: kind as ConfigKind, name: metadata.name });
      if (live !== undefined) await writeObjects(deps.client, releaseWrites(live, canary), signal);
    }
  }
}

async function writesOf(
  execution: Execution,
  { kind, name }: Named,
  wanted: string,
): Promise<readonly ObjectWrite[]> {
  const [original, copy] = await Promise.all([
    read(execution, { kind, name }),
    read(execution, { kind, name: copyNameOf(name) }),
  ]);
  if (original === undefined || configDigest(original) !== wanted || !isTracked(original)) {
    throw new ClusterError('Conflict', `${kind} ${name} is not as observed`);
  }
  const { includeLabelPrefix } = execution.deps.config;
  return copyWrites(original, copy, { canary: execution.canary, includeLabelPrefix });
}

async function adopted(execution: Execution, original: Named): Promise<readonly ObjectWrite[]> {
  const copy = await read(execution, { kind: original.kind, name: copyNameOf(original.name) });
  const { includeLabelPrefix } = execution.deps.config;
  if (copy === undefined) return [];
  return adoptionWrites(copy, { canary: execution.canary, includeLabelPrefix });
}

async function read(
  execution: Execution,
  { kind, name }: Named,
): Promise<ConfigObject | undefined> {
  const { deps, scene, signal } = execution;
  const { namespace } = scene.observation.names;
  const found = await deps.client.get(resourceOf(kind), { namespace, name }, { signal });
  // The API server leaves kind and apiVersion out of the items of lists alone.
  return found;
}
