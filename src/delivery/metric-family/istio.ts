import type { QueryVariables } from '../query-template.ts';
import type { MetricFamily } from './types.ts';

/** What the sidecars of the target's pods report as destination. Milliseconds. */
export const metricFamily: MetricFamily = {
  name: 'istio',
  queries: {
    'request-success-rate': {
      scale: 1,
      query: (values) =>
        `sum( rate( istio_requests_total{ ${workloadOf(values)}, response_code!~"5.*" }[${values.interval}] ) ) ` +
        `/ sum( rate( istio_requests_total{ ${workloadOf(values)} }[${values.interval}] ) ) * 100`,
    },
    'request-duration': {
      scale: 1,
      query: (values) =>
        `histogram_quantile( 0.99, sum( rate( istio_request_duration_milliseconds_bucket{ ${workloadOf(values)} }` +
        `[${values.interval}] ) ) by (le) )`,
    },
  },
};

function workloadOf({ namespace, target }: QueryVariables): string {
  return `reporter="destination", destination_workload_namespace="${namespace}", destination_workload=~"${target}"`;
}
