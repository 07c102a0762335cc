import type { QueryVariables } from '../query-template.ts';
import type { MetricFamily } from './types.ts';

/** What the ingress controller reports of the canary Ingress; the duration is a mean, which it makes milliseconds itself. */
export const metricFamily: MetricFamily = {
  name: 'nginx',
  queries: {
    'request-success-rate': {
      scale: 1,
      query: (values) =>
        `sum( rate( nginx_ingress_controller_requests{ ${canaryOf(values)}, status!~"5.*" }[${values.interval}] ) ) ` +
        `/ sum( rate( nginx_ingress_controller_requests{ ${canaryOf(values)} }[${values.interval}] ) ) * 100`,
    },
    'request-duration': {
      scale: 1,
      query: (values) =>
        `sum( rate( nginx_ingress_controller_response_duration_seconds_sum{ ${canaryOf(values)} }[${values.interval}] ) ) ` +
        `/ sum( rate( nginx_ingress_controller_response_duration_seconds_count{ ${canaryOf(values)} }[${values.interval}] ) ) * 1000`,
    },
  },
};

function canaryOf({ namespace, ingress }: QueryVariables): string {
  return `namespace="${namespace}", ingress="${ingress}", canary!=""`;
}
