import { describe, expect, test } from 'vitest';
import { METRIC_PROVIDERS } from '../../../src/delivery/metric-provider/index.ts';
import type {
  MetricAnswer,
  MetricProvider,
  MetricSource,
} from '../../../src/delivery/metric-provider/types.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import type { OutboundRequest, OutboundResponse } from '../../../src/domain/transport.ts';

const SOURCE: MetricSource = {
  address: 'http://prometheus.example:9090/base/',
  headers: {},
  secret: {},
  insecureSkipVerify: false,
};
type Answer = Partial<OutboundResponse> | 'none';

async function queried(
  provider: MetricProvider,
  answer: Answer,
  options: { source?: MetricSource; query?: string; probe?: boolean } = {},
): Promise<{ answer: MetricAnswer; request: OutboundRequest | undefined }> {
  let request: OutboundRequest | undefined;
  const outbound = (sent: OutboundRequest): Promise<OutboundResponse> => {
    request = sent;
    if (answer === 'none')
      return Promise.reject(new SluiceError('SLUICE_PROVIDER', 'connection refused'));
    return Promise.resolve({ status: 200, headers: {}, body: '', truncated: false, ...answer });
  };
  const context = { outbound, timeoutMs: 5000, signal: new AbortController().signal };
  const source = options.source ?? SOURCE;
  const got =
    options.probe === true
      ? await provider.probe(source, context)
      : await provider.query(source, options.query ?? 'up', context);
  return { answer: got, request };
}

const vector = (...values: string[]): Answer => ({
  body: JSON.stringify({
    status: 'success',
    data: {
      resultType: 'vector',
      result: values.map((value) => ({ metric: {}, value: [1, value] })),
    },
  }),
});

const providers: readonly MetricProvider[] = METRIC_PROVIDERS;

describe.each(providers)('metric provider $type', (provider) => {
  test.each<[string, Answer]>([
    ['no answer', 'none'],
    ['an error status', { status: 500, body: 'secret' }],
    ['a body that is not JSON', { body: '<html>' }],
    ['JSON of another shape', { body: '{"data":1}' }],
    ['an answer that was cut off', { ...(vector('1') as object), truncated: true }],
  ])('%s is an error and never a value, and its text is not repeated', async (_name, given) => {
    for (const probe of [false, true]) {
      const { answer } = await queried(provider, given, { probe });
      expect(answer.kind).toBe('error');
      expect(JSON.stringify(answer)).not.toContain('secret');
    }
  });

  test('the time-out is passed on', async () => {
    const { request } = await queried(provider, 'none');
    expect(request?.timeoutMs).toBe(5000);
  });
});

describe('prometheus', () => {
  const provider = providers.find(({ type }) => type === 'prometheus');
  if (provider === undefined) throw new Error('no provider');

  test('sends an instant query with white space collapsed, below the address’ own path', async () => {
    const { request } = await queried(provider, vector('1'), { query: ' sum(\n  up  ) ' });
    expect(request).toMatchObject({
      method: 'GET',
      url: 'http://prometheus.example:9090/base/api/v1/query?query=sum(%20up%20)',
    });
  });

  test.each<[string, Answer, MetricAnswer]>([
    ['a value', vector('98.5'), { kind: 'value', value: 98.5 }],
    ['the last of several series', vector('1', '2'), { kind: 'value', value: 2 }],
    [
      'a scalar',
      { body: '{"data":{"resultType":"scalar","result":[1,"3"]}}' },
      { kind: 'value', value: 3 },
    ],
    ['no series', vector(), { kind: 'noData', message: 'no values found' }],
    ['NaN', vector('NaN'), { kind: 'noData', message: 'no values found' }],
    ['an infinite value', vector('+Inf'), { kind: 'noData', message: 'the value is infinite' }],
    [
      'a range',
      { body: '{"data":{"result":[{"values":[[1,"2"]]}]}}' },
      {
        kind: 'error',
        message: 'the query returns a range, one value is needed',
      },
    ],
    [
      'a value that is no text',
      { body: '{"data":{"result":[{"value":[1,2]}]}}' },
      { kind: 'error', message: 'the answer has no value' },
    ],
  ])('reads %s', async (_name, given, expected) => {
    expect((await queried(provider, given)).answer).toEqual(expected);
  });

  test.each<[string, Record<string, string>, string | undefined]>([
    ['a token', { token: 't' }, 'Bearer t'],
    ['a user', { username: 'u', password: 'p' }, 'Basic dTpw'],
    ['half a user', { username: 'u' }, undefined],
    ['nothing', {}, undefined],
  ])('authenticates with %s', async (_name, secret, expected) => {
    const source = { ...SOURCE, secret, headers: { 'x-scope': 'team' } };
    const { request } = await queried(provider, vector('1'), { source });
    expect(request?.headers).toEqual({
      'x-scope': 'team',
      ...(expected === undefined ? {} : { authorization: expected }),
    });
  });

  test('is there when vector(1) is 1', async () => {
    expect((await queried(provider, vector('1'), { probe: true })).answer).toEqual({
      kind: 'value',
      value: 1,
    });
    expect((await queried(provider, vector('2'), { probe: true })).answer.kind).toBe('error');
  });
});
