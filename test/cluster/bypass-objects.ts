import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import type { ApiObject } from './api.ts';
import { GATEWAY } from './data-plane.ts';

/** Where all is governed; where a shipped policy is in force; where the label is taken away. */
export const GOVERNED = 'bypass';
export const STRICT = 'bypass-strict';
export const OPEN = 'bypass-open';
const NAMESPACES = [GOVERNED, STRICT, OPEN] as const;

/** Settled; in a rollout that waits for its promotion; settled in the namespace that loses its label. */
export const CALM = 'calm';
export const BUSY = 'busy';
export const LOOSE = 'loose';
/** Settled behind an Ingress. */
export const WEB = 'web';

/** Everything that must be there, in the order in which it is made. */
export function setupObjects(): ApiObject[] {
  const governed = (name: string): ApiObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'sluice.dev/governed': 'true' } },
  });
  return [
    ...NAMESPACES.map(governed),
    ...NAMESPACES.flatMap((namespace) => [
      roleBinding(namespace, 'ursula', { kind: 'ClusterRole', name: 'edit' }),
      roleBinding(namespace, 'dora', { kind: 'ClusterRole', name: 'edit' }),
      deployerRole(namespace),
      roleBinding(namespace, 'dora', { kind: 'Role', name: 'deployer' }),
    ]),
    SETTINGS,
    configured(target(GOVERNED, CALM)),
    canary(GOVERNED, CALM),
    target(GOVERNED, BUSY),
    canary(GOVERNED, BUSY),
    target(GOVERNED, WEB),
    ingress(GOVERNED, WEB),
    behindIngress(canary(GOVERNED, WEB)),
    target(OPEN, LOOSE),
    canary(OPEN, LOOSE),
    shippedPolicy('canary-analysis'),
    {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutPolicyBinding',
      metadata: { name: 'bypass-strict' },
      spec: {
        policyName: 'canary-analysis',
        validationActions: ['Deny'],
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': STRICT } },
        },
      },
    },
    // Its target does not exist: nobody runs it, and it is judged all the same.
    canary(STRICT, CALM),
  ];
}

/** What the pods of the settled target are configured with. */
const SETTINGS: ApiObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: GOVERNED },
  data: { MOOD: 'calm' },
};

function configured(deployment: ApiObject): ApiObject {
  const envFrom = [{ configMapRef: { name: SETTINGS.metadata.name } }];
  const { spec } = deployment as ApiObject & { spec: { template: { spec: object } } };
  const containers = [{ ...container('6.0.0'), envFrom }];
  const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
  return { ...deployment, spec: { ...spec, template } };
}

function shippedPolicy(name: string): ApiObject {
  const file = new URL(`../../policies/${name}/policy.yaml`, import.meta.url);
  return load(readFileSync(file, 'utf8')) as ApiObject;
}

function roleBinding(
  namespace: string,
  user: string,
  role: { kind: string; name: string },
): ApiObject {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `${user}-${role.name}`, namespace },
    roleRef: { apiGroup, ...role },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  };
}

/** What a team that ships by itself has beside `edit`: its Canaries, routes, and the labels of its namespace. */
function deployerRole(namespace: string): ApiObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'deployer', namespace },
    rules: [
      {
        apiGroups: ['flagger.app'],
        resources: ['canaries', 'canaries/status', 'metrictemplates', 'alertproviders'],
        verbs: ['*'],
      },
      {
        apiGroups: ['gateway.networking.k8s.io'],
        resources: ['httproutes', 'httproutes/status'],
        verbs: ['*'],
      },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'patch', 'update'] },
    ],
  };
}

function ingress(namespace: string, name: string): ApiObject {
  const backend = { service: { name, port: { number: 9898 } } };
  const paths = [{ path: '/', pathType: 'Prefix', backend }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace },
    spec: { rules: [{ host: `${name}.${namespace}.example.com`, http: { paths } }] },
  };
}

function behindIngress(made: ApiObject): ApiObject {
  const { spec } = made as ApiObject & { spec: object };
  const ingressRef = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    name: made.metadata.name,
  };
  return { ...made, spec: { ...spec, provider: 'nginx', ingressRef } };
}

/** @param tag of the image */
export function container(tag: string): object {
  return {
    name: 'podinfod',
    image: `podinfo:${tag}`,
    ports: [{ name: 'http', containerPort: 9898, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: '/readyz', port: 9898 }, periodSeconds: 1 },
  };
}

/** A Deployment with one pod. */
export function target(namespace: string, name: string): ApiObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container('6.0.0')] } },
    },
  };
}

/** One step, whose promotion a hook that nobody serves never confirms. */
export function canary(namespace: string, name: string): ApiObject {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace },
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: {
        port: 9898,
        targetPort: 9898,
        hosts: [`${name}.${namespace}.example.com`],
        gatewayRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...GATEWAY }],
      },
      analysis: {
        interval: '10s',
        threshold: 10,
        stepWeights: [30],
        metrics: [
          { name: 'always', query: 'vector(1)', interval: '10s', thresholdRange: { min: 1 } },
        ],
        webhooks: [
          {
            name: 'never',
            type: 'confirm-promotion',
            url: 'http://nobody.invalid/',
            timeout: '1s',
          },
        ],
      },
    },
  };
}
