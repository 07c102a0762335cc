import type { Operation } from '../domain/policy.ts';
import { PROBE_ANNOTATION, type FenceRules } from './fence.ts';
import { userExpression } from './fence-users.ts';
import type { Rule, WebhookSubject } from './webhook-subjects.ts';
import { EXECUTOR_ANNOTATION, FLAGGER } from '../delivery/executor-choice.ts';

/** Groups of the routes that Flagger writes. */
const ROUTE_GROUPS = [
  'gateway.networking.k8s.io',
  'networking.istio.io',
  'projectcontour.io',
  'traefik.io',
  'split.smi-spec.io',
  'gateway.solo.io',
  'gloo.solo.io',
  'appmesh.k8s.aws',
  'apisix.apache.org',
  'kuma.io',
  'serving.knative.dev',
  'keda.sh',
];

const WRITES: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE'];

/**
 * What the fence is asked about. Its condition lets through to the webhook nothing but writes by Flagger's users, the
 * executor's writes of Canaries that are not its own, and the probe: nobody else is slowed down.
 */
export function fenceSubject(fence: FenceRules, executors: readonly string[]): WebhookSubject {
  return {
    name: 'fence',
    reviews: ['validate'],
    followsPolicies: false,
    everybody: true,
    rules: [
      rule(['flagger.app'], ['canaries', 'canaries/status']),
      rule(['apps'], ['deployments', 'daemonsets']),
      rule([''], ['services']),
      rule(['autoscaling'], ['horizontalpodautoscalers']),
      rule(['networking.k8s.io'], ['ingresses']),
      rule(ROUTE_GROUPS, ['*']),
    ],
    onlyGoverned: false,
    conditions: [{ name: 'fence', expression: condition(fence, executors) }],
  };
}

function condition({ flaggerUsers, namespace }: FenceRules, executors: readonly string[]): string {
  const outside = namespace === '' ? [] : [`request.namespace != ${JSON.stringify(namespace)}`];
  const marked = `object.?metadata.?annotations[?"${EXECUTOR_ANNOTATION}"].orValue("") == "${FLAGGER}"`;
  const foreign = [
    ...outside,
    `request.resource.group == "flagger.app" && request.operation == "UPDATE" && ${marked}`,
  ].join(' || ');
  const probe = `request.operation == "CREATE" && object.?metadata.?annotations[?"${PROBE_ANNOTATION}"].hasValue()`;
  return [
    userExpression(flaggerUsers),
    `(request.userInfo.username in ${JSON.stringify(executors)} && (${foreign}))`,
    `(${probe})`,
  ].join(' || ');
}

function rule(apiGroups: readonly string[], resources: readonly string[]): Rule {
  return { apiGroups, apiVersions: ['*'], operations: WRITES, resources, scope: '*' };
}
