import type { Canary } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import type { RolloutRun } from '../domain/run.ts';
import { statusOf } from './canary-status.ts';
import { copyRepairs, digestsOf, isConfiguredAs } from './config-tracker.ts';
import { hasNoController, isLeftBehind, type DeliveryNames } from './names.ts';
import type { PrimaryObservation, TargetObservation } from './observation.ts';
import type { ConfigScene } from './observe-configs.ts';
import { primaryRevision } from './primary-identity.ts';
import type { PrimaryKeeper } from './primary-keeper.ts';
import type { RepairLimit } from './repair-limit.ts';
import { changedByOf, imagesOf, revisionOf } from './revision.ts';
import type { ReadObject } from './router/types.ts';
import type { Settings } from './settings.ts';
import type {
  PodTemplate,
  Readiness,
  ReadinessRule,
  SelectorLabel,
  Workload,
  WorkloadPart,
} from './workload/types.ts';

/** A primary without pods serves nobody, though nothing is left to roll out. */
const AT_ZERO = { state: 'progressing', message: 'it is scaled to zero' } as const;

/** The objects of a target as they are live. */
export interface LiveWorkload {
  readonly target: KubeObject | undefined;
  readonly primary: KubeObject | undefined;
  /** What says how the target's newest pods are, where that is not the target. */
  readonly pods: KubeObject | undefined;
  /** Where the primary is; undefined while the target does not say so. */
  readonly primaryPart: WorkloadPart | undefined;
}

/** Where a target's primary and the object about its newest pods are. */
export function partsOf(
  workload: Workload,
  target: KubeObject | undefined,
  names: DeliveryNames,
): { readonly primary: WorkloadPart | undefined; readonly pods: WorkloadPart | undefined } {
  if (workload.follow !== undefined) {
    return target === undefined
      ? { primary: undefined, pods: undefined }
      : workload.follow(target, names);
  }
  const key = { namespace: names.namespace, name: names.primary };
  return { primary: { type: workload.resource, key }, pods: undefined };
}

/**
 * Reads the objects of a target; the primary at once with it where its name is known before.
 * @throws ClusterError when one cannot be read
 */
export async function readWorkload(
  workload: Workload,
  names: DeliveryNames,
  read: ReadObject,
): Promise<LiveWorkload> {
  const key = { namespace: names.namespace, name: names.target };
  const readPart = (part: WorkloadPart | undefined): Promise<KubeObject | undefined> =>
    part === undefined ? Promise.resolve(undefined) : read(part.type, part.key);
  if (workload.follow === undefined) {
    const { primary: primaryPart } = partsOf(workload, undefined, names);
    const [target, primary] = await Promise.all([
      read(workload.resource, key),
      readPart(primaryPart),
    ]);
    return { target, primary, pods: undefined, primaryPart };
  }
  const target = await read(workload.resource, key);
  const parts = partsOf(workload, target, names);
  const [primary, pods] = await Promise.all([readPart(parts.primary), readPart(parts.pods)]);
  return { target, primary, pods, primaryPart: parts.primary };
}

/** What target and primary are looked at with. */
export interface WorkloadLook {
  readonly canary: Canary;
  readonly settings: Settings;
  readonly workload: Workload;
  readonly selector: SelectorLabel | undefined;
  readonly configs: ConfigScene;
  /** Of this Canary, oldest first. */
  readonly runs: readonly RolloutRun[];
  readonly keeper: PrimaryKeeper;
  readonly copies: RepairLimit;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** What the target is like. */
export function observeTarget(
  look: WorkloadLook,
  object: KubeObject,
  pods: KubeObject | undefined,
): TargetObservation {
  const { workload, settings } = look;
  const { tracked, on } = look.configs;
  const template = workload.template(object);
  const identity = workload.promotedIdentity?.(object);
  const readiness = workload.readiness(object, ruleOf(look, settings.canaryReadyPercent), pods);
  return {
    object,
    replicas: workload.replicas(object),
    available: workload.available(object),
    readiness,
    ...unreadyOf(workload, 'target', object, readiness),
    scales: workload.capabilities.scales,
    revision: revisionOf(template, tracked),
    ...(identity === undefined ? {} : { identity }),
    ...(on ? { configs: tracked, reconfigured: isReconfigured(look, template) } : {}),
    images: imagesOf(template),
    changedBy: changedByOf(object),
  };
}

/** Whether the template is the one that was applied last, and what it is configured with is not. */
function isReconfigured({ canary, configs }: WorkloadLook, template: PodTemplate): boolean {
  const { lastAppliedSpec, trackedConfigs } = statusOf(canary);
  if (trackedConfigs === undefined) return false;
  return (
    revisionOf(template, trackedConfigs) === lastAppliedSpec &&
    revisionOf(template, configs.tracked) !== lastAppliedSpec
  );
}

/** What the primary is like, beside the target. */
export function observePrimary(
  look: WorkloadLook,
  object: KubeObject,
  target: TargetObservation | undefined,
): PrimaryObservation {
  const { workload, settings, now, canary, selector, runs, configs } = look;
  const replicas = workload.replicas(object);
  const samePods =
    target !== undefined &&
    selector !== undefined &&
    workload.samePods(object, target.object, selector);
  const sameConfigs = isConfiguredAs(configs.copies, configs.tracked);
  const revision = primaryRevision(object, {
    canary,
    status: statusOf(canary),
    runs,
    targetRevision: target?.revision,
    workload,
    selector,
    samePods,
    sameConfigs,
    configs: digestsOf(configs.copies),
  });
  const isTargets = target !== undefined && target.revision === revision;
  const rule = ruleOf(look, settings.primaryReadyPercent);
  const readiness = replicas === 0 ? AT_ZERO : workload.readiness(object, rule);
  return {
    object,
    replicas,
    available: workload.available(object),
    readiness,
    ...unreadyOf(workload, 'primary', object, readiness),
    revision,
    samePods,
    sameConfigs,
    configs: digestsOf(configs.copies),
    copies: look.copies.allows(now)
      ? copyRepairs(configs.copies, isTargets ? configs.tracked : undefined, canary)
      : [],
    leftBehind: isForsaken(workload, object, canary),
    restore: look.keeper.judge(object, workload, {
      revision,
      proven: isTargets ? samePods : undefined,
      now,
    }),
  };
}

function unreadyOf(
  workload: Workload,
  of: 'target' | 'primary',
  { metadata }: KubeObject,
  readiness: Readiness,
): { unready?: string } {
  if (readiness.state === 'ready' || workload.unready === undefined) return {};
  const subject = `${metadata.name}.${metadata.namespace ?? ''}`;
  return { unready: workload.unready(of, subject, readiness) };
}

/** Whether it is an earlier Canary's, or was taken from its Canary. */
function isForsaken(workload: Workload, primary: KubeObject, canary: Canary): boolean {
  if (!workload.capabilities.ownPrimary) return false;
  const isStripped = hasNoController(primary) && workload.marked(primary);
  return isLeftBehind(primary, canary) || isStripped;
}

function ruleOf({ settings, canary, now }: WorkloadLook, percent: number): ReadinessRule {
  const since = Date.parse(canary.status?.lastTransitionTime ?? '');
  return {
    percent,
    deadlineSeconds: settings.progressDeadlineSeconds,
    now,
    ...(Number.isFinite(since) ? { since } : {}),
  };
}
