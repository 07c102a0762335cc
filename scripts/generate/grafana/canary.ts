import type { Dashboard, Panel } from './dashboard.ts';

const HERE = 'namespace=~"$namespace", name=~"$name"';

const NOW: readonly Panel[] = [
  {
    title: 'Canaries',
    description: 'Canaries of the chosen namespaces.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [
      {
        expr: 'sum(max by (namespace) (flagger_canary_total{namespace=~"$namespace"}))',
        legend: 'Canaries',
      },
    ],
  },
  {
    title: 'Rollouts under way',
    description: 'Of Canaries and of governed Deployments, held ones among them.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [
      {
        expr: 'count(max by (namespace, kind, name) (sluice_rollout_age_seconds{namespace=~"$namespace"})) or vector(0)',
        legend: 'under way',
      },
    ],
  },
  {
    title: 'Held',
    description: 'Rollouts that wait at a gate, or that somebody has paused.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [
      {
        expr: 'count(max by (namespace, kind, name) (sluice_rollout_hold_age_seconds{namespace=~"$namespace"})) or vector(0)',
        legend: 'held',
      },
    ],
  },
  {
    title: 'Failed',
    description: 'Canaries whose last rollout was rolled back.',
    type: 'stat',
    unit: 'short',
    width: 6,
    red: { above: 1 },
    queries: [
      {
        expr: `count(max by (namespace, name) (flagger_canary_status{${HERE}}) == 2) or vector(0)`,
        legend: 'failed',
      },
    ],
  },
];

const ROLLOUTS: readonly Panel[] = [
  {
    title: 'Phase',
    description: 'Flagger’s numbers: 0 progressing, 2 failed, 1 any other phase.',
    type: 'state-timeline',
    unit: 'short',
    width: 12,
    words: { '0': 'progressing', '1': 'settled or waiting', '2': 'failed' },
    red: { above: 2 },
    queries: [
      {
        expr: `max by (namespace, name) (flagger_canary_status{${HERE}})`,
        legend: '{{namespace}}/{{name}}',
      },
    ],
  },
  {
    title: 'Share of the traffic',
    description: 'Percent that a workload gets, the primary and the canary.',
    type: 'timeseries',
    unit: 'percent',
    width: 12,
    queries: [
      {
        expr: 'max by (namespace, workload) (flagger_canary_weight{namespace=~"$namespace", workload=~"($name)(-primary)?"})',
        legend: '{{namespace}}/{{workload}}',
      },
    ],
  },
  {
    title: 'Checks',
    description: 'Last values of the metric checks, in the unit of their thresholds.',
    type: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [
      {
        expr: `max by (namespace, name, metric) (flagger_canary_metric_analysis{${HERE}})`,
        legend: '{{namespace}}/{{name}} {{metric}}',
      },
    ],
  },
  {
    title: 'How long each rollout has been under way, and held',
    description: 'A line goes up until its rollout ends, or until it is held no longer.',
    type: 'timeseries',
    unit: 's',
    width: 12,
    queries: [
      {
        expr: 'max by (namespace, kind, name) (sluice_rollout_age_seconds{namespace=~"$namespace"})',
        legend: '{{kind}} {{namespace}}/{{name}}',
      },
      {
        expr: 'max by (namespace, kind, name, gate) (sluice_rollout_hold_age_seconds{namespace=~"$namespace"})',
        legend: '{{kind}} {{namespace}}/{{name}} held at {{gate}}',
      },
    ],
  },
];

const ENDS: readonly Panel[] = [
  {
    title: 'Promoted and rolled back',
    description: 'Since the controller started.',
    type: 'timeseries',
    unit: 'short',
    width: 8,
    queries: [
      {
        expr: `sum by (deployment_strategy) (flagger_canary_successes_total{${HERE}})`,
        legend: '{{deployment_strategy}} promoted',
      },
      {
        expr: `sum by (deployment_strategy) (flagger_canary_failures_total{${HERE}})`,
        legend: '{{deployment_strategy}} rolled back',
      },
    ],
  },
  {
    title: 'How long rollouts took',
    description:
      'From the detection of a change to its end, holds included, by what came of it; 90 % took less.',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [
      {
        expr: 'histogram_quantile(0.9, sum by (le, outcome) (sluice_rollout_duration_seconds_bucket))',
        legend: '{{outcome}}',
      },
    ],
  },
  {
    title: 'How long rollouts were held',
    description: 'Holds that have ended, by gate and cause; 90 % took less.',
    type: 'timeseries',
    unit: 's',
    width: 8,
    queries: [
      {
        expr: 'histogram_quantile(0.9, sum by (le, gate, cause) (sluice_rollout_held_seconds_bucket))',
        legend: '{{gate}}: {{cause}}',
      },
    ],
  },
  {
    title: 'Put right',
    description: 'Times that somebody else had changed what a Canary generated.',
    type: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [{ expr: 'sum by (kind) (sluice_drift_repairs_total)', legend: '{{kind}}' }],
  },
  {
    title: 'Alerts',
    description: 'Alerts to chats since the controller started, and what came of them.',
    type: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [
      {
        expr: 'sum by (provider, outcome) (sluice_alerts_total)',
        legend: '{{provider}} {{outcome}}',
      },
    ],
  },
];

/** What is rolled out, and how it goes. */
export const canaryDashboard: Dashboard = {
  file: 'canary',
  title: 'Sluice / Canaries',
  description: 'What is rolled out now, how it goes, and how earlier rollouts ended.',
  choices: [
    {
      name: 'namespace',
      label: 'Namespace',
      query: 'label_values(flagger_canary_status, namespace)',
    },
    {
      name: 'name',
      label: 'Target',
      query: 'label_values(flagger_canary_status{namespace=~"$namespace"}, name)',
    },
  ],
  rows: [
    { title: 'Now', panels: NOW },
    { title: 'Rollouts', panels: ROLLOUTS },
    { title: 'How they ended', panels: ENDS },
  ],
};
