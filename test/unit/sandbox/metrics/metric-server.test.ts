import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/domain/virtual-clock.ts';
import { quantileOf } from '../../../../src/sandbox/metrics/evaluate-query.ts';
import { createMetricServer } from '../../../../src/sandbox/metrics/metric-server.ts';
import { parseQuery } from '../../../../src/sandbox/metrics/parse-query.ts';
import { SampleStore } from '../../../../src/sandbox/metrics/sample-store.ts';

const pods = 'kubernetes_namespace="shop",kubernetes_pod_name=~"web-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"';
const successRate = `sum( rate( http_request_duration_seconds_count{ ${pods}, status!~"5.*" }[10s] ) )
  / sum( rate( http_request_duration_seconds_count{ ${pods} }[10s] ) ) * 100`;
const duration = `histogram_quantile(0.99, sum(rate(http_request_duration_seconds_bucket{${pods}}[10s])) by (le))`;

function setting() {
  const clock = new VirtualClock();
  const samples = new SampleStore(clock);
  const record = (pod: string, status: number, durationSeconds = 0.001): void => {
    const labels = {
      kubernetes_namespace: 'shop',
      kubernetes_pod_name: pod,
      status: String(status),
      path: 'root',
      method: 'GET',
    };
    samples.record({ labels, durationSeconds });
  };
  const server = createMetricServer(samples, clock);
  const ask = async (query: string) => {
    const answer = await server({
      method: 'GET',
      path: `/api/v1/query?query=${encodeURIComponent(query)}`,
      headers: {},
      signal: new AbortController().signal,
    });
    const body = JSON.parse(answer.body) as {
      data?: { result: { value: [number, string] }[] };
      error?: string;
    };
    return { status: answer.status, value: body.data?.result[0]?.value[1], error: body.error };
  };
  return { clock, record, ask };
}

describe('createMetricServer', () => {
  it('answers the success rate of the canary from its own pods only', async () => {
    const { record, ask } = setting();
    for (let n = 0; n < 95; n += 1) record('web-abc12-xyz89', 200);
    for (let n = 0; n < 5; n += 1) record('web-abc12-xyz89', 500);
    for (let n = 0; n < 50; n += 1) record('web-primary-abc12-xyz89', 500);
    expect(await ask(successRate)).toMatchObject({ status: 200, value: '95' });
    expect(await ask(`100 - ${successRate}`)).toMatchObject({ value: '5' });
  });

  it('looks back over the interval and no further', async () => {
    const { clock, record, ask } = setting();
    record('web-a-b', 500);
    await clock.advance(9000);
    record('web-a-b', 200);
    expect(await ask(successRate)).toMatchObject({ value: '50' });
    await clock.advance(5000);
    expect(await ask(successRate)).toMatchObject({ value: '100' });
    await clock.advance(60_000);
    expect(await ask(successRate)).toMatchObject({ status: 200, value: undefined });
  });

  it('answers the duration by interpolation, in seconds', async () => {
    const { record, ask } = setting();
    for (let n = 0; n < 90; n += 1) record('web-a-b', 200, 0.001);
    for (let n = 0; n < 10; n += 1) record('web-a-b', 200, 0.8);
    const { value } = await ask(duration);
    expect(Number(value)).toBeCloseTo(0.95);
    const before = 'sum by (le) (rate(http_request_duration_seconds_bucket[10s]))';
    expect(await ask(`histogram_quantile(0.99, ${before})`)).toMatchObject({ value });
  });

  it.each([
    ['vector(1)', '1'],
    ['1 + 2 * 3', '7'],
    ['(1 + 2) * 3 / 2', '4.5'],
    ['0 / 0', 'NaN'],
    ['1 / 0', '+Inf'],
    ['sum(increase(http_requests_total{status="200"}[1m]))', '3'],
    ['sum(rate(http_request_duration_seconds_count{status=~"2..|3.."}[3s]))', '1'],
    ['sum(rate(http_request_duration_seconds_count{status!="200"}[1m]))', undefined],
  ])('%s is %s', async (query, value) => {
    const { record, ask } = setting();
    for (let n = 0; n < 3; n += 1) record('web-a-b', 200);
    expect(await ask(query)).toEqual({ status: 200, value, error: undefined });
  });

  it.each([
    'up',
    'sum(rate(istio_requests_total{reporter="destination"}[1m]))',
    'sum(rate(http_request_duration_seconds_count[1m])) by (pod)',
    'max(rate(http_request_duration_seconds_count[1m]))',
    'sum(rate(http_request_duration_seconds_count[1m]',
    'sum(rate(http_request_duration_seconds_count{status=~"("}[1m]))',
    'histogram_quantile(0.9, sum(rate(http_request_duration_seconds_bucket[1m])))',
    'rate(http_request_duration_seconds_count[1m])',
    'sum(rate(http_request_duration_seconds_count{a~"b"}[1m]))',
    '1 ; 2',
    '',
    '('.repeat(500),
  ])('refuses %s and says so', async (query) => {
    const { status, error, value } = await setting().ask(query);
    expect(status).toBe(400);
    expect(value).toBeUndefined();
    expect(error).toContain("the sandbox's metric server answers only");
  });
});

describe('parseQuery', () => {
  it('reads durations of several units', () => {
    expect(parseQuery('sum(rate(http_requests_total[1m30s]))')).toMatchObject({
      intervalMs: 90_000,
    });
    expect(parseQuery('sum(rate(http_requests_total[500ms]))')).toMatchObject({ intervalMs: 500 });
  });
});

describe('quantileOf', () => {
  it.each([
    [0.5, [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10], 0.0025],
    [0.99, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10], 10],
    [0.5, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], NaN],
  ])('%d', (quantile, buckets, expected) => {
    expect(quantileOf(quantile, buckets)).toBe(expected);
  });
});
