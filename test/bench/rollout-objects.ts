import { GATEWAY } from '../cluster/data-plane.ts';

const LABELS = { app: 'podinfo' };
const GOOD_ANSWERS = { name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '20s' };
const QUICK_ANSWERS = { name: 'request-duration', thresholdRange: { max: 500 }, interval: '20s' };

/** Name of the host under which the gateway serves what one controller rolls out. */
export function hostOf(namespace: string): string {
  return `${namespace}.example.com`;
}

/** A Deployment of podinfo, whose image tag chooses faults. */
export function deployment(image: string): Readonly<Record<string, unknown>> {
  const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'podinfo' },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: 60,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS, annotations },
        spec: {
          containers: [
            {
              name: 'podinfod',
              image,
              ports: [
                { name: 'http', containerPort: 9898, protocol: 'TCP' },
                { name: 'http-metrics', containerPort: 9797, protocol: 'TCP' },
              ],
              readinessProbe: { httpGet: { port: 9898, path: '/readyz' }, periodSeconds: 2 },
            },
          ],
        },
      },
    },
  };
}

/** The Canary of Flagger's own documentation: steps of 10 up to 50, an interval of 10 s, three failed checks. */
export function canary(namespace: string): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo' },
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      progressDeadlineSeconds: 60,
      service: {
        port: 9898,
        targetPort: 9898,
        hosts: [hostOf(namespace)],
        gatewayRefs: [GATEWAY],
      },
      analysis: {
        interval: '10s',
        threshold: 3,
        maxWeight: 50,
        stepWeight: 10,
        metrics: [GOOD_ANSWERS, QUICK_ANSWERS],
      },
    },
  };
}
