import type { CanaryPhase } from '../domain/canary.ts';
import type { Strategy } from '../domain/run.ts';
import type { Metrics } from './metrics.ts';

interface Subject {
  readonly namespace: string;
  readonly target: string;
}

/** Flagger's numbers: 0 for Progressing, 2 for Failed, 1 for every other phase. */
const PROGRESSING = 0;
const OTHER = 1;
const FAILED = 2;

/** What a Canary reports while it is delivered, under Flagger's names; `forget` when it is gone. */
export interface DeliveryRecorder {
  phase(subject: Subject, phase: CanaryPhase): void;
  weights(subject: Subject, primary: number, canary: number): void;
  measured(subject: Subject, metric: string, value: number): void;
  finished(
    subject: Subject,
    end: { succeeded: boolean; strategy: Strategy; skipped: boolean },
  ): void;
  ended(subject: Subject, end: { outcome: string; seconds: number }): void;
  held(subject: Subject, hold: { gate: string; cause: string; seconds: number }): void;
  repaired(subject: Subject, kind: string): void;
  alerted(provider: string, outcome: string): void;
  tick(subject: Subject, seconds: number): void;
  forget(subject: Subject): void;
}

/** Feeds the metrics of Canaries. */
export function createDeliveryRecorder(metrics: Metrics): DeliveryRecorder {
  return {
    phase: (subject, phase) => {
      metrics.set('flagger_canary_status', labelsOf(subject), statusOf(phase));
    },
    weights: ({ namespace, target }, primary, canary) => {
      const name = 'flagger_canary_weight';
      metrics.set(name, { workload: target, namespace }, canary);
      metrics.set(name, { workload: `${target}-primary`, namespace }, primary);
    },
    measured: (subject, metric, value) => {
      metrics.set('flagger_canary_metric_analysis', { ...labelsOf(subject), metric }, value);
    },
    finished: (subject, { succeeded, strategy, skipped }) => {
      const name = succeeded ? 'flagger_canary_successes_total' : 'flagger_canary_failures_total';
      metrics.increment(name, {
        ...labelsOf(subject),
        deployment_strategy: strategy,
        analysis_status: skipped ? 'skipped' : 'completed',
      });
    },
    ended: (_subject, { outcome, seconds }) => {
      metrics.observe('sluice_rollout_duration_seconds', { outcome }, seconds);
    },
    held: (_subject, { gate, cause, seconds }) => {
      metrics.observe('sluice_rollout_held_seconds', { gate, cause }, seconds);
    },
    repaired: (_subject, kind) => {
      metrics.increment('sluice_drift_repairs_total', { kind });
    },
    alerted: (provider, outcome) => {
      metrics.increment('sluice_alerts_total', { provider, outcome });
    },
    tick: (subject, seconds) => {
      metrics.observe('flagger_canary_duration_seconds', labelsOf(subject), seconds);
    },
    forget: (subject) => {
      forget(metrics, subject);
    },
  };
}

function labelsOf({ namespace, target }: Subject): { name: string; namespace: string } {
  return { name: target, namespace };
}

function statusOf(phase: CanaryPhase): number {
  if (phase === 'Failed') return FAILED;
  return phase === 'Progressing' ? PROGRESSING : OTHER;
}

function forget(metrics: Metrics, subject: Subject): void {
  const { namespace, target } = subject;
  for (const name of [
    'flagger_canary_status',
    'flagger_canary_duration_seconds',
    'flagger_canary_metric_analysis',
    'flagger_canary_successes_total',
    'flagger_canary_failures_total',
  ] as const) {
    metrics.forget(name, labelsOf(subject));
  }
  metrics.forget('flagger_canary_weight', { workload: target, namespace });
  metrics.forget('flagger_canary_weight', { workload: `${target}-primary`, namespace });
}
