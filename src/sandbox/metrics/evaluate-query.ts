import { RE2JS } from 're2js';
import type { Query, Selector } from './query.ts';
import {
  DURATION_BOUNDS,
  type SampleStore,
  type SeriesCount,
  type SeriesLabels,
} from './sample-store.ts';
import { unsupportedQuery } from './tokens.ts';

const COUNTER = 'http_request_duration_seconds_count';
const HISTOGRAM = 'http_request_duration_seconds_bucket';
const REQUESTS = 'http_requests_total';

/**
 * Evaluates a query over what the pods measured.
 * @returns the one value; undefined when no series matches (Prometheus answers an empty vector); NaN as Prometheus
 *   gives it (0/0)
 * @throws SluiceError SLUICE_UNSUPPORTED for a metric that the pods do not have
 */
export function evaluateQuery(query: Query, samples: SampleStore): number | undefined {
  switch (query.type) {
    case 'number':
    case 'vector':
      return query.value;
    case 'sum': {
      const series = seriesOf(query.selector, [COUNTER, REQUESTS], query.intervalMs, samples);
      if (series.length === 0) return undefined;
      const count = series.reduce((sum, one) => sum + one.count, 0);
      return query.function === 'rate' ? (count * 1000) / query.intervalMs : count;
    }
    case 'quantile': {
      const series = seriesOf(query.selector, [HISTOGRAM], query.intervalMs, samples);
      return series.length === 0 ? undefined : quantileOf(query.quantile, mergedBuckets(series));
    }
    case 'binary': {
      const left = evaluateQuery(query.left, samples);
      const right = evaluateQuery(query.right, samples);
      return left === undefined || right === undefined
        ? undefined
        : calculate(query.operator, left, right);
    }
  }
}

/**
 * Prometheus' `histogram_quantile`: linear interpolation inside the bucket; the highest finite bound when the quantile
 * lies beyond it.
 * @param buckets cumulative counts by {@link DURATION_BOUNDS}, then +Inf
 */
export function quantileOf(quantile: number, buckets: readonly number[]): number {
  const total = buckets.at(-1) ?? 0;
  if (total === 0) return NaN;
  if (quantile < 0) return -Infinity;
  if (quantile > 1) return Infinity;
  const rank = quantile * total;
  const index = buckets.findIndex((count) => count >= rank);
  const highest = DURATION_BOUNDS.at(-1) ?? NaN;
  const upper = DURATION_BOUNDS[index];
  if (upper === undefined) return highest;
  const lower = DURATION_BOUNDS[index - 1] ?? 0;
  const below = buckets[index - 1] ?? 0;
  const inside = (buckets[index] ?? 0) - below;
  return inside === 0 ? upper : lower + ((upper - lower) * (rank - below)) / inside;
}

function seriesOf(
  selector: Selector,
  metrics: readonly string[],
  intervalMs: number,
  samples: SampleStore,
): SeriesCount[] {
  if (!metrics.includes(selector.metric)) {
    throw unsupportedQuery(`no metric ${selector.metric} here, only ${metrics.join(', ')}`);
  }
  const tests = selector.matchers.map(({ label, operator, value }) => {
    const isEqual = testOf(operator, value);
    return (labels: SeriesLabels): boolean => isEqual(labels[label] ?? '');
  });
  return samples.counts(intervalMs, (labels) => tests.every((test) => test(labels)));
}

function testOf(
  operator: Selector['matchers'][number]['operator'],
  value: string,
): (actual: string) => boolean {
  switch (operator) {
    case '=':
      return (actual) => actual === value;
    case '!=':
      return (actual) => actual !== value;
    case '=~':
    case '!~': {
      const pattern = compile(value);
      return (actual) => pattern.matches(actual) === (operator === '=~');
    }
  }
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch {
    throw unsupportedQuery('a regular expression is not valid');
  }
}

function mergedBuckets(series: readonly SeriesCount[]): number[] {
  return [...DURATION_BOUNDS, Infinity].map((_bound, index) =>
    series.reduce((sum, one) => sum + (one.buckets[index] ?? 0), 0),
  );
}

function calculate(operator: '+' | '-' | '*' | '/', left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
  }
}
