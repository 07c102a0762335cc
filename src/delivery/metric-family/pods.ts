import type { QueryVariables } from '../query-template.ts';
import type { MetricFamily } from './types.ts';

/** What the application itself reports, by pod: for routers whose data plane has no metrics of its own. Seconds. */
export const metricFamily: MetricFamily = {
  name: 'pods',
  queries: {
    'request-success-rate': {
      scale: 1,
      query: (values) =>
        `sum( rate( http_request_duration_seconds_count{ ${podsOf(values)}, status!~"5.*" }[${values.interval}] ) ) ` +
        `/ sum( rate( http_request_duration_seconds_count{ ${podsOf(values)} }[${values.interval}] ) ) * 100`,
    },
    'request-duration': {
      scale: 1000,
      query: (values) =>
        `histogram_quantile( 0.99, sum( rate( http_request_duration_seconds_bucket{ ${podsOf(values)} }` +
        `[${values.interval}] ) ) by (le) )`,
    },
  },
};

function podsOf({ namespace, target }: QueryVariables): string {
  return `kubernetes_namespace="${namespace}", kubernetes_pod_name=~"${target}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"`;
}
