import type { KubeObject } from '../domain/object.ts';
import type {
  FailurePolicy,
  LabelSelector,
  NamedRuleWithOperations,
  Operation,
  RolloutPolicySpec,
} from '../domain/policy.ts';
import { CHANGED_BY } from './changed-by.ts';
import type { ReviewPath } from './metrics.ts';
import { pathFor } from './paths.ts';

/** Name of both configurations. */
export const CONFIGURATION_NAME = 'sluice';
/** Namespaces whose Deployments and generated routes and services are reviewed carry this label with the value `true`. */
export const GOVERNED_LABEL = 'sluice.dev/governed';
/** Seconds after which the API server gives up on a review. */
export const WEBHOOK_TIMEOUT_S = 3;

/** How the API server reaches the review port. */
export type WebhookTarget =
  | {
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly port: number;
      };
    }
  /** `https://host:port`, without path. */
  | { readonly url: string };

export interface WebhookConfigurationOptions {
  readonly target: WebhookTarget;
  /** PEM. */
  readonly caBundle: string;
  /** Policies that a binding puts into force: they decide what an unreachable webhook means. */
  readonly policies: readonly Pick<RolloutPolicySpec, 'failurePolicy' | 'matchConstraints'>[];
  /** Users that Sluice's own executor writes as. */
  readonly executorUsernames: readonly string[];
  /** Namespace in which nothing but our own kinds and Canaries is reviewed, so that Sluice can always be repaired. */
  readonly systemNamespace: string;
}

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

/** One webhook of a configuration. Every field that the API server would default is set. */
export interface Webhook {
  readonly name: string;
  readonly admissionReviewVersions: readonly ['v1'];
  readonly clientConfig: {
    readonly caBundle: string;
    readonly url?: string;
    readonly service?: {
      readonly namespace: string;
      readonly name: string;
      readonly port: number;
      readonly path: string;
    };
  };
  readonly failurePolicy: FailurePolicy;
  readonly matchConditions: readonly MatchCondition[];
  readonly matchPolicy: 'Equivalent';
  readonly namespaceSelector: LabelSelector;
  readonly objectSelector: LabelSelector;
  readonly rules: readonly Rule[];
  readonly sideEffects: 'NoneOnDryRun';
  readonly timeoutSeconds: number;
  readonly reinvocationPolicy?: 'IfNeeded';
}

