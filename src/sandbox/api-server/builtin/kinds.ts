import type { Fields } from '../json.ts';
import type { NameForm } from '../names.ts';
import type { ApiObject, ApiResource, ScalePaths, Strategy } from '../resource.ts';
import type { RuleEngine } from '../rules.ts';
import { admissionPolicyStrategy, policyBindingStrategy } from './admission-policy.ts';
import { builtinType } from '../../../domain/builtin-types/builtin-types.ts';
import { customResourceDefinitionStrategy } from './custom-resource-definition.ts';
import { withConditionChecks, withRuleChecks } from './expression-checks.ts';
import { serviceStrategy } from './service.ts';
import {
  configMapStrategy,
  countedStrategy,
  eventStrategy,
  ingressStrategy,
  namespaceStrategy,
  podStrategy,
  secretStrategy,
  storedStrategy,
  webhookConfigurationStrategy,
} from './strategies.ts';
import { workloadStrategy } from './workload.ts';
import { eventConversion } from './event-conversion.ts';

interface Row {
  kind: string;
  plural: string;
  short?: readonly string[];
  cluster?: true;
  status?: true;
  scale?: true;
  strategy?: Strategy;
  conditionalUpdate?: true;
  inAll?: true;
}

const SCALE: ScalePaths = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
};

const CORE: readonly Row[] = [
  {
    kind: 'Namespace',
    plural: 'namespaces',
    short: ['ns'],
    cluster: true,
    status: true,
    strategy: namespaceStrategy,
  },
  { kind: 'Node', plural: 'nodes', short: ['no'], cluster: true, status: true },
  { kind: 'Pod', plural: 'pods', short: ['po'], status: true, strategy: podStrategy, inAll: true },
  {
    kind: 'Service',
    plural: 'services',
    short: ['svc'],
    status: true,
    strategy: serviceStrategy,
    inAll: true,
  },
  { kind: 'ConfigMap', plural: 'configmaps', short: ['cm'], strategy: configMapStrategy },
  { kind: 'Secret', plural: 'secrets', strategy: secretStrategy },
  { kind: 'ServiceAccount', plural: 'serviceaccounts', short: ['sa'] },
  { kind: 'Event', plural: 'events', short: ['ev'], strategy: eventStrategy },
  { kind: 'Endpoints', plural: 'endpoints', short: ['ep'] },
  { kind: 'ResourceQuota', plural: 'resourcequotas', short: ['quota'], status: true },
  { kind: 'LimitRange', plural: 'limitranges', short: ['limits'] },
];

const APPS: readonly Row[] = [
  { kind: 'Deployment', plural: 'deployments', short: ['deploy'] },
  { kind: 'ReplicaSet', plural: 'replicasets', short: ['rs'] },
  { kind: 'StatefulSet', plural: 'statefulsets', short: ['sts'] },
  { kind: 'DaemonSet', plural: 'daemonsets', short: ['ds'] },
].map((row) => ({
  ...row,
  status: true,
  inAll: true,
  strategy: workloadStrategy(row.kind as Parameters<typeof workloadStrategy>[0]),
  ...(row.kind === 'DaemonSet' ? {} : { scale: true }),
}));

const counted = { status: true, strategy: countedStrategy } as const;

