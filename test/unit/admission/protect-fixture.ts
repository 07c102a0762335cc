import type { Json } from '../../../src/lib/lossless-json.ts';
import { protectionProblem, type ProtectionChecks } from '../../../src/admission/protect.ts';
import type { Review } from '../../../src/admission/review-codec.ts';
import type { Canary } from '../../../src/domain/canary.ts';
import type { Operation } from '../../../src/domain/policy.ts';
import { EXECUTOR } from './fixture.ts';

const GROUPS = {
  deployments: 'apps',
  services: '',
  httproutes: 'gateway.networking.k8s.io',
  virtualservices: 'networking.istio.io',
  destinationrules: 'networking.istio.io',
  ingresses: 'networking.k8s.io',
  canaries: 'flagger.app',
  configmaps: '',
} as const;
export type Plural = keyof typeof GROUPS;

export const OWNER = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  name: 'web',
  uid: 'uid-web',
  controller: true,
  blockOwnerDeletion: true,
} as const;

const CANARY: Canary = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'web', namespace: 'shop', uid: 'uid-web' },
  spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  status: {
    phase: 'Succeeded',
    failedChecks: 0,
    canaryWeight: 0,
    iterations: 0,
    lastAppliedSpec: 'sluice.v1:1',
  },
};

/** The same, as Flagger runs it. */
export const OF_FLAGGER: Canary = {
  ...CANARY,
  status: {
    phase: 'Succeeded',
    failedChecks: 0,
    canaryWeight: 0,
    iterations: 0,
    lastAppliedSpec: '5d8c7f',
  },
};

const CHECKS: ProtectionChecks = {
  executorUsernames: [EXECUTOR],
  canaries: () => [CANARY],
  noCrossNamespaceRefs: true,
};

interface Write {
  readonly operation?: Operation;
  readonly subResource?: string;
  readonly object?: Json;
  readonly oldObject?: Json;
  readonly username?: string;
  readonly checks?: Partial<ProtectionChecks>;
}

function reviewOf(resource: Plural, write: Write): Review {
  const { operation, subResource, object = null, oldObject = null, username = 'ada' } = write;
  const group = GROUPS[resource];
  const implied = object === null ? 'DELETE' : oldObject === null ? 'CREATE' : 'UPDATE';
  return {
    uid: 'uid-1',
    request: {
      kind: { group, version: 'v1', kind: 'Any' },
      resource: { group, version: 'v1', resource },
      ...(subResource === undefined ? {} : { subResource }),
      name: 'web',
      namespace: 'shop',
      operation: operation ?? implied,
      userInfo: { username },
      dryRun: false,
    },
    object,
    oldObject,
  };
}

/** What speaks against a write, a line each without the first; empty when it goes. */
export function refusals(resource: Plural, write: Write): string[] {
  const problem = protectionProblem(reviewOf(resource, write), { ...CHECKS, ...write.checks });
  return (problem?.messages ?? []).slice(1).map((line) => line.trim());
}

type Tree = { [key: string]: unknown };

/** A copy with the member at a dotted path set, or taken away when the value is undefined. */
export function edited(object: Json, path: string, value: unknown): Json {
  const copy = structuredClone(object) as Tree;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let node = copy;
  for (const key of keys) node = (node[key] ??= {}) as Tree;
  if (value === undefined) Reflect.deleteProperty(node, last);
  else node[last] = value;
  return copy as Json;
}
