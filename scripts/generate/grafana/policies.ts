import type { Dashboard, Panel } from './dashboard.ts';

const RULES: readonly Panel[] = [
  {
    title: 'Policies in force',
    description: 'RolloutPolicies in the cluster.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [{ expr: 'max(sluice_policies)', legend: 'policies' }],
  },
  {
    title: 'Not compiling',
    description:
      'Policies that are an error for whatever they concern, as their failurePolicy says.',
    type: 'stat',
    unit: 'short',
    width: 6,
    red: { above: 1 },
    queries: [{ expr: 'max(sluice_policies_not_compiling)', legend: 'policies' }],
  },
  {
    title: 'Existing objects that violate a policy',
    description: 'As the background scan found: what would now be denied or held.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [
      {
        expr: 'sum(max by (policy, action) (sluice_scan_violations{action=~"Deny|Hold"}))',
        legend: 'objects',
      },
    ],
  },
  {
    title: 'Age of the scan',
    description: 'Time since every existing object had been examined.',
    type: 'stat',
    unit: 's',
    width: 6,
    queries: [{ expr: 'max(sluice_scan_age_seconds)', legend: 'age' }],
  },
];

const DECISIONS: readonly Panel[] = [
  {
    title: 'Admission reviews',
    description: 'Decisions about writes, by verdict.',
    type: 'timeseries',
    unit: 'reqps',
    width: 12,
    queries: [
      {
        expr: 'sum by (verdict) (rate(sluice_reviews_total{path="validate"}[$__rate_interval]))',
        legend: '{{verdict}}',
      },
    ],
  },
  {
    title: 'Decisions at gates',
    description: 'Before each shift of traffic, promotion and start, by gate and verdict.',
    type: 'timeseries',
    unit: 'reqps',
    width: 12,
    queries: [
      {
        expr: 'sum by (gate, verdict) (rate(sluice_gate_decisions_total[$__rate_interval]))',
        legend: '{{gate}} {{verdict}}',
      },
    ],
  },
  {
    title: 'Violations in reviews',
    description:
      'Since the webhook started, by policy and what its binding does; Audit is what would have been denied.',
    type: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [
      {
        expr: 'sum by (policy, action) (sluice_policy_violations_total)',
        legend: '{{policy}} {{action}}',
      },
    ],
  },
  {
    title: 'Violations of existing objects',
    description: 'As the background scan found, by policy.',
    type: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [
      {
        expr: 'sum by (policy, action) (max by (policy, action) (sluice_scan_violations))',
        legend: '{{policy}} {{action}}',
      },
    ],
  },
];

const SCAN: readonly Panel[] = [
  {
    title: 'Examined objects',
    description: 'Existing objects that the scan covers, by kind.',
    type: 'timeseries',
    unit: 'short',
    width: 8,
    queries: [{ expr: 'max by (kind) (sluice_scan_objects)', legend: '{{kind}}' }],
  },
  {
    title: 'Waiting to be examined',
    description: 'A line that does not come down means that the scan cannot keep up.',
    type: 'timeseries',
    unit: 'short',
    width: 8,
    queries: [{ expr: 'max(sluice_scan_pending)', legend: 'objects' }],
  },
  {
    title: 'How long a scan takes',
    description: 'Mean over all since the controller started.',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [
      {
        expr: 'sum(sluice_scan_duration_seconds_sum) / sum(sluice_scan_duration_seconds_count)',
        legend: 'mean',
      },
    ],
  },
];

/** What policies decide. */
export const policiesDashboard: Dashboard = {
  file: 'policy-decisions',
  title: 'Sluice / Policy decisions',
  description:
    'What policies decide about writes and rollouts, and what they say of existing objects.',
  choices: [],
  rows: [
    { title: 'Policies', panels: RULES },
    { title: 'Decisions', panels: DECISIONS },
    { title: 'Background scan', panels: SCAN },
  ],
};
