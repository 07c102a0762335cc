import type { CanaryPhase, CanaryStatus } from '../domain/canary.ts';
import type { RolloutRun, RolloutRunSpec } from '../domain/run.ts';
import { proceed, type Action, type Plan } from './action.ts';
import { withFields, withProblem } from './canary-status.ts';
import type { TargetObservation } from './observation.ts';
import { notReady, type PlanContext } from './plan-context.ts';
import { isOwnRevision } from './revision.ts';
import { ALL_TO_PRIMARY } from './router/types.ts';
import { runStatusOf } from './run-status.ts';
import { isForeign, type TakeoverEvidence } from './takeover-evidence.ts';

/** Outcome of the record of another controller's rollout that ended without anybody of ours. */
export const FINISHED_ELSEWHERE = 'FinishedElsewhere';

/** Phases in which a rollout goes on. */
export function isInFlight(phase: CanaryPhase): boolean {
  switch (phase) {
    case 'Progressing':
    case 'WaitingPromotion':
    case 'Promoting':
    case 'Finalising':
      return true;
    case '':
    case 'Initializing':
    case 'Initialized':
    case 'Waiting':
    case 'Succeeded':
    case 'Failed':
    case 'Terminating':
      return false;
  }
}

/** Whether the run is no rollout of ours, but the record that another controller's waits for somebody's word. */
export function isRecord({ spec }: RolloutRun): boolean {
  return spec.takenOver !== undefined;
}

/** Whether somebody's word is needed: a rollout is, or may be, under way that we know nothing of. */
export function needsWord(status: CanaryStatus, { sinceFailure }: TakeoverEvidence): boolean {
  const { phase } = status;
  return (
    isInFlight(phase) || phase === 'Waiting' || (phase === 'Failed' && sinceFailure === 'unknown')
  );
}

/**
 * Takes a Canary over whose digests another controller wrote; nothing of it is under way here. What the primary runs is
 * the baseline, so that a target that differs is a change like any other: one run. A rollout that was under way is left
 * exactly as it is, and a revision that failed is not rolled out again.
 * @param last the newest run; the record of a rollout that somebody has released, or of earlier times
 * @returns undefined when there is nothing to take over
 */
export function planTakeover(
  context: PlanContext,
  target: TargetObservation,
  last: RolloutRun | undefined,
): Plan | undefined {
  const { obs } = context;
  const { takeover: evidence, status } = obs;
  if (evidence === undefined) return undefined;
  if (!isForeign(status)) return completed(context, evidence);
  if (evidence.equal) return adopted(context, evidence);
  if (needsWord(status, evidence) && !isReleased(last, status)) {
    return proceed({ type: 'createRun', number: obs.nextRun, spec: recordOf(context, target) });
  }
  const isFailed = status.phase === 'Failed' && evidence.sinceFailure === 'unchanged';
  return based(context, {
    lastAppliedSpec: isFailed ? target.revision : evidence.baseline,
    lastPromotedSpec: evidence.baseline,
  });
}

/** An aborted record leaves the digest of what was promoted as it was. */
function completed(context: PlanContext, { baseline }: TakeoverEvidence): Plan | undefined {
  const { status } = context.obs;
  if (isOwnRevision(status.lastPromotedSpec ?? '')) return undefined;
  return writing(context, { lastPromotedSpec: baseline });
}

function adopted(context: PlanContext, { baseline }: TakeoverEvidence): Plan {
  return based(context, { lastAppliedSpec: baseline, lastPromotedSpec: baseline });
}

type Digests = Pick<CanaryStatus, 'lastAppliedSpec' | 'lastPromotedSpec'>;

/** The digests become ours. What was under way is over with that: the share goes to the primary once it can serve. */
function based(context: PlanContext, digests: Digests): Plan {
  const { phase } = context.obs.status;
  if (!isInFlight(phase) && phase !== 'Waiting') return writing(context, digests);
  const waiting = primaryServes(context);
  if (waiting !== undefined) return waiting;
  const over = { phase: 'Succeeded', canaryWeight: 0, iterations: 0, failedChecks: 0 } as const;
  return writing(context, { ...over, ...digests }, ...withdrawal(context, digests));
}

/** Whether the canary has a share, or copies, of the traffic. */
function isShared({ obs, spec }: PlanContext): boolean {
  const { canary, mirrored } = obs.route.weights;
  return spec.routesTraffic && (canary > 0 || mirrored);
}

function primaryServes(context: PlanContext): Plan | undefined {
  const { names, primary } = context.obs;
  if (primary === undefined || primary.readiness.state === 'ready' || !isShared(context)) {
    return undefined;
  }
  const { message } = primary.readiness;
  return notReady(context, `${names.primary}.${names.namespace} not ready: ${message}`, 'primary');
}

function withdrawal(context: PlanContext, { lastAppliedSpec }: Digests): Action[] {
  const { target } = context.obs;
  const route: Action[] = isShared(context) ? [{ type: 'route', weights: ALL_TO_PRIMARY }] : [];
  // A target that differs is rolled out at once.
  const isOver = target !== undefined && target.revision === lastAppliedSpec;
  return isOver && target.replicas > 0 ? [...route, { type: 'scaleTarget', replicas: 0 }] : route;
}

function writing(
  { obs, now }: PlanContext,
  fields: Parameters<typeof withFields>[1],
  ...before: readonly Action[]
): Plan {
  const written = withFields(obs.status, fields, obs.targetKind, now);
  return proceed(...before, { type: 'writeStatus', status: withProblem(written, undefined, now) });
}

/** Whether the last run is the record of this very rollout, and somebody has said that it may go on here. */
function isReleased(last: RolloutRun | undefined, status: CanaryStatus): boolean {
  if (last?.spec.takenOver?.digest !== (status.lastAppliedSpec ?? '')) return false;
  const { phase, outcome } = runStatusOf(last);
  return phase === 'Superseded' && outcome?.reason !== FINISHED_ELSEWHERE;
}

function recordOf({ obs, spec }: PlanContext, target: TargetObservation): RolloutRunSpec {
  const { apiVersion, kind, metadata } = obs.canary;
  return {
    subject: { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' },
    revision: target.revision,
    images: target.images,
    changedBy: target.changedBy,
    strategy: spec.strategy,
    provider: spec.provider,
    takenOver: { phase: obs.status.phase, digest: obs.status.lastAppliedSpec ?? '' },
  };
}
