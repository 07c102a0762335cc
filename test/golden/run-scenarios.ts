import {
  gatewayCanary,
  GOOD,
  HEALTHY,
  hook,
  initialise,
  patchCanary,
  promote,
  rollBack,
  workload,
  type Scenario,
  type Step,
} from './scenario-parts.ts';

const atFirstStep: Step = { until: (status) => status.canaryWeight === 30 };

/** What gates, hooks, checks and people do to a rollout. */
export const RUN_SCENARIOS: readonly Scenario[] = [
  {
    name: 'gate-confirm-promotion',
    hooks: { 'confirm-promotion': 403 },
    steps: [
      ...initialise(
        workload(),
        gatewayCanary({ analysis: { webhooks: [hook('confirm-promotion')] } }),
      ),
      { image: GOOD },
      { until: 'WaitingPromotion' },
      { sleep: 12 },
      { rules: { hooks: { 'confirm-promotion': 200 } } },
      { until: 'Succeeded' },
    ],
  },
  {
    name: 'hook-pre-rollout-fails',
    hooks: { 'pre-rollout': 403 },
    steps: [
      ...initialise(workload(), gatewayCanary({ analysis: { webhooks: [hook('pre-rollout')] } })),
      { image: GOOD },
      { until: 'Failed' },
    ],
  },
  {
    name: 'hook-rollout-fails',
    hooks: { rollout: 500 },
    steps: [
      ...initialise(workload(), gatewayCanary({ analysis: { webhooks: [hook('rollout')] } })),
      { image: GOOD },
      { until: 'Failed' },
    ],
  },
  {
    name: 'new-revision',
    steps: [
      ...initialise(workload(), gatewayCanary()),
      { image: GOOD },
      atFirstStep,
      ...promote('podinfo-objects:6.0.3'),
    ],
  },
  {
    name: 'revert-of-target',
    steps: [
      ...initialise(workload(), gatewayCanary()),
      ...promote(),
      ...rollBack(),
      { image: GOOD },
      { sleep: 12 },
      HEALTHY,
      ...promote('podinfo-objects:6.0.4'),
    ],
  },
  {
    name: 'revert-on-deletion',
    steps: [
      ...initialise(workload(), gatewayCanary({ spec: { revertOnDeletion: true } })),
      ...promote(),
      {
        delete: {
          apiVersion: 'flagger.app/v1beta1',
          kind: 'Canary',
          metadata: { name: 'podinfo' },
        },
      },
      { sleep: 30 },
    ],
  },
  {
    name: 'suspend-in-flight',
    steps: [
      ...initialise(workload(), gatewayCanary()),
      { image: GOOD },
      atFirstStep,
      patchCanary({ suspend: true }),
      { sleep: 15 },
      patchCanary({ suspend: false }),
      { until: 'Succeeded' },
    ],
  },
  {
    name: 'skip-analysis-in-flight',
    steps: [
      ...initialise(workload(), gatewayCanary()),
      { image: GOOD },
      atFirstStep,
      patchCanary({ skipAnalysis: true }),
      { until: 'Succeeded' },
    ],
  },
  {
    name: 'deadline',
    steps: [
      ...initialise(
        workload({
          readinessProbe: { httpGet: { port: 9898, path: '/readyz' }, periodSeconds: 2 },
        }),
        gatewayCanary(),
      ),
      { image: 'podinfo:6.0.2-hang' },
      { until: 'Failed' },
    ],
  },
  {
    name: 'metric-unknown',
    steps: [
      ...initialise(
        workload(),
        gatewayCanary({
          analysis: { metrics: [{ name: 'mine', thresholdRange: { min: 1 }, interval: '1m' }] },
        }),
      ),
      { image: GOOD },
      { until: 'Failed' },
    ],
  },
  {
    name: 'metric-inline',
    steps: [
      ...initialise(
        workload(),
        gatewayCanary({
          analysis: {
            metrics: [{ name: 'mine', query: 'sum(mine)', threshold: 5, interval: '1m' }],
          },
        }),
      ),
      { image: GOOD },
      { until: 'Failed' },
    ],
  },
];