export interface WebhookConfiguration extends KubeObject {
  webhooks: readonly Webhook[];
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
interface Subject {
  readonly name: string;
  readonly reviews: readonly ReviewPath[];
  /** Whether policies decide the failure mode; else it is Fail. */
  readonly followsPolicies: boolean;
  readonly rules: readonly Rule[];
  readonly onlyGoverned: boolean;
  readonly conditions: readonly MatchCondition[];
}

const LABELS = 'object.?metadata.?labels != oldObject.?metadata.?labels';
const ANNOTATIONS = 'object.?metadata.?annotations != oldObject.?metadata.?annotations';
const annotation = (key: string): string =>
  `object.?metadata.?annotations[?"${key}"] != oldObject.?metadata.?annotations[?"${key}"]`;
const GENERATED =
  '.?metadata.?ownerReferences.orValue([]).exists(o, o.kind == "Canary" && o.apiVersion.startsWith("flagger.app/"))';

const CANARIES: Subject = {
  name: 'canaries',
  reviews: ['mutate', 'validate'],
  followsPolicies: true,
  rules: [rule('flagger.app', 'v1beta1', ['canaries'], ['CREATE', 'UPDATE', 'DELETE'])],
  onlyGoverned: false,
  conditions: [
    {
      name: 'says-something-new',
      expression: `request.operation != "UPDATE" || object.spec != oldObject.spec || ${LABELS} || ${ANNOTATIONS}`,
    },
  ],
};

const OWN_KINDS: Subject = {
  name: 'own-kinds',
  reviews: ['validate'],
  followsPolicies: false,
  rules: [
    // Deleting a policy is the way out when the webhook cannot be reached: it is never asked about.
    rule('sluice.dev', '*', ['rolloutpolicies', 'rolloutpolicybindings'], ['CREATE', 'UPDATE']),
    rule('sluice.dev', '*', ['changewindows'], ['CREATE', 'UPDATE']),
    rule('sluice.dev', '*', ['rolloutruns', 'rolloutruns/status'], ['CREATE', 'UPDATE', 'DELETE']),
  ],
  onlyGoverned: false,
  conditions: [],
};

const DEPLOYMENTS: Subject = {
  name: 'deployments',
  reviews: ['mutate', 'validate'],
  followsPolicies: true,
  rules: [rule('apps', 'v1', ['deployments'], ['CREATE', 'UPDATE', 'DELETE'])],
  onlyGoverned: true,
  conditions: [
    {
      name: 'changes-the-pods',
      expression: `request.operation != "UPDATE" || object.spec.template != oldObject.spec.template || object.spec.?paused != oldObject.spec.?paused || ${LABELS} || ${annotation(CHANGED_BY)} || ${annotation('sluice.dev/held')}`,
    },
  ],
};

const GENERATED_OBJECTS: Subject = {
  name: 'generated',
  reviews: ['validate'],
  followsPolicies: true,
  rules: [
    rule('gateway.networking.k8s.io', '*', ['httproutes'], ['CREATE', 'UPDATE', 'DELETE']),
    rule('', 'v1', ['services'], ['CREATE', 'UPDATE', 'DELETE']),
  ],
  onlyGoverned: true,
  conditions: [
    {
      name: 'is-of-a-canary',
      expression: `(object != null && object${GENERATED}) || (oldObject != null && oldObject${GENERATED})`,
    },
    {
      name: 'says-something-new',
      expression: `request.operation != "UPDATE" || object.spec != oldObject.spec || ${LABELS} || object.?metadata.?ownerReferences != oldObject.?metadata.?ownerReferences`,
    },
  ],
};

const SUBJECTS: readonly Subject[] = [CANARIES, OWN_KINDS, DEPLOYMENTS, GENERATED_OBJECTS];

/**
 * Builds the two configurations named `sluice`; pure, so that every replica asserts the same text.
 *
 * What is not ours never reaches the webhook: the match conditions are evaluated in the API server. Names of webhooks
 * are `<subject>.<review>.sluice.dev`.
 */
export function buildWebhookConfigurations(options: WebhookConfigurationOptions): {
  readonly validating: WebhookConfiguration;
  readonly mutating: WebhookConfiguration;
} {
  return {
    validating: configuration('ValidatingWebhookConfiguration', 'validate', options),
    mutating: configuration('MutatingWebhookConfiguration', 'mutate', options),
  };
}

function configuration(
  kind: string,
  review: ReviewPath,
  options: WebhookConfigurationOptions,
): WebhookConfiguration {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: {
      name: CONFIGURATION_NAME,
      labels: { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/part-of': 'sluice' },
    },
    webhooks: SUBJECTS.filter((subject) => subject.reviews.includes(review)).map((subject) =>
      webhook(subject, review, failureMode(subject, options), options),
    ),
  };
}

function webhook(
  subject: Subject,
  review: ReviewPath,
  mode: FailurePolicy,
  options: WebhookConfigurationOptions,
): Webhook {
  return {
    name: `${subject.name}.${review}.sluice.dev`,
    admissionReviewVersions: ['v1'],
    clientConfig: clientConfig(options, pathFor(review, mode)),
    failurePolicy: mode,
    matchConditions: [...userConditions(options.executorUsernames), ...subject.conditions],
    matchPolicy: 'Equivalent',
    namespaceSelector: subject.onlyGoverned ? governed(options.systemNamespace) : {},
    objectSelector: {},
    rules: subject.rules.map((entry) => forReview(entry, review)),
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: WEBHOOK_TIMEOUT_S,
    ...(review === 'mutate' ? { reinvocationPolicy: 'IfNeeded' } : {}),
  };
}

/**
 * Ignore when every policy in force that names one of the subject's resources says so; Fail otherwise, also before there
 * is any, so that the first policy holds from its first moment.
 */
function failureMode(subject: Subject, { policies }: WebhookConfigurationOptions): FailurePolicy {
  if (!subject.followsPolicies) return 'Fail';
  const concerned = policies.filter(({ matchConstraints }) =>
    (matchConstraints?.resourceRules ?? []).some((wanted) =>
      subject.rules.some((own) => overlaps(own, wanted)),
    ),
  );
  const isIgnored = concerned.every(({ failurePolicy }) => failurePolicy === 'Ignore');
  return concerned.length > 0 && isIgnored ? 'Ignore' : 'Fail';
}

function overlaps(own: Rule, { apiGroups = [], resources = [] }: NamedRuleWithOperations): boolean {
  return (
    apiGroups.some((group) => group === '*' || own.apiGroups.includes(group)) &&
    resources.some((name) => {
      const [resource = ''] = name.split('/');
      return resource === '*' || own.resources.includes(resource);
    })
  );
}

function clientConfig(
  { target, caBundle }: WebhookConfigurationOptions,
  path: string,
): Webhook['clientConfig'] {
  const bundle = Buffer.from(caBundle).toString('base64');
  return 'url' in target
    ? { caBundle: bundle, url: `${target.url.replace(/\/+$/, '')}${path}` }
    : { caBundle: bundle, service: { ...target.service, path } };
}

function userConditions(executors: readonly string[]): MatchCondition[] {
  const notOneOf = (users: readonly string[]): string =>
    `!(request.userInfo.username in ${JSON.stringify(users)})`;
  return [
    ...(executors.length === 0
      ? []
      : [{ name: 'not-the-executor', expression: notOneOf(executors) }]),
    { name: 'not-a-system-controller', expression: notOneOf(SYSTEM_CONTROLLERS) },
  ];
}

function governed(systemNamespace: string): LabelSelector {
  return {
    matchLabels: { [GOVERNED_LABEL]: 'true' },
    matchExpressions: [
      {
        key: 'kubernetes.io/metadata.name',
        operator: 'NotIn',
        values: ['kube-system', systemNamespace],
      },
    ],
  };
}

/** A deletion cannot be mutated. */
function forReview(entry: Rule, review: ReviewPath): Rule {
  if (review === 'validate') return entry;
  return { ...entry, operations: entry.operations.filter((operation) => operation !== 'DELETE') };
}

function rule(
  group: string,
  version: string,
  resources: readonly string[],
  operations: readonly Operation[],
): Rule {
  return { apiGroups: [group], apiVersions: [version], operations, resources, scope: '*' };
}
