import type { KubeObject } from '../../domain/object.ts';
import type { QueryVariables } from '../query-template.ts';

/** A query that comes with Sluice; `scale` turns its answer into the unit of `thresholdRange`. */
export interface BuiltinQuery {
  readonly query: (values: QueryVariables) => string;
  readonly scale: number;
}

export type BuiltinMetric = 'request-success-rate' | 'request-duration';

/**
 * The builtin checks as one data plane's metrics answer them. The texts are Flagger's, white space collapsed: success
 * rate in percent, duration judged in whole milliseconds.
 */
export interface MetricFamily {
  /** What a router's or workload's `metricFamily` says. */
  readonly name: string;
  readonly queries: Readonly<Record<BuiltinMetric, BuiltinQuery>>;
  /** What the template function `route` means, when it is not the Canary's route or target. */
  readonly route?: (target: KubeObject) => string | undefined;
}

/** Whether a metric of this name has a builtin query. */
export function isBuiltin(name: string): name is BuiltinMetric {
  return name === 'request-success-rate' || name === 'request-duration';
}
