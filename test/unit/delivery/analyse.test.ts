import { expect, test } from 'vitest';
import { judgeHook, judgeMetric, verdictOf } from '../../../src/delivery/analyse.ts';
import { formatGoDuration, parseDuration } from '../../../src/delivery/duration.ts';
import type { MetricAnswer } from '../../../src/delivery/metric-provider/types.ts';
import type { CanaryMetric } from '../../../src/domain/canary.ts';
import type { MeasurementVerdict } from '../../../src/domain/run.ts';

const CONTEXT = {
  provider: 'gatewayapi:v1',
  canary: 'app',
  target: 'app',
  namespace: 'shop',
  now: 0,
};
const rate = (range: CanaryMetric): CanaryMetric => ({ ...range, name: 'request-success-rate' });
const value = (number: number): MetricAnswer => ({ kind: 'value', value: number });

test.each<[CanaryMetric, MetricAnswer, MeasurementVerdict, string | undefined]>([
  [rate({ name: '', thresholdRange: { min: 99 } }), value(99), 'pass', undefined],
  [
    rate({ name: '', thresholdRange: { min: 99 } }),
    value(98),
    'fail',
    'Halt app.shop advancement success rate 98.00% < 99%',
  ],
  [
    rate({ name: '', thresholdRange: { min: 0, max: 50 } }),
    value(51),
    'fail',
    'Halt app.shop advancement success rate 51.00% > 50%',
  ],
  [
    rate({ name: '', threshold: 99 }),
    value(98.5),
    'fail',
    'Halt app.shop advancement success rate 98.50% < 99%',
  ],
  [rate({ name: '' }), value(0), 'pass', undefined],
  [{ name: 'request-duration', thresholdRange: { max: 500 } }, value(500), 'pass', undefined],
  [
    { name: 'request-duration', thresholdRange: { max: 500 } },
    value(1000),
    'fail',
    'Halt app.shop advancement request duration 1s > 500ms',
  ],
  [
    { name: 'request-duration', threshold: 500 },
    value(501),
    'fail',
    'Halt app.shop advancement request duration 501ms > 500ms',
  ],
  [
    { name: 'errors', templateRef: { name: 'errors' }, thresholdRange: { max: 0.5 } },
    value(1),
    'fail',
    'Halt app.shop advancement errors 1.00 > 0.5',
  ],
  [
    { name: 'errors', templateRef: { name: 'errors' } },
    value(1),
    'fail',
    'Halt app.shop advancement errors 1.00 > 0',
  ],
  [
    rate({ name: '', thresholdRange: { min: 99 } }),
    { kind: 'noData', message: 'no values found' },
    'noData',
    'Halt advancement no values found for gatewayapi:v1 metric request-success-rate probably app.shop is not receiving traffic: no values found',
  ],
  [
    { name: 'errors', templateRef: { name: 'errors' } },
    { kind: 'noData', message: 'no values found' },
    'noData',
    'Halt advancement no values found for custom metric: errors: no values found',
  ],
  [
    rate({ name: '' }),
    { kind: 'error', message: 'no answer' },
    'error',
    'Prometheus query failed: no answer',
  ],
])('%j with %j is %s', (metric, answer, verdict, complaint) => {
  const judged = judgeMetric(metric, { kind: 'metric', answer }, CONTEXT);
  expect(judged.measurement.verdict).toBe(verdict);
  expect(judged.complaint).toBe(complaint);
});

test('a hook that did not answer is an error and no failure', () => {
  const verdicts = (['passed', 'refused', 'noAnswer'] as const).map(
    (verdict) =>
      judgeHook('h', { kind: 'hook', verdict, message: '' }, 'refused', 0).measurement.verdict,
  );
  expect(verdicts).toEqual(['pass', 'fail', 'error']);
});

test.each<[MeasurementVerdict[], string]>([
  [[], 'pass'],
  [['pass', 'pass'], 'pass'],
  [['pass', 'noData'], 'unknown'],
  [['error', 'pass'], 'unknown'],
  [['noData', 'fail'], 'fail'],
])('a round of %j is %s', (verdicts, expected) => {
  const judged = verdicts.map((verdict) => ({
    measurement: { name: 'm', kind: 'metric', at: '', verdict } as const,
    complaint: undefined,
  }));
  expect(verdictOf(judged)).toBe(expected);
});

test.each([
  [0, '0s'],
  [500, '500ms'],
  [1000, '1s'],
  [1500, '1.5s'],
  [60_000, '1m0s'],
  [3_661_000, '1h1m1s'],
])('%d ms is %s in Go', (ms, text) => {
  expect(formatGoDuration(ms)).toBe(text);
});

test.each([
  ['90s', 90_000],
  ['1h2m3s', 3_723_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['5', undefined],
])('%s is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
