import type { Approval } from '../domain/approval.ts';
import type { Canary, CanaryStatus } from '../domain/canary.ts';
import type { UserInfo } from '../domain/decision.ts';
import type { KubeObject } from '../domain/object.ts';
import type { RolloutRunSpec } from '../domain/run.ts';
import type { Outcome } from './commands.ts';
import type { CopyRepair, TrackedConfigs } from './config-tracker.ts';
import type { Answers } from './inquiry.ts';
import type { DeliveryNames } from './names.ts';
import type { PreviousRevision } from './previous-revision.ts';
import type { Restoration } from './primary-keeper.ts';
import type { Problem } from './problem.ts';
import type { RouteObservation } from './router/types.ts';
import type { TakeoverEvidence } from './takeover-evidence.ts';
import type { Readiness } from './workload/types.ts';

interface WorkloadObservation {
  readonly object: KubeObject;
  readonly replicas: number;
  /** Pods that can serve now. */
  readonly available: number;
  readonly readiness: Readiness;
  /** Why it is not ready, as Flagger says it of its kind; absent: as of a Deployment. */
  readonly unready?: string;
  /** Digests of the ConfigMaps and Secrets of its pods, as in `status.trackedConfigs`. */
  readonly configs?: TrackedConfigs;
}

export interface TargetObservation extends WorkloadObservation {
  readonly revision: string;
  /** Whether nothing but its ConfigMaps and Secrets has changed: pods that run already do not know it. */
  readonly reconfigured?: boolean;
  /** Whether its size can be set; absent: yes. */
  readonly scales?: boolean;
  /** What its primary is recognised by after a promotion, for a kind without pods. */
  readonly identity?: string | undefined;
  readonly images: RolloutRunSpec['images'];
  readonly changedBy: UserInfo | null;
}

export interface PrimaryObservation extends WorkloadObservation {
  /** The revision that was promoted into it, see `primaryRevision`; undefined when somebody else made it. */
  readonly revision: string | undefined;
  /** Whether it runs the same pods as the target. */
  readonly samePods: boolean;
  /** Whether they are configured as the target's; absent: yes. */
  readonly sameConfigs?: boolean;
  /** Whether it belongs to an earlier Canary of the same name, with which it would go, or has lost its owner. */
  readonly leftBehind: boolean;
  /** What it must get back, because somebody else changed its pods; undefined when it is as it was promoted. */
  readonly restore?: Restoration | undefined;
  /** Copies of ConfigMaps and Secrets that are not as they were promoted. */
  readonly copies?: readonly CopyRepair[];
}

/** The autoscalers of target and primary. */
export interface ScalerObservation {
  /** Fewest pods of the target while its scaler is not paused. */
  readonly minReplicas: number;
  /** Whether the target's leaves a target at zero alone; undefined where it does so by itself. */
  readonly paused: boolean | undefined;
  /** Whether the primary's is there, and as it was made. */
  readonly primary: 'missing' | 'present' | 'edited';
  /** Fewest pods of the primary: as the target's scaler and the Canary say, and as it is. */
  readonly wantedMin: number;
  readonly min: number;
  readonly max: number;
  /** Whether a rollout holds the lower bound up. */
  readonly isFloored?: boolean;
}

/** Everything that a plan may depend on, beside settings, run and time. */
export interface Observation {
  readonly canary: Canary;
  readonly names: DeliveryNames;
  /** The Canary's status, with Flagger's zero values when it has none. */
  readonly status: CanaryStatus;
  /** Kind of the target, as messages name it. */
  readonly targetKind: string;
  readonly target: TargetObservation | undefined;
  readonly primary: PrimaryObservation | undefined;
  /** Undefined when the Canary names no autoscaler, or the one that it names is not there. */
  readonly scaler?: ScalerObservation | undefined;
  readonly route: RouteObservation;
  /** Whether the configuration lets no deletion of a Canary cut its traffic; absent: no. */
  readonly safeDeletion?: boolean;
  /** What keeps the Canary from going forward; lowering and rolling back do not look at it. */
  readonly problem: Problem | undefined;
  readonly answers: Answers;
  /** Whether runs of an earlier Canary of the same name are still open. */
  readonly strayRuns: boolean;
  /** The Approvals of the newest run that are not consumed. */
  readonly approvals: readonly Approval[];
  /** Uids of those among them that count: said by somebody who may, and by enough of them. */
  readonly counting: ReadonlySet<string | undefined>;
  /** Those of earlier runs, which nobody will act upon any more, with what came of them. */
  readonly leftOver: readonly Outcome[];
  /** What tells where the Canary stands, while a digest in its status is another controller's and both workloads are there. */
  readonly takeover?: TakeoverEvidence | undefined;
  /** What the primary ran before the run was promoted, or why it cannot have it back; while somebody asks for it. */
  readonly previous?: PreviousRevision | string | undefined;
  /** Number that the next run gets. */
  readonly nextRun: number;
  /** Whether the Services are to be looked at: the spec changed, the process started, or a copy shows a change. */
  readonly servicesUnseen: boolean;
  /** What differs although the Canary says nothing new: somebody else changed it. */
  readonly foreign?: { readonly services: boolean; readonly route: boolean };
}
