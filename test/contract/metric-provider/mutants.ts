import type { MetricProvider } from '../../../src/delivery/metric-provider/types.ts';
import { altered, type Contract } from '../frame/contract.ts';
import type { MetricProviderFixture } from './fixture.ts';

/** A metric provider with each mistake. */
export const METRIC_PROVIDER_MUTANTS: Contract<MetricProvider, MetricProviderFixture>['mutants'] = {
  'does nothing': (provider) =>
    altered(provider, {
      query: () => Promise.resolve({ kind: 'noData', message: 'no values found' }),
    }),
  'swaps weights': () => ({ because: 'it sees no weights' }),
  'drops foreign fields': (provider, { server, ignoresHeaders }) => {
    if (server === undefined) return { because: 'it sends nothing that anybody else wrote' };
    if (ignoresHeaders !== undefined) return { because: ignoresHeaders };
    return altered(provider, {
      query: (source, query, context) => provider.query({ ...source, headers: {} }, query, context),
    });
  },
  'always passes': (provider) =>
    altered(provider, {
      query: async (source, query, context) => {
        const answer = await provider.query(source, query, context);
        return answer.kind === 'value' ? answer : { kind: 'value', value: 100 };
      },
    }),
  'leaks a secret': (provider, { source: { secret } }) => {
    if (Object.keys(secret).length === 0) return { because: 'it reads no Secret' };
    return altered(provider, {
      query: async (source, query, context) => {
        const answer = await provider.query(source, query, context);
        if (answer.kind === 'value') return answer;
        return { ...answer, message: `${answer.message} (${Object.values(source.secret).join()})` };
      },
    });
  },
};
