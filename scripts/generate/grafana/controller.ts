import { JOB, type Dashboard, type Panel } from './dashboard.ts';
import { cachePanels, processPanels } from './process-panels.ts';

const HERE = 'job=~"$job"';

const NOW: readonly Panel[] = [
  {
    title: 'Leading',
    description:
      'Controllers that hold the Lease. Without one, weights stay where they are and nobody rolls back.',
    type: 'stat',
    unit: 'short',
    width: 6,
    red: { below: 1 },
    queries: [{ expr: `sum(sluice_leader{${HERE}})`, legend: 'leading' }],
  },
  {
    title: 'Ready',
    description: 'Controller processes that are ready.',
    type: 'stat',
    unit: 'short',
    width: 6,
    red: { below: 1 },
    queries: [
      {
        expr: `count((sluice_ready{${HERE}} == 1) and on (job, instance) sluice_info{${HERE}, roles=~".*controller.*"}) or vector(0)`,
        legend: 'ready',
      },
    ],
  },
  {
    title: 'Waiting Canaries',
    description: 'Canaries that wait to be reconciled.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [{ expr: `sum(sluice_workqueue_depth{${HERE}})`, legend: 'waiting' }],
  },
  {
    title: 'Version',
    description: 'Versions of the controllers that run.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [
      {
        expr: `count by (version) (sluice_info{${HERE}, roles=~".*controller.*"})`,
        legend: '{{version}}',
      },
    ],
  },
];

const WORK: readonly Panel[] = [
  {
    title: 'Reconciles',
    description:
      'By result: retry means that it is tried again after an error, terminal that it is not.',
    type: 'timeseries',
    unit: 'reqps',
    width: 12,
    queries: [
      {
        expr: `sum by (result) (rate(sluice_reconciles_total{${HERE}}[$__rate_interval]))`,
        legend: '{{result}}',
      },
    ],
  },
  {
    title: 'How long a tick of a Canary takes',
    description: 'One round of its analysis, queries and hooks included.',
    type: 'timeseries',
    unit: 's',
    width: 12,
    queries: [0.5, 0.99].map((share) => ({
      expr: `histogram_quantile(${share}, sum by (le) (rate(flagger_canary_duration_seconds_bucket{${HERE}}[$__rate_interval])))`,
      legend: `${share * 100} %`,
    })),
  },
  {
    title: 'Queue',
    description: 'Canaries that wait to be reconciled.',
    type: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [{ expr: `sum(sluice_workqueue_depth{${HERE}})`, legend: 'waiting' }],
  },
  {
    title: 'Reports',
    description: 'Reports of the background scan that were written, since the start.',
    type: 'timeseries',
    unit: 'short',
    width: 12,
    queries: [
      {
        expr: `sum by (operation) (sluice_scan_report_writes_total{${HERE}})`,
        legend: '{{operation}}',
      },
    ],
  },
];

/** The rollout controller. */
export const controllerDashboard: Dashboard = {
  file: 'controller',
  title: 'Sluice / Controller',
  description: 'Whether the rollout controller leads and keeps up, and what it needs to do so.',
  choices: [JOB],
  rows: [
    { title: 'Now', panels: NOW },
    { title: 'Work', panels: WORK },
    { title: 'Copies of the cluster', panels: cachePanels('controller') },
    { title: 'Processes', panels: processPanels('controller') },
  ],
};
