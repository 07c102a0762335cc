import { ALL_TO_PRIMARY, type Router } from './types.ts';

/** No live traffic to the canary: Services alone, blue/green by iterations, promotion by a rolling update. */
export const router: Router = {
  providers: ['kubernetes'],
  capabilities: {
    weighted: false,
    mirror: false,
    mirrorsWeighted: false,
    match: false,
    affinity: false,
  },
  docs: {
    summary:
      'Services alone, without any share of live traffic: blue/green by iterations, and promotion by a rolling update.',
    prerequisites: [
      'Pods that serve metrics of their own, or MetricTemplates: no data plane counts requests.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: shop }
spec:
  provider: kubernetes
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  service: { port: 9898 }
  analysis:
    interval: 1m
    threshold: 5
    iterations: 10
    metrics:
      - name: request-success-rate
        thresholdRange: { min: 99 }
        interval: 1m`,
    notes: [
      '`analysis.match` is left out, `analysis.mirror` and `sessionAffinity` are refused or warned of: [fields](reference/canary-fields.md).',
    ],
  },
  metricFamily: 'pods',
  kinds: [],
  objects: () => [],
  check: () => Promise.resolve(undefined),
  observe: () => ({ present: true, weights: ALL_TO_PRIMARY, drifted: false }),
  writes: () => [],
};
