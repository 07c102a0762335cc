import type { ApprovalAction } from './approval.ts';
import type { UserInfo, Violation } from './decision.ts';
import type { KubeObject } from './object.ts';
import type { Condition, Gate } from './policy.ts';

export type Strategy = 'canary' | 'blue-green' | 'ab-testing' | 'rolling-update';

export const RUN_PHASES = [
  'Pending',
  'Held',
  'Progressing',
  'Promoting',
  'Finalising',
  'Succeeded',
  'Failed',
  'Aborted',
  'Superseded',
] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

export const TERMINAL_RUN_PHASES: ReadonlySet<RunPhase> = new Set([
  'Succeeded',
  'Failed',
  'Aborted',
  'Superseded',
]);

/** Percent of traffic; `primary + canary` is 100. `mirrored` says that the canary also gets copies. */
export interface Weights {
  primary: number;
  canary: number;
  mirrored: boolean;
}

export type MeasurementVerdict = 'pass' | 'fail' | 'noData' | 'error';

/** One answer, or missing answer, of a metric check or hook. */
export interface Measurement {
  name: string;
  kind: 'metric' | 'hook';
  at: string;
  verdict: MeasurementVerdict;
  value?: number;
  min?: number;
  max?: number;
  message?: string;
}

/** What a gate said, as kept in the run. */
export interface GateRecord {
  gate: Gate;
  at: string;
  verdict: 'allow' | 'warn' | 'hold';
  reasons: string[];
  factsDigest: string;
  snapshotDigest: string;
  nextOpen?: string;
}

export interface RunStep {
  step: number;
  weight: number;
  startedAt: string;
  endedAt?: string;
  decisions: GateRecord[];
  /** The last 50. */
  measurements: Measurement[];
  action: string;
}

/** What came of an Approval of the run; kept so that none is acted upon twice. */
export interface RunAct {
  /** Name of the Approval, in the run's namespace, and its uid. */
  approval: string;
  uid: string;
  action: ApprovalAction;
  /** Username of the approver. */
  by: string;
  at: string;
  /** As it is written into the Approval. */
  outcome: string;
}

export interface RolloutRunSpec {
  subject: { apiVersion: string; kind: string; name: string; uid: string };
  /** Our own prefixed canonical-JSON digest of the target's template. */
  revision: string;
  images: { container: string; image: string; digest?: string }[];
  changedBy: UserInfo | null;
  strategy: Strategy;
  provider: string;
  /**
   * The rollout of another controller that was found under way, as the Canary's status had it: this is no rollout of
   * ours, but what somebody's word about that one is bound to.
   */
  takenOver?: { phase: string; digest: string };
}

export interface RolloutRunStatus {
  phase: RunPhase;
  step: number;
  weights: Weights;
  /** `hook` names the confirm hook that did not confirm; absent when the gate itself is closed. */
  held?: {
    gate: Gate;
    since: string;
    reasons: string[];
    nextOpen?: string;
    hook?: string;
    /** `<namespace>/<name>` of the RolloutBudgets, when nothing else holds it: it waits in their queues. */
    budgets?: string[];
  };
  /** While somebody has paused it; `until`: when the pause ends by itself. */
  paused?: { by: string; since: string; until?: string };
  /** What somebody asked of it: promotion without the remaining analysis; another run of an ended run's revision. */
  wanted?: { what: 'Promotion' | 'Retry'; by: string; at: string };
  /**
   * What its promotion makes of the primary, recorded before the primary is written: the primary whose identity (pod
   * annotation `flagger-id`, or a digest for a kind without pods) is `id` was given `revision`.
   */
  promotes?: { revision: string; id: string };
  /** The revision that the primary gets back, because somebody aborted the run after its promotion. */
  restores?: string;
  /**
   * Fewest pods that the primary's autoscaler leaves it for the time of the rollout and a while after: what it had when
   * the canary was scaled up, so that it can take all the traffic back at once.
   */
  floor?: number;
  /** What came of its Approvals, the newest last. */
  acts?: RunAct[];
  steps: RunStep[];
  failedChecks: number;
  /** Consecutive checks without an answer. */
  unknownChecks: number;
  /**
   * What it takes of RolloutBudgets (`<namespace>/<name>`): a place, and this weight of the canary in percent, the
   * greatest that it will go to. Recorded before the shift, given back with the share of a promotion and at the end.
   */
  reservations: { budget: string; weight: number; at: string }[];
  outcome?: { reason: string; message: string; at: string };
  observedGeneration?: number;
  conditions: Condition[];
}

/** The durable record of one rollout (design §3.2, §13). Named `<subject>-<n>`. */
export interface RolloutRun extends KubeObject {
  spec: RolloutRunSpec;
  status?: RolloutRunStatus;
}

/** A violation as one line of a hold's reasons. */
export function reasonOf(violation: Violation): string {
  return violation.binding === ''
    ? violation.message
    : `${violation.policy}/${violation.validation}: ${violation.message}`;
}
