import type { CanaryPhase } from '../domain/canary.ts';
import type { Gate } from '../domain/policy.ts';
import type { Strategy } from '../domain/run.ts';
import type { DriftKind } from './action.ts';

/** A Canary's target, as Flagger's metric labels name it. */
export interface MetricSubject {
  readonly namespace: string;
  readonly target: string;
}

/** Why a run is held: somebody, a hook, budgets alone, a window or what else opens at a known time, or a policy. */
export type HoldCause = 'pause' | 'hook' | 'budget' | 'window' | 'policy';

/** Where delivery reports its figures; the names in the comments are Flagger's metrics that they feed. */
export interface DeliveryMetrics {
  /** flagger_canary_status: 0 running, 1 settled, 2 failed. */
  phase(subject: MetricSubject, phase: CanaryPhase): void;
  /** flagger_canary_weight of the target and its primary. */
  weights(subject: MetricSubject, primary: number, canary: number): void;
  /** flagger_canary_metric_analysis. */
  measured(subject: MetricSubject, metric: string, value: number): void;
  /** flagger_canary_successes_total and flagger_canary_failures_total. */
  finished(
    subject: MetricSubject,
    end: { succeeded: boolean; strategy: Strategy; skipped: boolean },
  ): void;
  /** sluice_rollout_duration_seconds: a run ended; `outcome` is the reason in its record. */
  ended(subject: MetricSubject, end: { outcome: string; seconds: number }): void;
  /** sluice_rollout_held_seconds: a hold is over. */
  held(subject: MetricSubject, hold: { gate: Gate; cause: HoldCause; seconds: number }): void;
  /** sluice_drift_repairs_total: somebody else had changed what a Canary generated. */
  repaired(subject: MetricSubject, kind: DriftKind): void;
  /** sluice_alerts_total: an alert was sent, failed, or was dropped because too many were waiting. */
  alerted(provider: string, outcome: 'sent' | 'failed' | 'dropped'): void;
  /** flagger_canary_duration_seconds: the time of one tick. */
  tick(subject: MetricSubject, seconds: number): void;
  /** The Canary is gone: its series end. */
  forget(subject: MetricSubject): void;
}
