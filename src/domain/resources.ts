import type { ResourceType } from './object.ts';

const FLAGGER = { group: 'flagger.app', version: 'v1beta1', namespaced: true } as const;
const SLUICE = { group: 'sluice.dev', version: 'v1alpha1' } as const;

/** The resources that Sluice itself reads or writes. */
export const RESOURCES = {
  namespaces: {
    group: '',
    version: 'v1',
    plural: 'namespaces',
    kind: 'Namespace',
    namespaced: false,
  },
  services: { group: '', version: 'v1', plural: 'services', kind: 'Service', namespaced: true },
  secrets: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
  configMaps: {
    group: '',
    version: 'v1',
    plural: 'configmaps',
    kind: 'ConfigMap',
    namespaced: true,
  },
  pods: { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true },
  events: { group: '', version: 'v1', plural: 'events', kind: 'Event', namespaced: true },
  leases: {
    group: 'coordination.k8s.io',
    version: 'v1',
    plural: 'leases',
    kind: 'Lease',
    namespaced: true,
  },
  deployments: {
    group: 'apps',
    version: 'v1',
    plural: 'deployments',
    kind: 'Deployment',
    namespaced: true,
  },
  clusterRoles: {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    plural: 'clusterroles',
    kind: 'ClusterRole',
    namespaced: false,
  },
  validatingWebhookConfigurations: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'validatingwebhookconfigurations',
    kind: 'ValidatingWebhookConfiguration',
    namespaced: false,
  },
  mutatingWebhookConfigurations: {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    plural: 'mutatingwebhookconfigurations',
    kind: 'MutatingWebhookConfiguration',
    namespaced: false,
  },
  customResourceDefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  },
  httpRoutes: {
    group: 'gateway.networking.k8s.io',
    version: 'v1',
    plural: 'httproutes',
    kind: 'HTTPRoute',
    namespaced: true,
  },
  gateways: {
    group: 'gateway.networking.k8s.io',
    version: 'v1',
    plural: 'gateways',
    kind: 'Gateway',
    namespaced: true,
  },
  canaries: { ...FLAGGER, plural: 'canaries', kind: 'Canary' },
  metricTemplates: { ...FLAGGER, plural: 'metrictemplates', kind: 'MetricTemplate' },
  alertProviders: { ...FLAGGER, plural: 'alertproviders', kind: 'AlertProvider' },
  rolloutPolicies: {
    ...SLUICE,
    plural: 'rolloutpolicies',
    kind: 'RolloutPolicy',
    namespaced: false,
  },
  rolloutPolicyBindings: {
    ...SLUICE,
    plural: 'rolloutpolicybindings',
    kind: 'RolloutPolicyBinding',
    namespaced: false,
  },
  rolloutRuns: { ...SLUICE, plural: 'rolloutruns', kind: 'RolloutRun', namespaced: true },
  changeWindows: { ...SLUICE, plural: 'changewindows', kind: 'ChangeWindow', namespaced: true },
  approvals: { ...SLUICE, plural: 'approvals', kind: 'Approval', namespaced: true },
  policyExceptions: {
    ...SLUICE,
    plural: 'policyexceptions',
    kind: 'PolicyException',
    namespaced: true,
  },
  rolloutBudgets: { ...SLUICE, plural: 'rolloutbudgets', kind: 'RolloutBudget', namespaced: true },
} as const satisfies Record<string, ResourceType>;
