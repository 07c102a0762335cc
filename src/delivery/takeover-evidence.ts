import { isDeepStrictEqual } from 'node:util';
import type { CanaryStatus } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import { isOwnRevision, revisionOf } from './revision.ts';
import type { SelectorLabel, Workload } from './workload/types.ts';

/** By which the Deployment controller numbers what it has rolled out, and keeps the numbers that a ReplicaSet had. */
const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';

/** What tells where a Canary stands whose digests another controller wrote. */
export interface TakeoverEvidence {
  /** Whether the primary runs what the target has, configuration included. */
  readonly equal: boolean;
  /** Our digest of what the primary runs; never that of a target that differs. */
  readonly baseline: string;
  /** Whether the target's template changed after the revision failed; says something in the phase Failed alone. */
  readonly sinceFailure: SinceFailure;
}

export type SinceFailure = 'changed' | 'unchanged' | 'unknown';

export interface EvidenceSources {
  readonly status: CanaryStatus;
  readonly target: { readonly object: KubeObject; readonly revision: string };
  readonly primary: KubeObject;
  readonly workload: Workload;
  readonly selector: SelectorLabel | undefined;
  /** Whether the primary runs the target's pods with the target's configuration. */
  readonly equal: boolean;
  /** Checksums of the target's ConfigMaps and Secrets, as in `status.trackedConfigs`; undefined: not tracked. */
  readonly tracked: Readonly<Record<string, string>> | undefined;
  /** The same of those that the primary uses. */
  readonly primaryConfigs: Readonly<Record<string, string>>;
  /** Revisions of the target that the cluster keeps (ReplicaSets); undefined where they were not asked for. */
  readonly kept: readonly KubeObject[] | undefined;
}

/** Whether the digests in a status are another controller's, or there are none. */
export function isForeign(status: CanaryStatus): boolean {
  return !isOwnRevision(status.lastAppliedSpec ?? '');
}

/** Weighs what the cluster shows. Pure. */
export function takeoverEvidence(sources: EvidenceSources): TakeoverEvidence {
  const { equal } = sources;
  return {
    equal,
    baseline: equal ? sources.target.revision : baselineOf(sources),
    sinceFailure: sinceFailure(sources),
  };
}

/** Flagger leaves the checksums out where it tracks nothing: then nothing is known of them. */
function sameConfigs({ status, tracked }: EvidenceSources): boolean {
  const { trackedConfigs } = status;
  return (
    trackedConfigs === undefined ||
    tracked === undefined ||
    isDeepStrictEqual({ ...trackedConfigs }, { ...tracked })
  );
}

function baselineOf(sources: EvidenceSources): string {
  const { status, target, primary, workload, selector } = sources;
  const own =
    selector === undefined
      ? undefined
      : revisionOf(workload.original(primary, selector), sources.primaryConfigs);
  if (own !== undefined && own !== target.revision) return own;
  // The pods differ by something that the digest leaves out, such as the content of their configuration.
  const foreign = status.lastPromotedSpec ?? status.lastAppliedSpec ?? '';
  return revisionOf({ spec: { foreign } });
}

/**
 * A failed revision existed before it failed. So a template that is younger than the failure is another one; one that
 * nobody has written since is the failed one. A manager that owns the template and has written something since may have
 * written anything: then the ReplicaSets tell, unless an earlier template has come back.
 */
function sinceFailure(sources: EvidenceSources): SinceFailure {
  const { target, kept = [] } = sources;
  const failedAt = failureOf(sources.status);
  if (!sameConfigs(sources)) return 'changed';
  if (!Number.isFinite(failedAt)) return 'unknown';
  const isNewer = ({ metadata }: KubeObject): boolean =>
    Date.parse(metadata.creationTimestamp ?? '') > failedAt;
  if (kept.some(isNewer)) return 'changed';
  const written = templateWrites(target.object);
  const isUntouched = written.length > 0 && written.every((at) => at < failedAt);
  return isUntouched || wasCurrent(target.object, kept) ? 'unchanged' : 'unknown';
}

/**
 * Whether the revision that the Deployment has now is the one that it had when its newest ReplicaSet was made: it was
 * never given an earlier template back, which the ReplicaSet would show by the annotation with its earlier numbers.
 */
function wasCurrent({ metadata, ...rest }: KubeObject, kept: readonly KubeObject[]): boolean {
  const { observedGeneration } =
    (rest as { status?: { observedGeneration?: number } }).status ?? {};
  if (metadata.generation === undefined || metadata.generation !== observedGeneration) return false;
  const revision = metadata.annotations?.[REVISION];
  const current = kept.filter((each) => each.metadata.annotations?.[REVISION] === revision);
  const [only] = current;
  if (revision === undefined || current.length !== 1 || only === undefined) return false;
  return only.metadata.annotations?.[REVISION_HISTORY] === undefined;
}

/** When the failure was written, milliseconds since the epoch, in whole seconds; NaN when nothing says so. */
function failureOf({ conditions = [], lastTransitionTime = '' }: CanaryStatus): number {
  // Flagger moves lastTransitionTime with every write of a failed Canary, and the condition's times with its reason alone.
  const condition = conditions.find(
    ({ type, reason }) => type === 'Promoted' && reason === 'Failed',
  );
  return Date.parse(condition?.lastUpdateTime ?? lastTransitionTime);
}

interface ManagedFields {
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: { readonly 'f:spec'?: Readonly<Record<string, unknown>> };
}

/** When those last wrote the object who own fields of its pod template; NaN for one without a time. */
function templateWrites({ metadata }: KubeObject): number[] {
  const { managedFields = [] } = metadata as { managedFields?: ManagedFields[] };
  return managedFields
    .filter(
      ({ subresource = '', fieldsV1 }) =>
        subresource === '' && fieldsV1?.['f:spec']?.['f:template'] !== undefined,
    )
    .map(({ time = '' }) => Date.parse(time));
}
