import { describe, expect, it, test } from 'vitest';
import { canaryNotes } from '../../../src/admission/protect-canary-notes.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { parseLosslessJson, stringifyLosslessJson } from '../../../src/lib/lossless-json.ts';
import { GOLDEN_FOLDER, goldenNames, readGolden } from '../../support/golden-scenario.ts';

const METRIC = { name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } };

function canaryOf(
  analysis: Record<string, unknown> = {},
  spec: Record<string, unknown> = {},
  annotations: Record<string, string> = {},
): Json {
  const canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: {
      provider: 'istio',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      service: { port: 80 },
      analysis: { interval: '1m', threshold: 5, stepWeight: 10, metrics: [METRIC], ...analysis },
      ...spec,
    },
  };
  return parseLosslessJson(JSON.stringify(canary));
}

describe('what can never work is refused', () => {
  it.each<readonly [refused: string, canary: Json]>([
    ['spec.analysis.stepWeight is 1.5', canaryOf({ stepWeight: 1.5 })],
    ['spec.progressDeadlineSeconds is 0.5', canaryOf({}, { progressDeadlineSeconds: 0.5 })],
    ['spec.service.port is 80.5', canaryOf({}, { service: { port: 80.5 } })],
    [
      'different names in cookieName and primaryCookieName',
      canaryOf({ sessionAffinity: { cookieName: 'c', primaryCookieName: 'c' } }),
    ],
    ['must be a duration', canaryOf({}, {}, { 'sluice.dev/gate-timeout': '2 days' })],
    ['spec.service: is needed', canaryOf({}, { service: undefined })],
    ['longer than 63 characters', canaryOf({}, { service: { port: 80, name: 'a'.repeat(56) } })],
  ])('%s', (refused, canary) => {
    expect(canaryNotes(canary, 'istio').refused).toEqual([expect.stringContaining(refused)]);
  });
});

describe('what acts otherwise than it reads is told', () => {
  it.each<readonly [told: string, canary: Json]>([
    ['provider linkerd is not known; known: ', canaryOf({}, { provider: 'linkerd' })],
    [
      'provider nginx cannot mirror traffic (analysis.mirror); the Canary waits',
      canaryOf({ mirror: true }, { provider: 'nginx' }),
    ],
    [
      'provider gatewayapi:v1 mirrors traffic only while it iterates',
      canaryOf({ mirror: true }, { provider: 'gatewayapi:v1' }),
    ],
    [
      'analysis.sessionAffinity and analysis.match exclude each other',
      canaryOf({ sessionAffinity: { cookieName: 'c' }, match: [{}] }),
    ],
    ['so nothing would advance; the Canary waits', canaryOf({ stepWeight: 0 })],
    [
      'Progressive traffic is not supported when using the kubernetes provider',
      canaryOf({}, { provider: 'kubernetes' }),
    ],
    [
      'spec.analysis.mirror: has no effect, the provider moves no traffic',
      canaryOf({ mirror: true, iterations: 2 }, { provider: 'kubernetes' }),
    ],
    [
      'spec.analysis.mirror: has no effect, what matches goes to the canary as a whole',
      canaryOf({ mirror: true, iterations: 2, match: [{}] }),
    ],
    [
      'spec.analysis.maxWeight: has no effect, the analysis iterates',
      canaryOf({ iterations: 2, maxWeight: 50 }),
    ],
    ['the first step goes beyond maxWeight', canaryOf({ stepWeight: 50, maxWeight: 20 })],
    ['spec.analysis.interval: is raised to 10s', canaryOf({ interval: '5s' })],
    [
      'metrics[0]: errors is not builtin and has neither query nor templateRef',
      canaryOf({ metrics: [{ ...METRIC, name: 'errors' }] }),
    ],
    [
      'metrics[0]: has no thresholdRange, so its threshold is 0',
      canaryOf({ metrics: [{ name: 'request-success-rate' }] }),
    ],
    [
      'metrics[0].interval: is empty',
      canaryOf({
        metrics: [{ name: 'm', templateRef: { name: 't' }, thresholdRange: { max: 1 } }],
      }),
    ],
    ['webhooks[0].url: is no address', canaryOf({ webhooks: [{ name: 'h', url: 'nowhere' }] })],
    [
      'rollout hooks may take longer than the interval',
      canaryOf({ webhooks: [{ name: 'h', url: 'http://h', timeout: '40s', retries: 1 }] }),
    ],
    [
      'alerts[0].severity: is empty and means info',
      canaryOf({ alerts: [{ name: 'a', providerRef: { name: 'p' } }] }),
    ],
  ])('%s', (told, canary) => {
    const { refused, warnings } = canaryNotes(canary, 'istio');
    expect(refused).toEqual([]);
    expect(warnings).toContainEqual(expect.stringContaining(told));
  });

  it('nothing is said about a plain Canary', () => {
    expect(canaryNotes(canaryOf(), 'istio')).toEqual({ refused: [], warnings: [] });
  });

  it('a Canary without a provider has the configured one', () => {
    const canary = canaryOf({ mirror: true }, { provider: undefined });
    expect(canaryNotes(canary, 'istio').warnings).toEqual([]);
    expect(canaryNotes(canary, 'nginx').warnings).toHaveLength(1);
  });

  it.each([
    null,
    [],
    'text',
    {},
    { spec: { targetRef: 1 } },
    { spec: { targetRef: { name: 'x' } } },
  ])('what is no Canary has no notes: %j', (value) => {
    expect(() => canaryNotes(value as Json, 'istio')).not.toThrow();
  });
});

const recorded = goldenNames();

test('the recorded scenarios are there', () => {
  if (recorded.length > 0) return;
  const message = `no recorded runs in ${GOLDEN_FOLDER}; set SLUICE_SHARED`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  process.stderr.write(`${message}: their Canaries are not checked\n`);
});

test.each(recorded)('the Canary of %s, which Flagger takes, is not refused', (name) => {
  for (const { apply = [] } of readGolden(name, 'shop').steps) {
    for (const object of apply.filter(({ kind }) => kind === 'Canary')) {
      const json = parseLosslessJson(stringifyLosslessJson(object as unknown as Json));
      expect(canaryNotes(json, 'istio').refused).toEqual([]);
    }
  }
});
