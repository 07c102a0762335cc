import type { Canary } from '../domain/canary.ts';
import { isOwner, isShared, resourceOf } from './config-copies.ts';
import { markOf, type ConfigMark } from './config-digest.ts';
import {
  configKey,
  configReferences,
  copyNameOf,
  type ConfigKind,
  type ConfigReference,
} from './config-references.ts';
import type { DeliveryDeps } from './config.ts';
import { isLeftBehind } from './names.ts';
import { problemOf, type Problem } from './problem.ts';
import type { ReadObject } from './router/types.ts';
import type { PodTemplate } from './workload/types.ts';

/** Digests by the keys of `status.trackedConfigs`. */
export type TrackedConfigs = Readonly<Record<string, string>>;

type Named = Pick<ConfigReference, 'kind' | 'name'>;

/** Where it is looked what ConfigMaps and Secrets are like. */
export interface ConfigSources {
  /** From the copies that the process keeps; absent without them. */
  readonly cached?: ((config: Named) => ConfigMark | undefined) | undefined;
  readonly live: (config: Named) => Promise<ConfigMark | undefined>;
}

/** What a target's pods are configured with. */
export interface TargetConfigs {
  readonly tracked: TrackedConfigs;
  /** What is missing or cannot be read. */
  readonly problem: Problem | undefined;
}

/** The sources of one namespace; undefined when configs are not tracked. */
export function configSources(
  deps: Pick<DeliveryDeps, 'caches' | 'config'>,
  namespace: string,
  read: ReadObject,
): ConfigSources | undefined {
  if (!deps.config.enableConfigTracking) return undefined;
  return {
    cached: cachedConfigs(deps, namespace),
    live: async ({ kind, name }) => {
      const found = await read(resourceOf(kind), { namespace, name });
      return found === undefined ? undefined : markOf(found);
    },
  };
}

/** Looks configs of one namespace up in the process's copies; undefined while those are not complete. */
export function cachedConfigs(
  { caches }: Pick<DeliveryDeps, 'caches'>,
  namespace: string,
): ConfigSources['cached'] {
  const { configMaps, secrets } = caches ?? {};
  if (configMaps?.synced !== true || secrets?.synced !== true) return undefined;
  return ({ kind, name }) => (kind === 'Secret' ? secrets : configMaps).get({ namespace, name });
}

/**
 * Looks at the configs that a template names. A copy may lag behind: what would be a change, and what is missing, is
 * looked at live.
 * @param last digests that were recorded: they stand for a config that is missing now, so that its loss is no change
 * @param isKnown whether these digests, with the template, are a revision that was seen before
 */
export async function targetConfigs(
  template: PodTemplate,
  {
    sources,
    last,
    isKnown,
  }: {
    readonly sources: ConfigSources | undefined;
    readonly last: TrackedConfigs;
    readonly isKnown: (tracked: TrackedConfigs) => boolean;
  },
): Promise<TargetConfigs> {
  const references = sources === undefined ? [] : configReferences(template);
  if (sources === undefined || references.length === 0) return { tracked: {}, problem: undefined };
  const { cached, live } = sources;
  if (cached !== undefined) {
    const seen = judge(
      references,
      references.map((reference) => cached(reference)),
      last,
    );
    if (seen.problem === undefined && isKnown(seen.tracked)) return seen;
  }
  const marks = await Promise.all(references.map((reference) => settled(live, reference)));
  return judge(references, marks, last);
}

/** Reads one config; what only a change outside can mend becomes a problem. */
async function settled(
  live: ConfigSources['live'],
  reference: ConfigReference,
): Promise<ConfigMark | Problem | undefined> {
  try {
    return await live(reference);
  } catch (error) {
    return problemOf(error, `${reference.kind} ${reference.name}`);
  }
}

function judge(
  references: readonly ConfigReference[],
  marks: readonly (ConfigMark | Problem | undefined)[],
  last: TrackedConfigs,
): TargetConfigs {
  const tracked: Record<string, string> = {};
  let problem: Problem | undefined;
  references.forEach((reference, i) => {
    const key = configKey(reference);
    const mark = marks[i];
    if (mark !== undefined && 'digest' in mark) {
      if (mark.tracked) tracked[key] = mark.digest;
      return;
    }
    if (mark === undefined && reference.optional) return;
    problem ??= mark ?? missing(reference);
    const known = last[key];
    if (known !== undefined) tracked[key] = known;
  });
  return { tracked, problem };
}

