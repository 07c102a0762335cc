/** One metric family. Names are in base units, as Prometheus wants them. */
export interface MetricSpec {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
}

const REVIEW_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const TICK_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** From one interval of analysis to a week. */
const ROLLOUT_BUCKETS = [60, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400, 259_200, 604_800];

/**
 * Every metric that Sluice serves. Those named `flagger_…` have the names, labels and meanings of Flagger 1.44, so that
 * existing dashboards and alerts go on working; `name` is the target's, as there.
 */
export const METRICS = {
  flagger_info: {
    kind: 'gauge',
    labels: ['version', 'mesh_provider'],
    help: 'Version of Sluice and its default provider; always 1.',
  },
  flagger_canary_total: {
    kind: 'gauge',
    labels: ['namespace'],
    help: 'Canaries of a namespace.',
  },
  flagger_canary_status: {
    kind: 'gauge',
    labels: ['name', 'namespace'],
    help: 'Last known status of a Canary: 0 progressing, 2 failed, 1 any other phase.',
  },
  flagger_canary_weight: {
    kind: 'gauge',
    labels: ['workload', 'namespace'],
    help: 'Percent of the traffic that a workload gets.',
  },
  flagger_canary_duration_seconds: {
    kind: 'histogram',
    labels: ['name', 'namespace'],
    buckets: TICK_BUCKETS,
    help: 'Time that one tick of a Canary took.',
  },
  flagger_canary_metric_analysis: {
    kind: 'gauge',
    labels: ['name', 'namespace', 'metric'],
    help: 'Last value of a metric check.',
  },
  flagger_canary_successes_total: {
    kind: 'counter',
    labels: ['name', 'namespace', 'deployment_strategy', 'analysis_status'],
    help: 'Rollouts that were promoted.',
  },
  flagger_canary_failures_total: {
    kind: 'counter',
    labels: ['name', 'namespace', 'deployment_strategy', 'analysis_status'],
    help: 'Rollouts that were rolled back.',
  },
  sluice_info: {
    kind: 'gauge',
    labels: ['version', 'node', 'roles'],
    help: 'Versions of Sluice and Node and the roles of this process; always 1.',
  },
  sluice_ready: {
    kind: 'gauge',
    labels: [],
    help: 'Whether /readyz answers 200: 1 or 0.',
  },
  sluice_reviews_total: {
    kind: 'counter',
    labels: ['path', 'verdict'],
    help: 'Admission reviews that were answered, by their verdict.',
  },
  sluice_review_duration_seconds: {
    kind: 'histogram',
    labels: ['path'],
    buckets: REVIEW_BUCKETS,
    help: 'Time from the whole request to the answer of an admission review.',
  },
  sluice_reviews_rejected_total: {
    kind: 'counter',
    labels: ['reason'],
    help: 'Requests on the review port that were not decided: too large, too many, too late, malformed.',
  },
  sluice_gate_decisions_total: {
    kind: 'counter',
    labels: ['gate', 'verdict'],
    help: 'Decisions at the gates of rollouts.',
  },
  sluice_rollout_duration_seconds: {
    kind: 'histogram',
    labels: ['outcome'],
    buckets: ROLLOUT_BUCKETS,
    help: 'Time from the detection of a change to the end of its rollout, holds included; outcome is the reason in the RolloutRun.',
  },
  sluice_rollout_held_seconds: {
    kind: 'histogram',
    labels: ['gate', 'cause'],
    buckets: ROLLOUT_BUCKETS,
    help: 'Time for which a rollout was held at a gate, counted when the hold ends; cause is pause, hook, budget, window (it opens by itself at a known time) or policy.',
  },
  sluice_rollout_age_seconds: {
    kind: 'gauge',
    labels: ['namespace', 'kind', 'name'],
    help: 'Time since the change was detected whose rollout is under way, by the Canary or Deployment; only while one is.',
  },
  sluice_rollout_hold_age_seconds: {
    kind: 'gauge',
    labels: ['namespace', 'kind', 'name', 'gate'],
    help: 'Time for which the rollout of a Canary or Deployment has been held until now; only while it is. gate is empty when somebody has paused it.',
  },
  sluice_policies: {
    kind: 'gauge',
    labels: [],
    help: 'RolloutPolicies in the cluster.',
  },
  sluice_policies_not_compiling: {
    kind: 'gauge',
    labels: [],
    help: 'RolloutPolicies in force that do not compile: each is an error that follows its failurePolicy.',
  },
  sluice_policy_violations_total: {
    kind: 'counter',
    labels: ['policy', 'action'],
    help: 'Violations found in admission reviews of real writes, by policy and by the action of its binding: Audit is what would have been denied.',
  },
  sluice_scan_objects: {
    kind: 'gauge',
    labels: ['kind'],
    help: 'Existing objects that the background scan examines.',
  },
  sluice_scan_violations: {
    kind: 'gauge',
    labels: ['policy', 'action'],
    help: 'Existing objects that a policy would now deny, hold, warn of or audit, cannot judge (error) or lets pass by an exception (excepted).',
  },
  sluice_scan_pending: {
    kind: 'gauge',
    labels: [],
    help: 'Objects that wait to be examined.',
  },
  sluice_scan_duration_seconds: {
    kind: 'histogram',
    labels: [],
    buckets: TICK_BUCKETS,
    help: 'Time that examining every object took.',
  },
  sluice_scan_age_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'Time since every object had been examined.',
  },
  sluice_scan_unscanned: {
    kind: 'gauge',
    labels: ['resource'],
    help: 'Resources that policies name for the scan and that are not examined; always 1.',
  },
  sluice_scan_report_writes_total: {
    kind: 'counter',
    labels: ['operation'],
    help: 'Reports that were created, replaced or deleted.',
  },
  sluice_drift_repairs_total: {
    kind: 'counter',
    labels: ['kind'],
    help: 'Times that somebody else had changed what a Canary generated (`services`, `route`, `weights`, `primary`, `configs`, `scaler`) and it was put right.',
  },
  sluice_alerts_total: {
    kind: 'counter',
    labels: ['provider', 'outcome'],
    help: 'Alerts to chats, by the type of the notifier and what came of them: `sent`, `failed`, or `dropped` because too many were waiting.',
  },
  sluice_coverage_gaps_total: {
    kind: 'counter',
    labels: ['cause'],
    help: 'Times that governance was taken away for a while: a webhook configuration (`webhook`) or a policy of the API server (`admission-policy`) was changed, a namespace lost its label (`namespace`), no controller ran (`absence`), nothing keeps Flagger out (`fence`).',
  },
  sluice_webhook_repairs_total: {
    kind: 'counter',
    labels: [],
    help: 'Times that the webhook configurations had been changed by others and were put right.',
  },
  sluice_certificate_not_after_seconds: {
    kind: 'gauge',
    labels: [],
    help: 'When the serving certificate of the webhook ends, seconds since the Unix epoch.',
  },
  sluice_cache_age_seconds: {
    kind: 'gauge',
    labels: ['resource'],
    help: 'Time since the copy of a watched resource was last known to be current.',
  },
  sluice_cache_objects: {
    kind: 'gauge',
    labels: ['resource'],
    help: 'Objects in the copy of a watched resource.',
  },
  sluice_workqueue_depth: {
    kind: 'gauge',
    labels: [],
    help: 'Canaries that wait to be reconciled.',
  },
  sluice_reconciles_total: {
    kind: 'counter',
    labels: ['result'],
    help: 'Reconciles of Canaries, by result: success, requeue, retry, terminal or cancelled.',
  },
  sluice_events_dropped_total: {
    kind: 'counter',
    labels: ['cause'],
    help: 'Kubernetes Events that were given up: queue full, too many of one object, or refused.',
  },
  sluice_leader: {
    kind: 'gauge',
    labels: [],
    help: 'Whether this replica holds the Lease: 1 or 0.',
  },
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;
export type MetricNameOf<K extends MetricSpec['kind']> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends K ? N : never;
}[MetricName];
/** The labels that a metric must be given. */
export type LabelsOf<N extends MetricName> = Readonly<
  Record<(typeof METRICS)[N]['labels'][number], string>
>;
