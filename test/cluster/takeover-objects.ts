import type { ApiObject } from './api.ts';
import { GATEWAY } from './data-plane.ts';
import { HOLLOW_NODE } from './hollow-pods.ts';

export const NAMESPACE = 'takeover';

/** What becomes of a Canary before Flagger is killed, and after. */
export type Group = 'settled' | 'flight' | 'failed' | 'suspended' | 'changed';
/** What a member of a group is beside the others. */
export type Variant = 'plain' | 'waiting' | 'in flight' | 'failed' | 'relabelled' | 'configured';

export interface Member {
  readonly name: string;
  readonly group: Group;
  readonly variant: Variant;
  readonly provider: (typeof PROVIDERS)[number];
}

const PROVIDERS = ['gatewayapi:v1', 'istio', 'kubernetes'] as const;
const SIZE = 12;
const GROUPS: readonly Group[] = ['settled', 'flight', 'failed', 'suspended', 'changed'];
/** The last two of each group are these. */
const LAST: Readonly<Record<Group, Variant>> = {
  settled: 'configured',
  flight: 'waiting',
  failed: 'relabelled',
  suspended: 'in flight',
  changed: 'failed',
};

/** All Canaries of the suite. */
export const MEMBERS: readonly Member[] = GROUPS.flatMap((group) =>
  Array.from({ length: SIZE }, (_, i): Member => {
    const variant = i >= SIZE - 2 ? LAST[group] : 'plain';
    const provider = PROVIDERS[i % PROVIDERS.length] ?? 'kubernetes';
    return { name: `${group}-${i}`, group, variant, provider };
  }),
);

/** Whether Flagger is to have rolled a second version out, or to be about to, when it is killed. */
export function isReleased({ group, variant }: Member): boolean {
  return (
    group === 'flight' || group === 'failed' || variant === 'in flight' || variant === 'failed'
  );
}

/** Whether Flagger is to have failed it. */
export function isFailed({ group, variant }: Member): boolean {
  return group === 'failed' || variant === 'failed';
}

/** Whether Flagger has a rollout of it under way when it is killed. */
export function isInFlight(member: Member): boolean {
  return isReleased(member) && !isFailed(member);
}

export function template(name: string, version: string): object {
  return {
    metadata: { labels: { app: name } },
    spec: {
      nodeName: HOLLOW_NODE,
      terminationGracePeriodSeconds: 0,
      containers: [containerOf(version)],
    },
  };
}

/** A patch of the Deployment that gives it another version. */
export function release(version: string): object {
  return { spec: { template: { spec: { containers: [containerOf(version)] } } } };
}

function containerOf(version: string): object {
  return { name: 'app', image: `example.com/app:${version}`, ports: [{ containerPort: 8080 }] };
}

export function target(member: Member): ApiObject {
  const { name, variant } = member;
  const made = template(name, '1') as { spec: { containers: Record<string, unknown>[] } };
  if (variant === 'configured') {
    for (const container of made.spec.containers) {
      container['envFrom'] = [{ configMapRef: { name } }];
    }
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE, labels: { app: name } },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: made },
  };
}

export function canary(member: Member, hooks: string): ApiObject {
  const { name, provider } = member;
  const hook = (type: string): object => ({
    name: type,
    type,
    url: `${hooks}/${type}`,
    timeout: '1s',
  });
  const isRouted = provider !== 'kubernetes';
  const ref = { group: 'gateway.networking.k8s.io', kind: 'Gateway', ...GATEWAY };
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      provider,
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: {
        port: 80,
        targetPort: 8080,
        ...(isRouted ? { hosts: [`${name}.example.com`] } : {}),
        ...(provider === 'gatewayapi:v1' ? { gatewayRefs: [ref] } : {}),
      },
      analysis: {
        interval: '10s',
        threshold: 2,
        ...(isRouted ? stepsOf(member) : { iterations: member.group === 'flight' ? 20 : 1 }),
        webhooks: [
          ...(isFailed(member) ? [hook('rollback')] : []),
          ...(member.variant === 'waiting' ? [hook('confirm-rollout')] : []),
        ],
      },
    },
  };
}

function stepsOf(member: Member): object {
  // Those that must be found on the way go slowly.
  return isInFlight(member) ? { stepWeight: 5, maxWeight: 50 } : { stepWeights: [50] };
}

/** Istio's routes as objects: nobody serves them, so any field will do. */
export function istioDefinitions(): ApiObject[] {
  return [
    ['virtualservices', 'VirtualService'],
    ['destinationrules', 'DestinationRule'],
  ].map(([plural = '', kind = '']) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.networking.istio.io` },
    spec: {
      group: 'networking.istio.io',
      names: { plural, kind },
      scope: 'Namespaced',
      versions: ['v1', 'v1beta1'].map((name) => ({
        name,
        served: true,
        storage: name === 'v1',
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      })),
    },
  }));
}
