import { expect, test } from 'vitest';
import { METRIC_FAMILIES } from '../../../src/delivery/metric-family/index.ts';
import { metricFamilyOf } from '../../../src/delivery/plugins.ts';
import { ROUTERS } from '../../../src/delivery/router/index.ts';
import type { Router } from '../../../src/delivery/router/types.ts';
import type { KubeObject } from '../../../src/domain/object.ts';

const VALUES = {
  name: 'podinfo',
  namespace: 'shop',
  target: 'podinfo',
  service: 'podinfo',
  ingress: 'web',
  route: 'podinfo-00002',
  interval: '1m',
  variables: {},
};
const PODS =
  'kubernetes_namespace="shop", kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"';
const MESH =
  'reporter="destination", destination_workload_namespace="shop", destination_workload=~"podinfo"';
const INGRESS = 'namespace="shop", ingress="web", canary!=""';
const CLUSTER = 'envoy_cluster_name=~"shop/podinfo-00002",';

/** What Flagger 1.44 sent in recorded runs, and by what it multiplies the answer of the duration. */
test.each([
  [
    'pods',
    `sum( rate( http_request_duration_seconds_count{ ${PODS}, status!~"5.*" }[1m] ) ) / sum( rate( http_request_duration_seconds_count{ ${PODS} }[1m] ) ) * 100`,
    `histogram_quantile( 0.99, sum( rate( http_request_duration_seconds_bucket{ ${PODS} }[1m] ) ) by (le) )`,
    1000,
  ],
  [
    'istio',
    `sum( rate( istio_requests_total{ ${MESH}, response_code!~"5.*" }[1m] ) ) / sum( rate( istio_requests_total{ ${MESH} }[1m] ) ) * 100`,
    `histogram_quantile( 0.99, sum( rate( istio_request_duration_milliseconds_bucket{ ${MESH} }[1m] ) ) by (le) )`,
    1,
  ],
  [
    'nginx',
    `sum( rate( nginx_ingress_controller_requests{ ${INGRESS}, status!~"5.*" }[1m] ) ) / sum( rate( nginx_ingress_controller_requests{ ${INGRESS} }[1m] ) ) * 100`,
    `sum( rate( nginx_ingress_controller_response_duration_seconds_sum{ ${INGRESS} }[1m] ) ) / sum( rate( nginx_ingress_controller_response_duration_seconds_count{ ${INGRESS} }[1m] ) ) * 1000`,
    1,
  ],
  [
    'knative',
    `sum( rate( envoy_cluster_upstream_rq{ ${CLUSTER} envoy_response_code!~"5.*" }[1m] ) ) / sum( rate( envoy_cluster_upstream_rq{ ${CLUSTER} }[1m] ) ) * 100`,
    `histogram_quantile( 0.99, sum( rate( envoy_cluster_upstream_rq_time_bucket{ ${CLUSTER} }[1m] ) ) by (le) )`,
    1,
  ],
])('the queries of %s are Flagger’s', (name, success, duration, scale) => {
  const { queries } = metricFamilyOf(name);
  expect(queries['request-success-rate'].query(VALUES)).toBe(success);
  expect(queries['request-success-rate'].scale).toBe(1);
  expect(queries['request-duration'].query(VALUES)).toBe(duration);
  expect(queries['request-duration'].scale).toBe(scale);
});

test('every router names a family that is there', () => {
  const routers: readonly Router[] = ROUTERS;
  const known = METRIC_FAMILIES.map(({ name }): string => name);
  for (const { metricFamily } of routers) expect(known).toContain(metricFamily);
});

test('the route of a Knative Service is its newest revision', () => {
  const target = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'podinfo' },
    status: { latestCreatedRevisionName: 'podinfo-00003' },
  } as KubeObject;
  expect(metricFamilyOf('knative').route?.(target)).toBe('podinfo-00003');
  expect(metricFamilyOf('pods').route).toBeUndefined();
});
