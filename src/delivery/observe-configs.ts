import type { Canary } from '../domain/canary.ts';
import { statusOf } from './canary-status.ts';
import type { DeliveryDeps } from './config.ts';
import {
  configSnapshot,
  configSources,
  primaryCopies,
  targetConfigs,
  type CopyMarks,
  type TargetConfigs,
} from './config-tracker.ts';
import { revisionOf } from './revision.ts';
import type { ReadObject } from './router/types.ts';
import type { PodTemplate } from './workload/types.ts';

/** What target and primary are configured with. */
export interface ConfigScene extends TargetConfigs {
  /** Whether configs are looked at at all: they are tracked, and the target has pods. */
  readonly on: boolean;
  /** Copies that the primary uses. */
  readonly copies: CopyMarks;
  /** What the process's copies showed meanwhile; undefined without them. */
  readonly snapshot: readonly string[] | undefined;
}

/**
 * Looks at the ConfigMaps and Secrets of a target and at the copies of its primary.
 * @param templates of target and primary; undefined for one that is missing or has no pods
 * @param revisions those that are no news beside what the Canary's status says, such as that of the run under way
 */
export async function observeConfigs(
  deps: Pick<DeliveryDeps, 'caches' | 'config'>,
  canary: Canary,
  templates: {
    readonly target: PodTemplate | undefined;
    readonly primary: PodTemplate | undefined;
  },
  { read, revisions }: { readonly read: ReadObject; readonly revisions: readonly string[] },
): Promise<ConfigScene> {
  const { namespace = 'default' } = canary.metadata;
  const { target = {}, primary = {} } = templates;
  const status = statusOf(canary);
  const known = new Set([status.lastAppliedSpec, status.lastPromotedSpec, ...revisions]);
  const sources = configSources(deps, namespace, read);
  // Before anything is awaited, so that what changes meanwhile is seen as a change.
  const snapshot = configSnapshot(deps, namespace, [target, primary]);
  const [found, copies] = await Promise.all([
    targetConfigs(target, {
      sources,
      last: status.trackedConfigs ?? {},
      isKnown: (tracked) => known.has(revisionOf(target, tracked)),
    }),
    primaryCopies(primary, sources),
  ]);
  return {
    ...found,
    on: sources !== undefined && templates.target !== undefined,
    copies,
    snapshot,
  };
}
