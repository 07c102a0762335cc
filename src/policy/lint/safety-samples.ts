import type { CallSite } from '../../domain/policy.ts';
import type { Json } from '../../lib/lossless-json.ts';

type Members = Readonly<Record<string, Json>>;

/** A change toward safety, as the members of a test case. */
export interface SafetySample {
  /** In words: `a Canary is deleted and reverts to its target`. */
  readonly change: string;
  /** What the facts of the case are: `request.operation is DELETE, oldObject.spec.revertOnDeletion is true`. */
  readonly facts: string;
  readonly callSite: CallSite;
  readonly safe: Members;
  /** What the policy must take before the safe change says anything about it. */
  readonly forward: readonly Members[];
}

const metadata = { name: 'checkout', namespace: 'shop', labels: { app: 'checkout' } };

const canary = (steps: Readonly<Record<string, Json>>): Json => ({
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
      ...steps,
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

const TENS = canary({ stepWeight: 10 });
const FIVES = canary({ stepWeight: 5 });
const LISTED = canary({ stepWeights: [5, 10, 20] });
const LOWER = canary({ stepWeights: [5, 8, 10] });

const created = (object: Json): Members => ({ object });
const shift = (fromWeight: number, toWeight: number): Members => ({
  object: TENS,
  rollout: { fromWeight, toWeight },
});
const [OLD = '', NEW = ''] = DIGESTS;

/** One sample or two for each way in which a change is toward safety. */
export const SAFETY_SAMPLES: readonly SafetySample[] = [
  {
    change: 'a Canary is deleted and reverts to its target',
    facts: 'request.operation is DELETE, object is null, oldObject.spec.revertOnDeletion is true',
    callSite: 'Admission',
    safe: { oldObject: TENS, request: { operation: 'DELETE' } },
    forward: [created(TENS)],
  },
  {
    change: 'the steps of a Canary are made smaller',
    facts: 'request.operation is UPDATE, spec.analysis.stepWeight goes from 10 to 5',
    callSite: 'Admission',
    safe: { object: FIVES, oldObject: TENS },
    forward: [created(TENS), created(FIVES)],
  },
  {
    change: 'the listed steps of a Canary are made smaller',
    facts:
      'request.operation is UPDATE, spec.analysis.stepWeights goes from [5, 10, 20] to [5, 8, 10]',
    callSite: 'Admission',
    safe: { object: LOWER, oldObject: LISTED },
    forward: [created(LISTED), created(LOWER)],
  },
  {
    change: 'a Deployment goes back to a template that succeeded',
    facts: 'request.operation is UPDATE, the image in spec.template goes back to the digest before',
    callSite: 'Admission',
    safe: { object: deployment(OLD), oldObject: deployment(NEW) },
    forward: [created(deployment(OLD)), created(deployment(NEW))],
  },
  {
    change: 'the share of a canary is lowered in an HTTPRoute',
    facts: "request.operation is UPDATE, the weight of the '-canary' backend goes from 50 to 0",
    callSite: 'Admission',
    safe: { object: route(0), oldObject: route(50) },
    forward: [created(route(0)), created(route(50))],
  },
  {
    change: 'traffic is taken away from a canary',
    facts: 'rollout.gate is TrafficIncrease, rollout.fromWeight is 20, rollout.toWeight is 10',
    callSite: 'TrafficIncrease',
    safe: shift(20, 10),
    forward: [shift(10, 20)],
  },
  {
    change: 'all traffic is taken away from a canary',
    facts: 'rollout.gate is TrafficIncrease, rollout.fromWeight is 20, rollout.toWeight is 0',
    callSite: 'TrafficIncrease',
    safe: shift(20, 0),
    forward: [shift(10, 20)],
  },
];
