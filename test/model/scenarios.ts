import type {
  Canary,
  CanaryAnalysis,
  CanaryHook,
  CanarySpec,
  HookType,
} from '../../src/domain/canary.ts';
import type { KubeObject } from '../../src/domain/object.ts';
import { NAMESPACE, stored, type Cluster } from './cluster.ts';
import { CREATED_AT } from './time.ts';

/** A Canary whose rollouts are explored, and what may happen to it. */
export interface Scenario {
  readonly name: string;
  readonly spec: Partial<CanarySpec>;
  readonly analysis: CanaryAnalysis;
  /** Part of the states, in proportion to the others'. */
  readonly share: number;
  /** Kinds of disturbances that are left out. */
  readonly without: readonly Disturbance[];
}

/** Kinds of what the environment may do beside letting things go well. */
export type Disturbance =
  | 'release'
  | 'readiness'
  | 'weights'
  | 'verbs'
  | 'suspend'
  | 'skip'
  | 'deletion'
  | 'answers'
  | 'gates'
  | 'crash'
  | 'faults'
  | 'scale';

function hook(type: HookType): CanaryHook {
  return { name: type, type, url: `http://hooks.example/${type}` };
}

const CANARY_STEPS = { stepWeight: 30, maxWeight: 90 };

/** Three weight steps, and each other strategy. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'canary',
    spec: { revertOnDeletion: true },
    analysis: CANARY_STEPS,
    share: 30,
    without: [],
  },
  {
    name: 'canary with hooks',
    spec: {},
    analysis: {
      ...CANARY_STEPS,
      webhooks: (
        [
          'confirm-rollout',
          'pre-rollout',
          'rollout',
          'confirm-traffic-increase',
          'confirm-promotion',
          'rollback',
          'post-rollout',
        ] as const
      ).map(hook),
    },
    share: 22,
    without: ['skip', 'scale', 'weights'],
  },
  {
    name: 'canary, stepped promotion',
    spec: {},
    analysis: { ...CANARY_STEPS, stepWeightPromotion: 50 },
    share: 12,
    without: ['deletion', 'verbs'],
  },
  {
    name: 'blue/green',
    spec: {},
    analysis: { iterations: 2, webhooks: [hook('confirm-promotion')] },
    share: 14,
    without: [],
  },
  {
    name: 'blue/green, mirrored',
    spec: {},
    analysis: { iterations: 2, mirror: true },
    share: 10,
    without: ['verbs', 'deletion'],
  },
  {
    name: 'A/B',
    spec: {},
    analysis: { iterations: 2, match: [{ headers: { 'x-canary': { exact: 'yes' } } }] },
    share: 10,
    without: ['skip'],
  },
  {
    name: 'blue/green, no mesh',
    spec: { provider: 'kubernetes', revertOnDeletion: true },
    analysis: { iterations: 2 },
    share: 12,
    without: ['weights'],
  },
];

/** The cluster before the Canary is seen for the first time: the target runs revision A. */
export function initialCluster({ spec, analysis }: Scenario): Cluster {
  const canary: Canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: metadataOf('canaries/app'),
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' },
      service: { port: 80, gatewayRefs: [{ name: 'gateway', namespace: NAMESPACE }] },
      analysis: {
        interval: '1m',
        threshold: 2,
        metrics: [{ name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } }],
        ...analysis,
      },
      ...spec,
    },
  };
  const gateway: KubeObject = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: metadataOf('gateways/gateway'),
  };
  return new Map([
    ['canaries/app', stored(canary)],
    ['gateways/gateway', stored(gateway)],
    ['deployments/app', stored(target())],
  ]);
}

function target(): KubeObject {
  const labels = { app: 'app' };
  const pods = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadataOf('deployments/app'), labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:A' }] } },
    },
    status: { observedGeneration: 1, ...pods },
  } as KubeObject;
}

function metadataOf(key: string): KubeObject['metadata'] {
  return {
    name: key.split('/')[1] ?? '',
    namespace: NAMESPACE,
    uid: `uid-${key}`,
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: CREATED_AT,
  };
}

/** @throws Error when there is none of this name */
export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}
