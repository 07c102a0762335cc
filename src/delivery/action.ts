import type { Approval } from '../domain/approval.ts';
import type { CanaryPhase, CanaryStatus } from '../domain/canary.ts';
import type { RolloutRunSpec, RolloutRunStatus, Weights } from '../domain/run.ts';
import type { Inquiry } from './inquiry.ts';
import type { AlertSeverity } from './notifier/types.ts';

/** One effect. Each is idempotent, so a plan may be carried out again from its beginning. */
export type Action =
  | { readonly type: 'ask'; readonly inquiry: Inquiry }
  | { readonly type: 'createRun'; readonly number: number; readonly spec: RolloutRunSpec }
  | { readonly type: 'recordRun'; readonly status: RolloutRunStatus }
  | { readonly type: 'ensureServices'; readonly apex: boolean }
  /** Makes the primary, or takes over the one that an earlier Canary of the same name left behind. */
  | { readonly type: 'createPrimary' }
  | { readonly type: 'scaleTarget'; readonly replicas: number }
  /** Keeps what the primary runs, so that a promotion can be taken back. */
  | { readonly type: 'keepPrevious' }
  | { readonly type: 'promote'; readonly revision: string }
  /** Gives the primary back what was kept before the run was promoted. */
  | { readonly type: 'restorePrevious' }
  | { readonly type: 'route'; readonly weights: Weights }
  /** Lets everything that leads to the primary lead to the target, which the deletion of the Canary leaves. */
  | { readonly type: 'handBack' }
  /** Gives the primary back the pods that were promoted into it. */
  | { readonly type: 'restorePrimary' }
  /** Gives the primary's pods back the ConfigMaps and Secrets that were promoted. */
  | { readonly type: 'restoreCopies' }
  /** Makes the primary's autoscaler be what the target's says; `pauses`: and pauses the target's. */
  | { readonly type: 'ensureScaler'; readonly pauses?: boolean }
  /** Sets the fewest pods that the primary's autoscaler leaves it. */
  | { readonly type: 'boundScaler'; readonly min: number }
  | { readonly type: 'finalizer'; readonly present: boolean }
  /** Writes into an Approval what came of it. */
  | { readonly type: 'consume'; readonly approval: Approval; readonly outcome: string }
  | { readonly type: 'writeStatus'; readonly status: CanaryStatus }
  | { readonly type: 'pruneRuns' }
  | { readonly type: 'endStrayRuns' }
  | { readonly type: 'finished'; readonly succeeded: boolean; readonly skipped: boolean }
  | AlertAction
  | EventAction;

/** Tells people in their chats, as `spec.analysis.alerts` and the configuration say. */
export interface AlertAction {
  readonly type: 'alert';
  readonly severity: AlertSeverity;
  readonly text: string;
  /** Whether it also says what is rolled out, and how. */
  readonly fields: boolean;
}

export interface EventAction {
  readonly type: 'event';
  readonly level: 'Normal' | 'Warning';
  readonly message: string;
  /** `phase` of the event hooks' payload. */
  readonly phase: CanaryPhase;
  /** Said only once under this key while the process lives. */
  readonly once?: string;
  /** With `once`: it is said again after so many milliseconds. */
  readonly againAfterMs?: number;
  /** What somebody else had changed and is put right with this. */
  readonly drift?: DriftKind;
}

/** What of a Canary's objects somebody else changed. */
export type DriftKind = 'services' | 'route' | 'weights' | 'primary' | 'configs' | 'scaler';

/** Ordered actions, whether to look again at once, and when to look again anyway. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly again: boolean;
  readonly requeueAfterMs?: number;
  /** Something outside keeps the Canary from going on: looked at again less and less often. */
  readonly blocked?: boolean;
}

/** A plan that only waits. */
export function waitFor(requeueAfterMs: number, ...actions: Action[]): Plan {
  return { actions, again: false, requeueAfterMs: Math.max(0, requeueAfterMs) };
}

/** A plan after which the world has changed, so that the next one follows at once. */
export function proceed(...actions: Action[]): Plan {
  return { actions, again: true };
}
