import type { CallSite } from '../../domain/policy.ts';
import type { Json } from '../../lib/lossless-json.ts';

type Members = Readonly<Record<string, Json>>;

/** A change toward safety, as the members of a test case. */
export interface SafetySample {
  readonly change: string;
  readonly callSite: CallSite;
  readonly safe: Members;
  /** What the policy must take before the safe change says anything about it. */
  readonly forward: readonly Members[];
}

const metadata = { name: 'checkout', namespace: 'shop', labels: { app: 'checkout' } };

const canary = (stepWeight: number): Json => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata,
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' },
    progressDeadlineSeconds: 60,
    service: { port: 80 },
    revertOnDeletion: true,
    analysis: {
      interval: '1m',
      threshold: 5,
      maxWeight: 50,
      stepWeight,
      metrics: [
        { name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } },
        { name: 'request-duration', interval: '1m', thresholdRange: { max: 500 } },
      ],
    },
  },
});

const DIGESTS = ['a', 'b'].map(
  (digit) => `registry.example.com/checkout@sha256:${digit.repeat(64)}`,
);

const template = (image: string): Json => ({
  metadata: { labels: { app: 'checkout' } },
  spec: { containers: [{ name: 'checkout', image, resources: { limits: { memory: '64Mi' } } }] },
});

const deployment = (image: string): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'checkout' } },
    template: template(image),
  },
});

const route = (canaryWeight: number): Json => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata,
  spec: {
    parentRefs: [{ name: 'gateway' }],
    rules: [
      {
        backendRefs: [
          { name: 'checkout-primary', port: 80, weight: 100 - canaryWeight },
          { name: 'checkout-canary', port: 80, weight: canaryWeight },
        ],
      },
    ],
  },
});

const created = (object: Json): Members => ({ object });
const shift = (fromWeight: number, toWeight: number): Members => ({
  object: canary(10),
  rollout: { fromWeight, toWeight },
});
const [OLD = '', NEW = ''] = DIGESTS;

/** One sample for each way in which a change is toward safety. */
export const SAFETY_SAMPLES: readonly SafetySample[] = [
  {
    change: 'a Canary is deleted and reverts to its target',
    callSite: 'Admission',
    safe: { oldObject: canary(10), request: { operation: 'DELETE' } },
    forward: [created(canary(10))],
  },
  {
    change: 'the steps of a Canary are made smaller',
    callSite: 'Admission',
    safe: { object: canary(5), oldObject: canary(10) },
    forward: [created(canary(10)), created(canary(5))],
  },
  {
    change: 'a Deployment goes back to a template that succeeded',
    callSite: 'Admission',
    safe: { object: deployment(OLD), oldObject: deployment(NEW) },
    forward: [created(deployment(OLD)), created(deployment(NEW))],
  },
  {
    change: 'the share of a canary is lowered in an HTTPRoute',
    callSite: 'Admission',
    safe: { object: route(0), oldObject: route(50) },
    forward: [created(route(0)), created(route(50))],
  },
  {
    change: 'traffic is taken away from a canary',
    callSite: 'TrafficIncrease',
    safe: shift(20, 10),
    forward: [shift(10, 20)],
  },
];
