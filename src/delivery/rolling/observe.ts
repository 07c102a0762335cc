import type { Approval } from '../../domain/approval.ts';
import {
  deploymentRevision,
  GOOD_ANNOTATION,
  HELD_ANNOTATION,
  readGoodRevisions,
} from '../../domain/governed-deployment.ts';
import type { KubeObject } from '../../domain/object.ts';
import type { RolloutRun } from '../../domain/run.ts';
import type { Json } from '../../lib/lossless-json.ts';
import { leftOver } from '../commands.ts';
import type { DeliveryDeps } from '../config.ts';
import type { Answers } from '../inquiry.ts';
import { changedByOf, imagesOf } from '../revision.ts';
import type { Runs } from '../runs.ts';
import { workload } from '../workload/deployment.ts';
import type { RollingObservation } from './observation.ts';
import { rollingSettings } from './settings.ts';

/** All pods must be there before a rolling update is over. */
const ALL_READY = 100;

interface Seen {
  readonly deployment: KubeObject;
  readonly runs: Runs;
  readonly answers: Answers;
  readonly approvals: (run: RolloutRun | undefined) => readonly Approval[];
}

/** Puts together what a plan depends on; reads nothing but the time. */
export function observeRolling(deps: DeliveryDeps, seen: Seen): RollingObservation {
  const { deployment, runs, answers, approvals } = seen;
  const now = deps.clock.now();
  const settings = rollingSettings(deployment, deps.config.minIntervalMs);
  const template = workload.template(deployment);
  const run = runs.own.at(-1);
  const open = approvals(run);
  const counting = run === undefined ? [] : (deps.standing?.(open, run, now) ?? open);
  const { annotations } = deployment.metadata;
  return {
    deployment,
    settings,
    revision: deploymentRevision(template as unknown as Json),
    images: imagesOf(template),
    changedBy: changedByOf(deployment),
    held: annotations?.[HELD_ANNOTATION],
    paused: workload.paused(deployment),
    good: readGoodRevisions(annotations?.[GOOD_ANNOTATION]),
    readiness: workload.readiness(deployment, {
      percent: ALL_READY,
      deadlineSeconds: settings.progressDeadlineSeconds,
      now,
    }),
    runs: runs.own,
    nextRun: runs.next,
    answers,
    approvals: open,
    counting: new Set(counting.map(({ metadata }) => metadata.uid)),
    leftOver: runs.own
      .filter((each) => each !== run)
      .flatMap((each) => leftOver(approvals(each), each)),
  };
}
