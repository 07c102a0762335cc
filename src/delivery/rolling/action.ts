import type { Approval } from '../../domain/approval.ts';
import type { RolloutRunSpec, RolloutRunStatus } from '../../domain/run.ts';
import type { Inquiry } from '../inquiry.ts';

/** One effect on a governed Deployment or its record; each may be carried out again. */
export type RollingAction =
  | { readonly type: 'ask'; readonly inquiry: Inquiry }
  | { readonly type: 'createRun'; readonly number: number; readonly spec: RolloutRunSpec }
  | { readonly type: 'recordRun'; readonly status: RolloutRunStatus }
  /** Pauses the Deployment under its revision. */
  | { readonly type: 'hold' }
  /** Takes back a pause of ours. */
  | { readonly type: 'release' }
  /** Gives the Deployment the last good template back, or pauses it when that is kept nowhere. */
  | { readonly type: 'restore' }
  /** Notes the Deployment's revision as one that has run well. */
  | { readonly type: 'note' }
  | { readonly type: 'pruneRuns' }
  | { readonly type: 'consume'; readonly approval: Approval; readonly outcome: string }
  | {
      readonly type: 'event';
      readonly level: 'Normal' | 'Warning';
      readonly message: string;
      /** Said only once under this key while the process lives. */
      readonly once?: string;
    };

/** Ordered actions, whether to look again at once, and when to look again anyway. */
export interface RollingPlan {
  readonly actions: readonly RollingAction[];
  readonly again: boolean;
  readonly requeueAfterMs?: number;
}
