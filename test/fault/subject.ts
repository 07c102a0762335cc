import { GATEWAY } from '../cluster/data-plane.ts';
import type { ApiObject } from '../cluster/api.ts';
import { HOOKS_URL } from './hook-server.ts';

export const NAMESPACE = 'fault';
export const NAME = 'shop';
export const HOST = 'shop.fault.example.com';
/** Of the analysis. */
export const INTERVAL_MS = 2000;
/** The canary's share after each step, percent. */
export const STEPS = [20, 40, 60];

/** Every type of hook that an undisturbed rollout calls and counts. */
export const HOOK_TYPES = [
  'confirm-rollout',
  'pre-rollout',
  'rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'post-rollout',
] as const;

/** Namespace, target and Canary, in the order in which they are created. */
export function subjectObjects(): ApiObject[] {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  return [namespace, target(), canary()];
}

function target(): ApiObject {
  const labels = { app: NAME };
  const container = {
    name: 'podinfod',
    image: 'podinfo:6.0.0',
    ports: [{ name: 'http', containerPort: 9898, protocol: 'TCP' }],
    readinessProbe: {
      httpGet: { path: '/readyz', port: 9898 },
      periodSeconds: 1,
      timeoutSeconds: 5,
    },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace: NAMESPACE, labels },
    spec: {
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

/** The query always answers, so that the length of a step depends on nothing but the controller. */
function canary(): ApiObject {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
      progressDeadlineSeconds: 120,
      service: {
        port: 9898,
        targetPort: 9898,
        portName: 'http',
        hosts: [HOST],
        gatewayRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...GATEWAY }],
      },
      analysis: {
        interval: `${INTERVAL_MS / 1000}s`,
        threshold: 10,
        stepWeights: STEPS,
        metrics: [
          { name: 'always', query: 'vector(1)', interval: '10s', thresholdRange: { min: 1 } },
        ],
        webhooks: HOOK_TYPES.map((type) => ({ name: type, type, url: `${HOOKS_URL}/${type}` })),
      },
    },
  };
}
