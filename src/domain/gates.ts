import type { Decision, RolloutFacts, UserInfo } from './decision.ts';
import type { KubeObject } from './object.ts';
import type { Gate } from './policy.ts';
import type { RolloutRun } from './run.ts';

/** What delivery asks before a step (design §13, Gates). `rollout` lacks what only the gate keeper knows. */
export interface GateQuestion {
  readonly gate: Gate;
  /** The Canary or governed Deployment as last observed. */
  readonly subject: KubeObject;
  readonly changedBy: UserInfo | null;
  readonly rollout: Omit<
    RolloutFacts,
    'gate' | 'windows' | 'approvals' | 'exceptions' | 'budget' | 'changedBy'
  >;
  /** The run that asks; approvals are bound to it and budgets are drawn for it. Absent: none is recorded yet. */
  readonly run?: { readonly namespace: string; readonly name: string; readonly uid: string };
  /**
   * At TrafficIncrease: the greatest weight of the canary that the run will go to, percent. Budgets are drawn on for it at
   * the first step, so that nobody waits for more while it holds some. Absent: the weight of this step.
   */
  readonly peakWeight?: number;
  /**
   * Every run as the one that grants budgets knows them: its copy, overlaid with what it has written and is writing at
   * this moment. Absent: the keeper's own copy counts.
   */
  readonly runs?: readonly RolloutRun[];
  /** RFC 3339. */
  readonly now: string;
}

/**
 * Decides at gates by the same decision function as admission. The decision's verdict is `allow`, `warn` or `hold`;
 * what cannot be decided (stale facts, evaluation errors under failurePolicy Fail) is `hold`.
 */
export interface GateKeeper {
  ask(question: GateQuestion): Decision;
  /** Calls `listener` when policies, bindings, windows or other facts changed, so that a held run is asked again. */
  subscribe(listener: () => void): () => void;
}
