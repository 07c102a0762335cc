import type { MetricFamily } from './router/types.ts';
import type { QueryVariables } from './query-template.ts';

/** A query that comes with Sluice; `scale` turns its answer into the unit of `thresholdRange`. */
export interface BuiltinQuery {
  readonly query: (values: QueryVariables) => string;
  readonly scale: number;
}

const POD_NAME = (values: QueryVariables): string =>
  `kubernetes_namespace="${values.namespace}", kubernetes_pod_name=~"${values.target}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"`;

/**
 * Builtin checks by router family. The texts are Flagger's (pkg/metrics/observers, kubernetes), white space collapsed:
 * success rate in percent; duration is the 99th percentile, measured in seconds and judged in milliseconds.
 */
export const BUILTIN_QUERIES: Readonly<
  Record<MetricFamily, Readonly<Record<BuiltinMetric, BuiltinQuery>>>
> = {
  pods: {
    'request-success-rate': {
      scale: 1,
      query: (values) =>
        `sum( rate( http_request_duration_seconds_count{ ${POD_NAME(values)}, status!~"5.*" }[${values.interval}] ) ) ` +
        `/ sum( rate( http_request_duration_seconds_count{ ${POD_NAME(values)} }[${values.interval}] ) ) * 100`,
    },
    'request-duration': {
      scale: 1000,
      query: (values) =>
        `histogram_quantile( 0.99, sum( rate( http_request_duration_seconds_bucket{ ${POD_NAME(values)} }` +
        `[${values.interval}] ) ) by (le) )`,
    },
  },
};

export type BuiltinMetric = 'request-success-rate' | 'request-duration';

/** Whether a metric of this name has a builtin query. */
export function isBuiltin(name: string): name is BuiltinMetric {
  return name === 'request-success-rate' || name === 'request-duration';
}
