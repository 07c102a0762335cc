/** One decision with fifty matching policies on a Canary of 8 kB, in this process, on one core. */
import type { Facts } from '../../src/domain/decision.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../src/domain/policy.ts';
import { parseLosslessJson, type Json } from '../../src/lib/lossless-json.ts';
import { decide } from '../../src/policy/decide.ts';
import { createSnapshot } from '../../src/policy/snapshot.ts';
import type { Figure } from './page.ts';

const POLICIES = 50;
const OBJECTS = 64;
const WARM_UP = 5000;
const DECISIONS = 20_000;
const MAX_MEDIAN_US = 300;
const BODY_BYTES = 8192;

const ANALYSIS = 'object.spec.analysis';

/** Rules about a Canary, each of which reads it; every fourth Canary breaks the first. */
const RULES: readonly [expression: string, message: string][] = [
  [`${ANALYSIS}.threshold >= 1 && ${ANALYSIS}.threshold <= 10`, 'the threshold rolls back'],
  [`!has(object.spec.skipAnalysis) || !object.spec.skipAnalysis`, 'nothing is skipped'],
  [`${ANALYSIS}.metrics.size() > 0`, 'something is measured'],
  [
    `${ANALYSIS}.metrics.all(m, has(m.thresholdRange.min) || has(m.thresholdRange.max))`,
    'every metric has a bound',
  ],
  [`duration(${ANALYSIS}.interval) >= duration('15s')`, 'the interval is not too short'],
  [`${ANALYSIS}.stepWeight <= 20`, 'steps are small'],
  [`${ANALYSIS}.maxWeight <= 60`, 'the canary stays smaller than the primary'],
  [
    `${ANALYSIS}.webhooks.all(w, w.url.startsWith('https://'))`,
    'hooks are called over an encrypted connection',
  ],
  [
    `${ANALYSIS}.webhooks.exists(w, has(w.type) && w.type == 'confirm-promotion')`,
    'the promotion is confirmed',
  ],
  [`object.metadata.labels['team'].matches('^[a-z][a-z0-9-]*$')`, 'a team owns it'],
];

/** Measures every decision by itself; the median is what a review waits for. */
export function bench(): Promise<Figure[]> {
  const snapshot = createSnapshot(fiftyPolicies());
  const bodies = Array.from({ length: OBJECTS }, (_, index) => canaryText(index));
  const run = (index: number): number => {
    // Another object each time, converted anew, as each review brings its own.
    const facts = factsOf(parseLosslessJson(bodies[index % OBJECTS] ?? ''));
    const startedAt = performance.now();
    const { verdict, violations } = decide(snapshot, facts);
    const took = performance.now() - startedAt;
    const isBroken = (index % OBJECTS) % 4 === 0;
    const isRight = verdict === (isBroken ? 'deny' : 'allow');
    if (!isRight || violations.length !== (isBroken ? POLICIES / RULES.length : 0)) {
      throw new Error(`a wrong decision: ${verdict}, ${violations.length} violations`);
    }
    return took * 1000;
  };
  for (let index = 0; index < WARM_UP; index++) run(index);
  const times = Float64Array.from({ length: DECISIONS }, (_, index) => run(index)).sort();
  const median = times[DECISIONS / 2] ?? Infinity;
  const name = `one decision, ${POLICIES} policies, a Canary of 8 kB (median)`;
  return Promise.resolve([
    {
      name,
      value: median,
      unit: 'µs',
      target: `< ${MAX_MEDIAN_US}`,
      ok: median < MAX_MEDIAN_US,
    },
    {
      name: 'the same, 99th percentile',
      value: times[DECISIONS * 0.99] ?? 0,
      unit: 'µs',
      target: '–',
      ok: true,
    },
  ]);
}

function fiftyPolicies() {
  const names = Array.from(
    { length: POLICIES },
    (_, index) => `p${String(index).padStart(2, '0')}`,
  );
  const policies = names.map((name, index): RolloutPolicy => {
    const [expression = '', message = ''] = RULES[index % RULES.length] ?? [];
    return {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutPolicy',
      metadata: { name, generation: 1 },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['flagger.app'],
              apiVersions: ['*'],
              operations: ['CREATE', 'UPDATE'],
              resources: ['canaries'],
            },
          ],
        },
        validations: [{ name: `rule-${index}`, expression, message }],
      },
    };
  });
  const bindings = names.map((name): RolloutPolicyBinding => ({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  }));
  return { policies, bindings };
}

function canaryText(index: number): string {
  const canary = (notes: string): string =>
    JSON.stringify({
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: {
        name: `service-${index}`,
        namespace: 'shop',
        labels: { app: `service-${index}`, team: 'payments' },
        annotations: { 'example.com/notes': notes },
      },
      spec: {
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `service-${index}` },
        service: { port: 80, hosts: Array.from({ length: 20 }, (_, n) => `h${n}.example.com`) },
        analysis: {
          interval: '1m',
          threshold: index % 4 === 0 ? 100 : 1 + (index % 5),
          maxWeight: 50,
          stepWeight: 10,
          metrics: Array.from({ length: 6 }, (_, n) => ({
            name: `metric-${n}`,
            interval: '1m',
            thresholdRange: n % 2 === 0 ? { min: 99 } : { max: 500 },
            query: `sum(rate(requests_total{service="service-${index}",n="${n}"}[1m]))`,
          })),
          webhooks: Array.from({ length: 6 }, (_, n) => ({
            name: `hook-${n}`,
            ...(n === 5 ? { type: 'confirm-promotion' } : {}),
            url: `https://hooks.example.com/service-${index}/${n}`,
            metadata: { cmd: `run --service service-${index}` },
          })),
        },
      },
    });
  return canary('n'.repeat(Math.max(0, BODY_BYTES - canary('').length)));
}

function factsOf(object: Json): Facts {
  const { metadata } = object as unknown as { metadata: { name: string; namespace: string } };
  const resource = { group: 'flagger.app', version: 'v1beta1', resource: 'canaries' };
  return {
    callSite: 'Admission',
    request: {
      kind: { group: 'flagger.app', version: 'v1beta1', kind: 'Canary' },
      resource,
      name: metadata.name,
      namespace: metadata.namespace,
      operation: 'CREATE',
      userInfo: { username: 'ada', groups: ['developers'] },
      dryRun: false,
    },
    object,
    oldObject: null,
    namespaceObject: null,
    params: {},
    authorizer: {},
    rollout: null,
    exceptions: [],
    approvals: [],
    windows: [],
    budgets: [],
    freshness: {},
    now: '2026-03-02T10:00:00Z',
  };
}
