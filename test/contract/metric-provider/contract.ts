import { expect } from 'vitest';
import { METRIC_PROVIDERS } from '../../../src/delivery/metric-provider/index.ts';
import type { MetricProvider } from '../../../src/delivery/metric-provider/types.ts';
import type { Contract, ContractCase } from '../frame/contract.ts';
import {
  asked,
  TIMEOUT_MS,
  UNKNOWN_REQUEST,
  type Asked,
  type Asking,
  type MetricProviderFixture,
  type MetricServer,
  type ServerAnswer,
} from './fixture.ts';
import { METRIC_PROVIDER_MUTANTS } from './mutants.ts';

type Case = ContractCase<MetricProvider, MetricProviderFixture>;

/** What a server must not be able to say through a message. */
const FOREIGN_TEXT = 'text-of-who-knows-whom';

const BAD_ANSWERS: readonly (readonly [
  string,
  ServerAnswer | ((good: ServerAnswer) => ServerAnswer),
])[] = [
  ['no answer', 'none'],
  ['an error status', { status: 500, body: FOREIGN_TEXT }],
  ['a refusal', { status: 403, body: JSON.stringify({ note: FOREIGN_TEXT }) }],
  ['a page instead of data', { body: `<html>${FOREIGN_TEXT}</html>` }],
  ['JSON of another shape', { body: JSON.stringify({ data: 1, [FOREIGN_TEXT]: FOREIGN_TEXT }) }],
  ['half a document', { body: '{"a":' }],
  ['an answer that was cut off', (good) => (good === 'none' ? good : { ...good, truncated: true })],
];

const hasServer = (_provider: MetricProvider, { server }: MetricProviderFixture): boolean =>
  server !== undefined;

/** The fixture's world in which the query has this value. */
function told(
  provider: MetricProvider,
  fixture: MetricProviderFixture,
  value: number | undefined,
  asking: Asking = {},
): Promise<Asked> {
  const server = fixture.server?.(value) ?? ((): ServerAnswer => UNKNOWN_REQUEST);
  return asked(provider, fixture, server, { context: fixture.context?.(value) ?? {}, ...asking });
}

/** A server that answers one request of many otherwise. */
function spoilt(
  server: MetricServer,
  place: number,
  bad: ServerAnswer | ((good: ServerAnswer) => ServerAnswer),
): MetricServer {
  let count = 0;
  return (request) => {
    const good = server(request);
    if (count++ !== place) return good;
    return typeof bad === 'function' ? bad(good) : bad;
  };
}

const ANSWERS: readonly Case[] = [
  ...[98.5, 0, -3, 1e9].map((value) => ({
    name: `${value} is ${value}`,
    run: async (provider: MetricProvider, fixture: MetricProviderFixture) => {
      expect((await told(provider, fixture, value)).answer).toEqual({ kind: 'value', value });
    },
  })),
  {
    name: 'what has no value is no data, and says so in a line',
    run: async (provider, fixture) => {
      const { answer } = await told(provider, fixture, undefined);
      expect(answer.kind).toBe('noData');
      expect(JSON.stringify(answer)).toMatch(/"message":"[^\n]{3,500}"/);
    },
  },
  {
    name: 'a server that answers is there',
    run: async (provider, fixture) => {
      const { answer } = await told(provider, fixture, 1, { probe: true });
      expect(answer.kind).not.toBe('error');
    },
  },
];

const FAILURES: readonly Case[] = BAD_ANSWERS.map(([name, bad]) => ({
  name: `${name} is an error, whichever request gets it, and its text is not repeated`,
  appliesTo: hasServer,
  run: async (provider, fixture) => {
    for (const probe of [false, true]) {
      const good = await told(provider, fixture, 1, { probe });
      for (const place of good.requests.keys()) {
        const server = spoilt(fixture.server?.(1) ?? (() => UNKNOWN_REQUEST), place, bad);
        const context = fixture.context?.(1) ?? {};
        const { answer } = await asked(provider, fixture, server, { probe, context });
        expect(answer.kind, `request ${place + 1}`).toBe('error');
        expect(JSON.stringify(answer)).not.toContain(FOREIGN_TEXT);
      }
    }
  },
}));

const REQUESTS: readonly Case[] = [
  {
    name: 'the time-out is passed on, and every answer has an end',
    appliesTo: hasServer,
    run: async (provider, fixture) => {
      const { requests } = await told(provider, fixture, 1);
      expect(requests[0]?.timeoutMs).toBe(TIMEOUT_MS);
      for (const { timeoutMs, maxBytes } of requests) {
        expect(timeoutMs).toBeGreaterThan(0);
        expect(timeoutMs).toBeLessThanOrEqual(TIMEOUT_MS);
        expect(maxBytes).toBeLessThanOrEqual(16 << 20);
      }
    },
  },
  {
    name: 'headers of the template reach the server',
    appliesTo: (_provider, { server, ignoresHeaders }) =>
      server !== undefined && ignoresHeaders === undefined,
    run: async (provider, fixture) => {
      const source = { ...fixture.source, headers: { 'x-scope': 'team' } };
      const { answer, requests } = await told(provider, fixture, 1, { source });
      expect(answer.kind).toBe('value');
      expect(requests.at(-1)?.headers).toMatchObject({ 'x-scope': 'team' });
    },
  },
  {
    name: 'what its Secret says is in no URL and in no answer, also when the server repeats it',
    run: async (provider, fixture) => {
      const secrets = Object.values(fixture.source.secret);
      for (const value of secrets) expect(value.length).toBeGreaterThanOrEqual(12);
      const echo: MetricServer = ({ headers, body }) => ({
        status: 401,
        body: JSON.stringify({ headers, body, secrets }),
      });
      const refused = await asked(provider, fixture, echo, {
        context: fixture.context?.(undefined) ?? {},
      });
      const gone = await asked(provider, fixture, () => 'none', {
        context: fixture.context?.(undefined) ?? {},
      });
      const fine = await told(provider, fixture, undefined);
      for (const { answer, requests } of [refused, gone, fine]) {
        const said = JSON.stringify([answer, requests.map(({ url }) => url)]);
        for (const value of secrets) expect(said).not.toContain(value);
      }
    },
  },
  {
    name: 'it never rejects',
    run: async (provider, fixture) => {
      const thrown = await asked(provider, fixture, () => {
        throw new TypeError('a mistake');
      });
      expect(['error', 'noData']).toContain(thrown.answer.kind);
    },
  },
];

/** What every metric provider must keep. */
export const metricProviderContract: Contract<MetricProvider, MetricProviderFixture> = {
  of: 'metric-provider',
  exported: 'metricProvider',
  index: METRIC_PROVIDERS,
  cases: [...ANSWERS, ...FAILURES, ...REQUESTS],
  mutants: METRIC_PROVIDER_MUTANTS,
};
