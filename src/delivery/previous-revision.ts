import type { Canary } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import type { RolloutRun } from '../domain/run.ts';
import { ownerOf, isOwnedBy, type DeliveryNames } from './names.ts';
import { rolloutIdOf } from './primary-identity.ts';
import { ID_ANNOTATION } from './primary-pods.ts';
import { labelOf, SUBJECT_LABEL } from './runs.ts';
import type { PodTemplate } from './workload/types.ts';

/** How many earlier templates of a primary are kept. */
const KEPT = 2;

/** What a primary ran before a promotion. Never the content of a ConfigMap or Secret, only digests of it. */
export interface PreviousRevision {
  /** Revision of the target that had been promoted. */
  readonly revision: string;
  readonly template: PodTemplate;
  /** Digests of the primary's copies of ConfigMaps and Secrets, by the keys of `status.trackedConfigs`. */
  readonly configs: Readonly<Record<string, string>>;
}

interface ControllerRevision extends KubeObject {
  readonly revision: number;
  readonly data: PreviousRevision;
}

type RunName = { readonly metadata: Pick<RolloutRun['metadata'], 'name'> };

function numberOf({ metadata }: RunName): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);
}

/** Name of the object that keeps what the primary ran before the run's promotion. */
export function previousNameOf({ primary }: Pick<DeliveryNames, 'primary'>, run: RunName): string {
  return `${primary}-${numberOf(run)}`;
}

/** The object that keeps a primary's template as it is before a run promotes into it. */
export function previousObject(
  canary: Canary,
  names: DeliveryNames,
  run: RolloutRun,
  { template, ...data }: PreviousRevision,
): KubeObject {
  const object: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: previousNameOf(names, run),
      namespace: names.namespace,
      labels: { [SUBJECT_LABEL]: labelOf(names.canary) },
      ownerReferences: [ownerOf(canary)],
    },
    revision: numberOf(run),
    data: { ...data, template: withId(template, undefined) },
  };
  return object;
}

/** Those of the Canary that are not kept any more, the oldest first. */
export function surplusOf(all: readonly KubeObject[], canary: Canary): KubeObject[] {
  const own = all.filter((object) => isOwnedBy(object, canary)) as ControllerRevision[];
  return own.sort((a, b) => a.revision - b.revision).slice(0, Math.max(0, own.length - KEPT));
}

/**
 * Reads back what a primary ran before, if it can be run again as it was.
 * @param primary as it is now
 * @returns one sentence that says why not
 */
export function readPrevious(
  object: KubeObject | undefined,
  canary: Canary,
  primary: { readonly configs?: Readonly<Record<string, string>> | undefined },
): PreviousRevision | string {
  const data = (object as { data?: Partial<PreviousRevision> } | undefined)?.data;
  const isKept = object !== undefined && isOwnedBy(object, canary);
  if (!isKept || data?.template === undefined || typeof data.revision !== 'string') return NOT_KEPT;
  const configs = data.configs ?? {};
  const changed = Object.keys(configs).find((key) => primary.configs?.[key] !== configs[key]);
  if (changed !== undefined) return `${changed} was promoted too and has another content now`;
  const { template, revision } = data;
  return { template, revision, configs };
}

/** Why nothing can be given back. */
export const NOT_KEPT = 'the earlier template is not kept';

/** Identity of a primary that got its earlier template back from this run. */
export function restoredIdOf({ metadata }: RolloutRun): string {
  return rolloutIdOf(`${metadata.uid ?? metadata.name}/restored`);
}

/** The template with this id, or with none. */
export function withId({ metadata, ...rest }: PodTemplate, id: string | undefined): PodTemplate {
  const others = Object.entries(metadata?.annotations ?? {}).filter(
    ([key]) => key !== ID_ANNOTATION,
  );
  const own: [string, string][] = id === undefined ? [] : [[ID_ANNOTATION, id]];
  const annotations = Object.fromEntries([...others, ...own]);
  return { ...rest, metadata: { ...metadata, annotations } };
}
