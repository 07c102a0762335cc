import { RESOURCES } from '../../domain/resources.ts';
import { httpRouteRouter } from '../http-route-router.ts';
import type { Router } from './types.ts';

const version = 'v1beta1';

/** Gateway API v1beta1, as far as Flagger drives it: no time limits, no CORS, a cookie for the canary's clients alone. */
export const router: Router = {
  ...httpRouteRouter({
    provider: 'gatewayapi:v1beta1',
    routes: { ...RESOURCES.httpRoutes, version },
    gateways: { ...RESOURCES.gateways, version },
    timeouts: false,
    cors: false,
    primaryCookie: false,
  }),
  docs: {
    summary: 'Gateway API v1beta1, for clusters that do not serve v1 yet.',
    prerequisites: [
      'The definitions of Gateway API, v1beta1.',
      'A Gateway that is programmed and lets routes of the Canary’s namespace attach; `service.gatewayRefs` names it.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: shop }
spec:
  provider: gatewayapi:v1beta1
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  service:
    port: 9898
    hosts: [podinfo.example.com]
    gatewayRefs: [{ name: gateway, namespace: infra }]
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
      - name: request-success-rate
        thresholdRange: { min: 99 }
        interval: 1m`,
    notes: [
      'Without time limits, CORS rules and a cookie for the primary’s clients, as in Flagger.',
    ],
  },
};
