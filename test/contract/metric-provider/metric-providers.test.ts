import { expect, test } from 'vitest';
import { METRIC_PROVIDERS } from '../../../src/delivery/metric-provider/index.ts';
import type { MetricProvider } from '../../../src/delivery/metric-provider/types.ts';
import { describeContract } from '../frame/describe-contract.ts';
import { metricProviderContract } from './contract.ts';

test('no type means two metric providers', () => {
  const providers: readonly MetricProvider[] = METRIC_PROVIDERS;
  const types = providers.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
});

await describeContract(metricProviderContract);
