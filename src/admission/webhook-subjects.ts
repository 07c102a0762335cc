import type { Operation } from '../domain/policy.ts';
import type { ReviewPath } from './metrics.ts';
import { KEPT_ANNOTATIONS } from './protect-status.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly operations: readonly Operation[];
  readonly resources: readonly string[];
  readonly scope: 'Cluster' | 'Namespaced' | '*';
}

export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/** Controllers that write what was already decided, or clear away what was already deleted. */
const SYSTEM_CONTROLLERS = [
  'system:kube-controller-manager',
  ...[
    'deployment-controller',
    'endpoint-controller',
    'endpointslice-controller',
    'generic-garbage-collector',
    'horizontal-pod-autoscaler',
    'namespace-controller',
    'service-controller',
  ].map((name) => `system:serviceaccount:kube-system:${name}`),
];

/** What is reviewed together. */
export interface WebhookSubject {
  readonly name: string;
  readonly reviews: readonly ReviewPath[];
  /** Whether policies decide the failure mode; else it is `mode`. */
  readonly followsPolicies: boolean;
  /** Default Fail. */
  readonly mode?: 'Fail' | 'Ignore';
  readonly rules: readonly Rule[];
  readonly onlyGoverned: boolean;
  /** Whether its own conditions alone say whose writes are reviewed; else those of Sluice and of controllers are not. */
  readonly everybody?: boolean;
  readonly conditions: readonly MatchCondition[];
}

const LABELS = 'object.?metadata.?labels != oldObject.?metadata.?labels';
const ANNOTATIONS = 'object.?metadata.?annotations != oldObject.?metadata.?annotations';
const OWNERS = 'object.?metadata.?ownerReferences != oldObject.?metadata.?ownerReferences';
const FINALIZERS = 'object.?metadata.?finalizers != oldObject.?metadata.?finalizers';
const annotation = (key: string): string =>
  `object.?metadata.?annotations[?"${key}"] != oldObject.?metadata.?annotations[?"${key}"]`;
const KEPT = KEPT_ANNOTATIONS.map(annotation).join(' || ');
const GENERATED =
  '.?metadata.?ownerReferences.orValue([]).exists(o, o.kind == "Canary" && o.apiVersion.startsWith("flagger.app/"))';

const CANARIES: WebhookSubject = {
  name: 'canaries',
  reviews: ['mutate', 'validate'],
  followsPolicies: true,
  rules: [rule('flagger.app', 'v1beta1', ['canaries'], ['CREATE', 'UPDATE', 'DELETE'])],
  onlyGoverned: false,
  conditions: [
    {
      name: 'says-something-new',
      expression: `request.operation != "UPDATE" || object.spec != oldObject.spec || ${LABELS} || ${ANNOTATIONS} || ${FINALIZERS}`,
    },
  ],
};

/** Where a rollout stands is for Sluice to say, whatever policies say: this never becomes Ignore. */
const STATUSES: WebhookSubject = {
  name: 'statuses',
  reviews: ['validate'],
  followsPolicies: false,
  rules: [rule('flagger.app', 'v1beta1', ['canaries/status'], ['UPDATE'])],
  onlyGoverned: false,
  conditions: [{ name: 'says-something-new', expression: 'object.?status != oldObject.?status' }],
};

/** Our own kinds that people write: they are stamped. */
const OWN_KINDS: WebhookSubject = {
  name: 'own-kinds',
  reviews: ['mutate', 'validate'],
  followsPolicies: false,
  rules: [
    // Deleting a policy is the way out when the webhook cannot be reached: it never needs an answer.
    rule('sluice.dev', '*', ['rolloutpolicies', 'rolloutpolicybindings'], ['CREATE', 'UPDATE']),
    rule('sluice.dev', '*', ['changewindows', 'rolloutbudgets'], ['CREATE', 'UPDATE']),
    rule('sluice.dev', '*', ['approvals'], ['CREATE', 'UPDATE']),
    rule('sluice.dev', '*', ['policyexceptions'], ['UPDATE', 'DELETE']),
  ],
  onlyGoverned: false,
  conditions: [],
};

/** An exception is a way out, too: while the webhook cannot be reached, a ValidatingAdmissionPolicy checks its stamp. */
const EXCEPTIONS: WebhookSubject = {
  name: 'exceptions',
  reviews: ['mutate', 'validate'],
  followsPolicies: false,
  mode: 'Ignore',
  rules: [rule('sluice.dev', '*', ['policyexceptions'], ['CREATE'])],
  onlyGoverned: false,
  conditions: [],
};

/** Who deletes a policy that something still names is told, and never refused. */
const POLICY_DELETIONS: WebhookSubject = {
  name: 'policy-deletions',
  reviews: ['validate'],
  followsPolicies: false,
  mode: 'Ignore',
  rules: [rule('sluice.dev', '*', ['rolloutpolicies'], ['DELETE'])],
  onlyGoverned: false,
  conditions: [],
};

