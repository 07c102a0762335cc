import type { KubeObject } from '../../domain/object.ts';
import type { QueryVariables } from '../query-template.ts';
import type { MetricFamily } from './types.ts';

/** What Envoy reports of the cluster named after the newest revision. Milliseconds. */
export const metricFamily: MetricFamily = {
  name: 'knative',
  queries: {
    'request-success-rate': {
      scale: 1,
      query: (values) =>
        `sum( rate( envoy_cluster_upstream_rq{ ${clusterOf(values)}, envoy_response_code!~"5.*" }[${values.interval}] ) ) ` +
        `/ sum( rate( envoy_cluster_upstream_rq{ ${clusterOf(values)}, }[${values.interval}] ) ) * 100`,
    },
    'request-duration': {
      scale: 1,
      query: (values) =>
        `histogram_quantile( 0.99, sum( rate( envoy_cluster_upstream_rq_time_bucket{ ${clusterOf(values)}, }` +
        `[${values.interval}] ) ) by (le) )`,
    },
  },
  route: newestRevision,
};

function clusterOf({ namespace, route }: QueryVariables): string {
  return `envoy_cluster_name=~"${namespace}/${route}"`;
}

function newestRevision(target: KubeObject): string | undefined {
  const { status } = target as KubeObject & { status?: { latestCreatedRevisionName?: string } };
  return status?.latestCreatedRevisionName;
}
