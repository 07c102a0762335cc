import type { Approval } from '../../domain/approval.ts';
import type { UserInfo } from '../../domain/decision.ts';
import type { KubeObject } from '../../domain/object.ts';
import type { RolloutRun, RolloutRunSpec } from '../../domain/run.ts';
import type { Outcome } from '../commands.ts';
import type { Answers } from '../inquiry.ts';
import type { Readiness } from '../workload/types.ts';
import type { RollingSettings } from './settings.ts';

/** Everything that a plan for a governed Deployment may depend on, beside the time. */
export interface RollingObservation {
  readonly deployment: KubeObject;
  readonly settings: RollingSettings;
  /** Digest of the pod template as it stands. */
  readonly revision: string;
  readonly images: RolloutRunSpec['images'];
  readonly changedBy: UserInfo | null;
  /** The revision that waits as noted on the Deployment; undefined: none. */
  readonly held: string | undefined;
  readonly paused: boolean;
  /** Revisions that have run well, the newest first. */
  readonly good: readonly string[];
  readonly readiness: Readiness;
  /** Oldest first. */
  readonly runs: readonly RolloutRun[];
  /** Number that the next run gets. */
  readonly nextRun: number;
  readonly answers: Answers;
  /** The Approvals of the newest run that are not consumed. */
  readonly approvals: readonly Approval[];
  /** Uids of those among them that count. */
  readonly counting: ReadonlySet<string | undefined>;
  /** Those of earlier runs, with what came of them. */
  readonly leftOver: readonly Outcome[];
}
