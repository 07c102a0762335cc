import { JOB, type Dashboard, type Panel } from './dashboard.ts';
import { cachePanels, processPanels } from './process-panels.ts';

const HERE = 'job=~"$job"';
const WEBHOOKS = `sluice_info{${HERE}, roles=~".*webhook.*"}`;

const NOW: readonly Panel[] = [
  {
    title: 'Ready',
    description:
      'Webhook processes that are ready. With none of them, what the webhooks match is refused.',
    type: 'stat',
    unit: 'short',
    width: 6,
    red: { below: 1 },
    queries: [
      {
        expr: `count((sluice_ready{${HERE}} == 1) and on (job, instance) ${WEBHOOKS}) or vector(0)`,
        legend: 'ready',
      },
    ],
  },
  {
    title: 'Certificate ends',
    description: 'The serving certificate; its successor is made when a third of its time is left.',
    type: 'stat',
    unit: 'dateTimeFromNow',
    width: 6,
    queries: [
      {
        expr: `min(sluice_certificate_not_after_seconds{${HERE}} > 0) * 1000`,
        legend: 'ends',
      },
    ],
  },
  {
    title: 'Configurations put right',
    description: 'Times that the webhook configurations had been changed by others.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [{ expr: `sum(sluice_webhook_repairs_total{${HERE}})`, legend: 'repairs' }],
  },
  {
    title: 'Gaps in coverage',
    description: 'Times that governance was taken away for a while, whatever by.',
    type: 'stat',
    unit: 'short',
    width: 6,
    queries: [
      { expr: `sum by (cause) (sluice_coverage_gaps_total{${HERE}})`, legend: '{{cause}}' },
    ],
  },
];

const REVIEWS: readonly Panel[] = [
  {
    title: 'Reviews',
    description: 'Answered, by path and verdict.',
    type: 'timeseries',
    unit: 'reqps',
    width: 12,
    queries: [
      {
        expr: `sum by (path, verdict) (rate(sluice_reviews_total{${HERE}}[$__rate_interval]))`,
        legend: '{{path}} {{verdict}}',
      },
    ],
  },
  {
    title: 'How long a review takes',
    description: 'From the whole request to the answer.',
    type: 'timeseries',
    unit: 's',
    width: 12,
    queries: [0.5, 0.99].map((share) => ({
      expr: `histogram_quantile(${share}, sum by (le, path) (rate(sluice_review_duration_seconds_bucket{${HERE}}[$__rate_interval])))`,
      legend: `{{path}} ${share * 100} %`,
    })),
  },
  {
    title: 'Not decided',
    description:
      'Requests on the review port that were turned away, since the start: too large, too many, too late, malformed.',
    type: 'timeseries',
    unit: 'short',
    width: 24,
    queries: [
      { expr: `sum by (reason) (sluice_reviews_rejected_total{${HERE}})`, legend: '{{reason}}' },
    ],
  },
];

/** The admission webhook. */
export const webhookDashboard: Dashboard = {
  file: 'webhook',
  title: 'Sluice / Webhook',
  description: 'Whether the admission webhook answers, how fast, and what it needs to do so.',
  choices: [JOB],
  rows: [
    { title: 'Now', panels: NOW },
    { title: 'Reviews', panels: REVIEWS },
    { title: 'Copies of the cluster', panels: cachePanels('webhook') },
    { title: 'Processes', panels: processPanels('webhook') },
  ],
};
