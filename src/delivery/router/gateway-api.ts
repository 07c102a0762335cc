import { RESOURCES } from '../../domain/resources.ts';
import { httpRouteRouter } from '../http-route-router.ts';
import type { Router } from './types.ts';

/** Gateway API v1: one HTTPRoute with the apex's name. */
export const router: Router = {
  ...httpRouteRouter({
    provider: 'gatewayapi:v1',
    routes: RESOURCES.httpRoutes,
    gateways: RESOURCES.gateways,
    timeouts: true,
    cors: true,
    primaryCookie: true,
  }),
  docs: {
    summary:
      'Gateway API v1: an HTTPRoute with the name of the apex Service, with both Services as its backends.',
    prerequisites: [
      'The definitions of Gateway API, v1.',
      'A Gateway that is programmed and lets routes of the Canary’s namespace attach; `service.gatewayRefs` names it.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: shop }
spec:
  provider: gatewayapi:v1
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
      'What the GatewayClass does not list among its features is the condition `RouteUnsupported`: [Gateway API](reference/gateway-api.md).',
      'The builtin checks ask for metrics that the pods themselves serve, since gateways have none in common; a MetricTemplate asks for those of one gateway.',
    ],
  },
};
