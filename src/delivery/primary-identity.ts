import { createHash } from 'node:crypto';
import type { CanaryStatus } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import type { RolloutRun, RolloutRunSpec } from '../domain/run.ts';
import { isOwnRevision, revisionOf } from './revision.ts';
import type { SelectorLabel, Workload } from './workload/types.ts';

type Promotion = NonNullable<NonNullable<RolloutRun['status']>['promotes']>;

/**
 * Value of the pod annotation `flagger-id`, in the form of a random UUID. Derived, so that a repeated write is the same
 * write and a primary shows by which promotion it was made, also when the process ended before that was recorded.
 * @param seed tells one promotion from every other
 */
export function rolloutIdOf(seed: string): string {
  const hex = createHash('sha256').update(`flagger-id/${seed}`).digest('hex').slice(0, 32);
  const variant = (8 + (Number.parseInt(hex[16] ?? '0', 16) % 4)).toString(16);
  return `${hex.slice(0, 12)}4${hex.slice(13, 16)}${variant}${hex.slice(17)}`.replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    '$1-$2-$3-$4-$5',
  );
}

/** The id of a primary that is made from a target without a rollout. */
export function firstIdOf(canary: { metadata: { uid?: string } }, revision: string): string {
  return rolloutIdOf(`${canary.metadata.uid ?? ''}/${revision}`);
}

/**
 * What a run's promotion makes of the primary, recorded with the intent.
 * @param digest what identifies a primary whose kind has no pods; undefined otherwise
 */
export function promotionOf(
  run: {
    readonly metadata: RolloutRun['metadata'];
    readonly spec: Pick<RolloutRunSpec, 'revision'>;
  },
  digest: string | undefined,
): Promotion {
  const { name, uid = name } = run.metadata;
  return { revision: run.spec.revision, id: digest ?? rolloutIdOf(uid) };
}

export interface IdentitySources {
  readonly canary: { metadata: { uid?: string } };
  readonly status: CanaryStatus;
  /** Of this Canary, oldest first. */
  readonly runs: readonly RolloutRun[];
  /** Revision of the target, when there is one. */
  readonly targetRevision: string | undefined;
  readonly workload: Workload;
  readonly selector: SelectorLabel | undefined;
  /** Whether the primary runs the same pods as the target. */
  readonly samePods: boolean;
  /** Digests of the configs that the primary's pods use, and whether those are the target's. */
  readonly configs: Readonly<Record<string, string>>;
  readonly sameConfigs: boolean;
}

/**
 * The revision that was promoted into a primary, which itself bears nothing but Flagger's `flagger-id`. The newest run
 * that meant to promote decides by that id, for its write may have been made without having been recorded. Else it is what
 * the Canary's status says; what somebody edits in the primary changes neither. Without a status of ours the pods decide.
 * @returns undefined for a primary that another controller or a person made and that differs from the target
 */
export function primaryRevision(primary: KubeObject, sources: IdentitySources): string | undefined {
  const { status, runs, workload } = sources;
  const last = runs.findLast((run) => run.status?.promotes !== undefined);
  const promotes = last?.status?.promotes;
  if (promotes !== undefined && workload.identity(primary) === promotes.id)
    return promotes.revision;
  // A promotion that is to be taken back stands until the primary has its earlier identity.
  if (last?.status?.restores !== undefined) return last.spec.revision;
  const recorded = status.lastPromotedSpec ?? '';
  if (isOwnRevision(recorded)) return recorded;
  return shownRevision(primary, sources);
}

function shownRevision(primary: KubeObject, sources: IdentitySources): string | undefined {
  const { canary, status, targetRevision, workload, selector, samePods, sameConfigs } = sources;
  if (targetRevision === undefined) return undefined;
  const first = firstIdOf(canary, targetRevision);
  if ((samePods && sameConfigs) || workload.identity(primary) === first) return targetRevision;
  const begins = status.phase === '' || status.phase === 'Initializing';
  if (!begins || selector === undefined) return undefined;
  // What an earlier Canary left running, or a target that has moved on since: the baseline is what serves.
  return revisionOf(workload.original(primary, selector), sources.configs);
}
