import type { Decision, RequestFacts } from '../../../src/domain/decision.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import type { Review, ReviewStatus } from '../../../src/admission/review-codec.ts';
import type { AdmissionMetrics } from '../../../src/admission/metrics.ts';
import type { PolicyEngine, ReviewInput } from '../../../src/policy/policy-engine.ts';

export const EXECUTOR = 'system:serviceaccount:sluice-system:sluice-controller';
export const ALLOW: Decision = {
  verdict: 'allow',
  violations: [],
  warnings: [],
  patch: [],
  auditAnnotations: {},
  cost: 0,
  snapshotDigest: 'sha256:s',
  factsDigest: 'sha256:f',
};

export type FixtureEngine = Pick<
  PolicyEngine,
  'review' | 'mayMutate' | 'validatePolicyObject' | 'validateBindingObject' | 'readiness'
>;

/** An engine that answers by a function, and keeps what it was asked. */
export function engineOf(
  review: (input: ReviewInput) => Decision = () => ALLOW,
  others: Partial<FixtureEngine> = {},
): FixtureEngine & { readonly asked: ReviewInput[] } {
  const asked: ReviewInput[] = [];
  return {
    asked,
    review: (input) => {
      asked.push(input);
      return review(input);
    },
    mayMutate: () => true,
    validatePolicyObject: () => [],
    validateBindingObject: () => [],
    readiness: () => ({ ready: true, reasons: [] }),
    ...others,
  };
}

/** Counts as text, in the order in which they came. */
export function countingMetrics(): AdmissionMetrics & { readonly counted: string[] } {
  const counted: string[] = [];
  return {
    counted,
    answered: (path, verdict) => counted.push(`${path} ${verdict}`),
    rejected: (reason) => counted.push(`rejected ${reason}`),
    repaired: () => counted.push('repaired'),
  };
}

const RESOURCES_BY_NAME = {
  deployments: { group: 'apps', version: 'v1', kind: 'Deployment' },
  canaries: { group: 'flagger.app', version: 'v1beta1', kind: 'Canary' },
  rolloutpolicies: { group: 'sluice.dev', version: 'v1alpha1', kind: 'RolloutPolicy' },
  rolloutpolicybindings: { group: 'sluice.dev', version: 'v1alpha1', kind: 'RolloutPolicyBinding' },
  rolloutruns: { group: 'sluice.dev', version: 'v1alpha1', kind: 'RolloutRun' },
  changewindows: { group: 'sluice.dev', version: 'v1alpha1', kind: 'ChangeWindow' },
  approvals: { group: 'sluice.dev', version: 'v1alpha1', kind: 'Approval' },
  policyexceptions: { group: 'sluice.dev', version: 'v1alpha1', kind: 'PolicyException' },
  rolloutbudgets: { group: 'sluice.dev', version: 'v1alpha1', kind: 'RolloutBudget' },
} as const;
export type ResourceName = keyof typeof RESOURCES_BY_NAME;

export function reviewOf(
  resource: ResourceName,
  operation: RequestFacts['operation'],
  objects: { readonly object?: Json; readonly oldObject?: Json },
  request: Partial<RequestFacts> = {},
): Review {
  const { group, version, kind } = RESOURCES_BY_NAME[resource];
  return {
    uid: 'uid-1',
    request: {
      kind: { group, version, kind },
      resource: { group, version, resource },
      name: 'web',
      namespace: 'shop',
      operation,
      userInfo: { username: 'ada', uid: '7', groups: ['dev'] },
      dryRun: false,
      ...request,
    },
    object: objects.object ?? null,
    oldObject: objects.oldObject ?? null,
  };
}

/** The AdmissionReview, as text, that is read as this review. */
export function bodyOf({ uid, request, object, oldObject }: Review): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid, ...request, object, oldObject },
  });
}

export interface Answer {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: ReviewStatus;
    readonly warnings?: readonly string[];
    readonly auditAnnotations?: Readonly<Record<string, string>>;
    readonly patchType?: string;
    readonly patch?: string;
  };
}

export function readAnswer(body: string): Answer['response'] {
  return (JSON.parse(body) as Answer).response;
}

export function patchIn(body: string): unknown {
  const { patch } = readAnswer(body);
  return patch === undefined
    ? undefined
    : JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
}

/** A Deployment with one container, perhaps stamped. */
export function deployment(image: string, stamp?: string): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      ...(stamp === undefined ? {} : { annotations: { 'sluice.dev/changed-by': stamp } }),
    },
    spec: { replicas: 1, template: { spec: { containers: [{ name: 'web', image }] } } },
  };
}
