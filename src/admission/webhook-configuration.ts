import type { KubeObject } from '../domain/object.ts';
import type {
  FailurePolicy,
  LabelSelector,
  NamedRuleWithOperations,
  RolloutPolicySpec,
} from '../domain/policy.ts';
import type { FenceRules } from './fence.ts';
import { fenceSubject } from './fence-subject.ts';
import type { ReviewPath } from './metrics.ts';
import { pathFor } from './paths.ts';
import {
  WEBHOOK_SUBJECTS,
  userConditions,
  type MatchCondition,
  type Rule,
  type WebhookSubject,
} from './webhook-subjects.ts';

/** Name of both configurations. */
export const CONFIGURATION_NAME = 'sluice';
/** Seconds after which the API server gives up on a review. */
const WEBHOOK_TIMEOUT_S = 3;

/** Namespaces whose Deployments and generated routes and services are reviewed carry this label with the value `true`. */
const GOVERNED_LABEL = 'sluice.dev/governed';
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
  /** What keeps Flagger from what Sluice runs; absent: nothing does. */
  readonly fence?: FenceRules;
}

/** One webhook of a configuration. Every field that the API server would default is set. */
interface Webhook {
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
    webhooks: subjectsOf(options)
      .filter((subject) => subject.reviews.includes(review))
      .map((subject) => webhook(subject, review, failureMode(subject, options), options)),
  };
}

function subjectsOf({
  fence,
  executorUsernames,
}: WebhookConfigurationOptions): readonly WebhookSubject[] {
  return fence === undefined
    ? WEBHOOK_SUBJECTS
    : [...WEBHOOK_SUBJECTS, fenceSubject(fence, executorUsernames)];
}

function webhook(
  subject: WebhookSubject,
  review: ReviewPath,
  mode: FailurePolicy,
  options: WebhookConfigurationOptions,
): Webhook {
  return {
    name: `${subject.name}.${review}.sluice.dev`,
    admissionReviewVersions: ['v1'],
    clientConfig: clientConfig(options, pathFor(review, mode)),
    failurePolicy: mode,
    matchConditions: [
      ...(subject.everybody === true ? [] : userConditions(options.executorUsernames)),
      ...subject.conditions,
    ],
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
function failureMode(
  subject: WebhookSubject,
  { policies }: WebhookConfigurationOptions,
): FailurePolicy {
  if (!subject.followsPolicies) return subject.mode ?? 'Fail';
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

/** Selects the namespaces in which more than Canaries is reviewed. */
export function governed(systemNamespace: string): LabelSelector {
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