/** What only Sluice writes. */
const RECORDS: WebhookSubject = {
  name: 'records',
  reviews: ['validate'],
  followsPolicies: false,
  rules: [
    rule('sluice.dev', '*', ['rolloutruns', 'rolloutruns/status'], ['CREATE', 'UPDATE', 'DELETE']),
    rule('sluice.dev', '*', ['approvals/status'], ['UPDATE']),
  ],
  onlyGoverned: false,
  conditions: [],
};

const DEPLOYMENTS: WebhookSubject = {
  name: 'deployments',
  reviews: ['mutate', 'validate'],
  followsPolicies: true,
  rules: [rule('apps', 'v1', ['deployments'], ['CREATE', 'UPDATE', 'DELETE'])],
  onlyGoverned: true,
  conditions: [
    {
      name: 'changes-the-pods',
      expression: `request.operation != "UPDATE" || object.spec.template != oldObject.spec.template || object.spec.?paused != oldObject.spec.?paused || ${LABELS} || ${KEPT} || ${OWNERS}`,
    },
  ],
};

const OF_A_CANARY: MatchCondition = {
  name: 'is-of-a-canary',
  expression: `(object != null && object${GENERATED}) || (oldObject != null && oldObject${GENERATED})`,
};

const GENERATED_OBJECTS: WebhookSubject = {
  name: 'generated',
  reviews: ['validate'],
  followsPolicies: false,
  rules: [
    rule('gateway.networking.k8s.io', '*', ['httproutes'], ['CREATE', 'UPDATE', 'DELETE']),
    rule(
      'networking.istio.io',
      '*',
      ['virtualservices', 'destinationrules'],
      ['CREATE', 'UPDATE', 'DELETE'],
    ),
    rule('', 'v1', ['services'], ['CREATE', 'UPDATE', 'DELETE']),
  ],
  onlyGoverned: true,
  conditions: [
    OF_A_CANARY,
    {
      name: 'says-something-new',
      expression: `request.operation != "UPDATE" || object.spec != oldObject.spec || ${LABELS} || ${OWNERS}`,
    },
  ],
};

/** Ingress controllers read the canary's share off annotations, which Kubernetes also lets the status' writers change. */
const CANARY_INGRESSES: WebhookSubject = {
  name: 'canary-ingresses',
  reviews: ['validate'],
  followsPolicies: false,
  rules: [
    rule('networking.k8s.io', 'v1', ['ingresses'], ['CREATE', 'UPDATE', 'DELETE']),
    rule('networking.k8s.io', 'v1', ['ingresses/status'], ['UPDATE']),
  ],
  onlyGoverned: true,
  conditions: [
    OF_A_CANARY,
    {
      name: 'says-something-new',
      expression: `request.operation != "UPDATE" || object.spec != oldObject.spec || ${ANNOTATIONS} || ${OWNERS}`,
    },
  ],
};

/** Kubernetes lets owners and annotations of its own kinds change by a write of their status. */
const SIDE_DOORS: WebhookSubject = {
  name: 'side-doors',
  reviews: ['validate'],
  followsPolicies: false,
  rules: [
    rule('apps', 'v1', ['deployments/status'], ['UPDATE']),
    rule('', 'v1', ['services/status'], ['UPDATE']),
  ],
  onlyGoverned: true,
  conditions: [
    {
      name: 'changes-more-than-the-status',
      expression: `${OWNERS} || ${KEPT}`,
    },
  ],
};

/** Everything that is reviewed. */
export const WEBHOOK_SUBJECTS: readonly WebhookSubject[] = [
  CANARIES,
  STATUSES,
  OWN_KINDS,
  EXCEPTIONS,
  POLICY_DELETIONS,
  RECORDS,
  DEPLOYMENTS,
  GENERATED_OBJECTS,
  CANARY_INGRESSES,
  SIDE_DOORS,
];

/** Keeps out the writes of Sluice itself and of controllers. */
export function userConditions(executors: readonly string[]): MatchCondition[] {
  const notOneOf = (users: readonly string[]): string =>
    `!(request.userInfo.username in ${JSON.stringify(users)})`;
  return [
    ...(executors.length === 0
      ? []
      : [{ name: 'not-the-executor', expression: notOneOf(executors) }]),
    { name: 'not-a-system-controller', expression: notOneOf(SYSTEM_CONTROLLERS) },
  ];
}

function rule(
  group: string,
  version: string,
  resources: readonly string[],
  operations: readonly Operation[],
): Rule {
  return { apiGroups: [group], apiVersions: [version], operations, resources, scope: '*' };
}