const GROUPS: readonly { groupVersion: string; rows: readonly Row[] }[] = [
  { groupVersion: 'v1', rows: CORE },
  {
    groupVersion: 'apps/v1',
    rows: [...APPS, { kind: 'ControllerRevision', plural: 'controllerrevisions' }],
  },
  {
    groupVersion: 'admissionregistration.k8s.io/v1',
    rows: [
      {
        kind: 'ValidatingWebhookConfiguration',
        plural: 'validatingwebhookconfigurations',
        cluster: true,
        strategy: webhookConfigurationStrategy,
      },
      {
        kind: 'MutatingWebhookConfiguration',
        plural: 'mutatingwebhookconfigurations',
        cluster: true,
        strategy: webhookConfigurationStrategy,
      },
      {
        kind: 'ValidatingAdmissionPolicy',
        plural: 'validatingadmissionpolicies',
        cluster: true,
        status: true,
        strategy: admissionPolicyStrategy,
      },
      {
        kind: 'ValidatingAdmissionPolicyBinding',
        plural: 'validatingadmissionpolicybindings',
        cluster: true,
        strategy: policyBindingStrategy,
      },
    ],
  },
  {
    groupVersion: 'apiextensions.k8s.io/v1',
    rows: [
      {
        kind: 'CustomResourceDefinition',
        plural: 'customresourcedefinitions',
        short: ['crd', 'crds'],
        cluster: true,
        status: true,
        strategy: customResourceDefinitionStrategy,
      },
    ],
  },
  {
    groupVersion: 'autoscaling/v2',
    rows: [
      {
        kind: 'HorizontalPodAutoscaler',
        plural: 'horizontalpodautoscalers',
        short: ['hpa'],
        status: true,
        inAll: true,
      },
    ],
  },
  {
    groupVersion: 'coordination.k8s.io/v1',
    rows: [{ kind: 'Lease', plural: 'leases', conditionalUpdate: true }],
  },
  {
    groupVersion: 'discovery.k8s.io/v1',
    rows: [{ kind: 'EndpointSlice', plural: 'endpointslices' }],
  },
  {
    groupVersion: 'events.k8s.io/v1',
    rows: [{ kind: 'Event', plural: 'events', short: ['ev'], strategy: eventStrategy }],
  },
  {
    groupVersion: 'networking.k8s.io/v1',
    rows: [
      {
        kind: 'NetworkPolicy',
        plural: 'networkpolicies',
        short: ['netpol'],
        strategy: countedStrategy,
      },
      {
        kind: 'Ingress',
        plural: 'ingresses',
        short: ['ing'],
        status: true,
        strategy: ingressStrategy,
      },
    ],
  },
  {
    groupVersion: 'policy/v1',
    rows: [
      { kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', short: ['pdb'], ...counted },
    ],
  },
  {
    groupVersion: 'rbac.authorization.k8s.io/v1',
    rows: [
      { kind: 'ClusterRole', plural: 'clusterroles', cluster: true },
      { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', cluster: true },
      { kind: 'Role', plural: 'roles' },
      { kind: 'RoleBinding', plural: 'rolebindings' },
    ],
  },
  {
    groupVersion: 'scheduling.k8s.io/v1',
    rows: [{ kind: 'PriorityClass', plural: 'priorityclasses', short: ['pc'], cluster: true }],
  },
];

/** Every builtin resource that the server serves. The engine checks the expressions that some of them hold. */
export function builtinResources(engine: RuleEngine): ApiResource[] {
  return GROUPS.flatMap(({ groupVersion, rows }) => {
    const slash = groupVersion.indexOf('/');
    const group = slash < 0 ? '' : groupVersion.slice(0, slash);
    const version = groupVersion.slice(slash + 1);
    return rows.map((row) => ({
      ...builtinResource(row, group, version),
      strategy: checkedStrategy(row, engine),
    }));
  });
}

function checkedStrategy({ kind, strategy = storedStrategy }: Row, engine: RuleEngine): Strategy {
  if (kind === 'CustomResourceDefinition') return withRuleChecks(strategy, engine);
  return kind.endsWith('WebhookConfiguration') ? withConditionChecks(strategy, engine) : strategy;
}

function builtinResource(row: Row, group: string, version: string): Omit<ApiResource, 'strategy'> {
  const isEvent = row.kind === 'Event';
  return {
    group,
    version,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    kind: row.kind,
    listKind: `${row.kind}List`,
    namespaced: row.cluster !== true,
    shortNames: row.short ?? [],
    categories: row.inAll === true ? ['all'] : [],
    storageKey: isEvent ? '/events' : `${group}/${row.plural}`,
    builtin: true,
    hasStatus: row.status === true,
    scale: row.scale === true ? SCALE : undefined,
    unconditionalUpdate: row.conditionalUpdate !== true,
    columns: undefined,
    schema: schemaOf(row, group),
    ...(isEvent && group !== '' ? { conversion: eventConversion } : {}),
  };
}

/** The schema of a kind; two groups have a kind Event. */
function schemaOf({ kind }: Row, group: string): Fields {
  const schema = builtinType(group === 'events.k8s.io' ? `${kind}_events` : kind);
  if (schema === undefined) throw new Error(`the type table has no ${kind}`);
  return schema;
}

/** Which form the names of a resource's objects take. */
export function nameFormOf(resource: ApiResource): NameForm {
  if (resource.group === 'rbac.authorization.k8s.io') return 'path';
  return resource.storageKey === '/namespaces' || resource.storageKey === '/services'
    ? 'label'
    : 'subdomain';
}

/** The objects that exist before anybody writes one. */
export function firstObjects(): {
  storageKey: string;
  object: Pick<ApiObject, 'apiVersion' | 'kind'> & { name: string };
}[] {
  return ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map((name) => ({
    storageKey: '/namespaces',
    object: { apiVersion: 'v1', kind: 'Namespace', name },
  }));
}