function missing({ kind, name }: Named): Problem {
  return {
    reason: 'ConfigMissing',
    message: `${kind} ${name}, which the target's pods need, not found`,
  };
}

/** A copy that the primary's pods use, by the key of its original. */
export type CopyMarks = ReadonlyMap<
  string,
  { readonly original: Named; readonly mark: ConfigMark | undefined }
>;

/** Looks at the copies that a primary's template names; those that cannot be read are left out. */
export async function primaryCopies(
  template: PodTemplate,
  sources: ConfigSources | undefined,
): Promise<CopyMarks> {
  if (sources === undefined) return new Map();
  const { cached, live } = sources;
  const originals = copiesIn(template);
  const entries = await Promise.all(
    originals.map(async (original) => {
      const copy = { kind: original.kind, name: copyNameOf(original.name) };
      const mark =
        cached === undefined ? await settled(live, { ...copy, optional: true }) : cached(copy);
      return mark !== undefined && !('digest' in mark)
        ? []
        : [[configKey(original), { original, mark }] as const];
    }),
  );
  return new Map(entries.flat());
}

const SUFFIX = copyNameOf('');

/** Originals of the copies that a primary's template names. */
function copiesIn(template: PodTemplate): { kind: ConfigKind; name: string }[] {
  return configReferences(template)
    .filter(({ name }) => name.endsWith(SUFFIX) && name !== SUFFIX)
    .map(({ kind, name }) => ({ kind, name: name.slice(0, -SUFFIX.length) }));
}

/** A copy that is to be put right: its content from the original, or only whose it is. */
export interface CopyRepair {
  readonly kind: ConfigKind;
  /** Of the original. */
  readonly name: string;
  readonly from: 'original' | 'owner';
}

/**
 * Copies that somebody changed or deleted, or that would go with an earlier Canary.
 * @param promoted digests of the originals, when they are what was promoted; undefined when it is in the copies alone
 */
export function copyRepairs(
  copies: CopyMarks,
  promoted: TrackedConfigs | undefined,
  canary: Canary,
): readonly CopyRepair[] {
  return [...copies].flatMap(([key, { original, mark }]): CopyRepair[] => {
    const wanted = promoted?.[key];
    if (mark !== undefined && isLeftBehind(mark, canary)) return [{ ...original, from: 'owner' }];
    if (wanted === undefined) return [];
    if (mark === undefined) return [{ ...original, from: 'original' }];
    if (isShared(mark, canary)) return [];
    const isRight = mark.digest === wanted && isOwner(mark, canary);
    return isRight ? [] : [{ ...original, from: 'original' }];
  });
}

/** Digests of what a primary's pods are configured with. */
export function digestsOf(copies: CopyMarks): TrackedConfigs {
  const entries = [...copies].flatMap(([key, { mark }]) =>
    mark === undefined ? [] : [[key, mark.digest] as const],
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether the copies have what the originals have; one that is missing is put right, and says nothing else. */
export function isConfiguredAs(copies: CopyMarks, tracked: TrackedConfigs): boolean {
  return [...copies].every(([key, { mark }]) => {
    const wanted = tracked[key];
    return mark === undefined || wanted === undefined || mark.digest === wanted;
  });
}

/**
 * What the process's copies show of everything that target and primary are configured with: equal while nothing of it has
 * changed. Undefined without copies.
 */
export function configSnapshot(
  deps: Pick<DeliveryDeps, 'caches' | 'config'>,
  namespace: string,
  templates: readonly PodTemplate[],
): readonly string[] | undefined {
  if (!deps.config.enableConfigTracking) return [];
  const references = templates.flatMap(configReferences);
  if (references.length === 0) return [];
  const cached = cachedConfigs(deps, namespace);
  if (cached === undefined) return undefined;
  return references.map((reference) => {
    const mark = cached(reference);
    const owners = (mark?.metadata.ownerReferences ?? []).map(({ uid }) => uid);
    const state = mark === undefined ? 'absent' : `${mark.digest} ${String(mark.tracked)}`;
    return `${configKey(reference)} ${state} ${owners.join()}`;
  });
}
