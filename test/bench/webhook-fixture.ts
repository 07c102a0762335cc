import type { RolloutPolicy, RolloutPolicyBinding } from '../../src/domain/policy.ts';

/** One review and what its answer must be. */
export interface BenchReview {
  readonly body: string;
  readonly uid: string;
  readonly allowed: boolean;
  /** Texts that the denial must contain. */
  readonly violations: readonly string[];
}

const API_VERSION = 'sluice.dev/v1alpha1';
const POD = 'object.spec.template.spec';
const USER = { username: 'ada', uid: '7', groups: ['developers', 'system:authenticated'] };
const BODY_BYTES = 8192;

/** Ten policies that match every Deployment; each validation reads the object. */
const POLICIES: Readonly<Record<string, readonly [expression: string, message: string][]>> = {
  images: [
    [`${POD}.containers.all(c, c.image.contains(':'))`, 'every image has a tag'],
    [
      `!${POD}.containers.exists(c, c.image.endsWith(':latest'))`,
      'the tag latest is not a version',
    ],
    [
      `${POD}.containers.all(c, c.image.startsWith('registry.example.com/'))`,
      'images come from our registry',
    ],
  ],
  resources: [
    [
      `${POD}.containers.all(c, has(c.resources) && has(c.resources.limits))`,
      'every container has limits',
    ],
    [
      `${POD}.containers.all(c, quantity(c.resources.limits.memory).isLessThan(quantity('4Gi')))`,
      'no container takes 4Gi of memory or more',
    ],
    [
      `${POD}.containers.all(c, has(c.resources.requests) && 'cpu' in c.resources.requests)`,
      'every container asks for cpu',
    ],
  ],
  replicas: [
    ['object.spec.replicas >= 2', 'at least two replicas'],
    ['object.spec.replicas <= 50', 'at most fifty replicas'],
    [
      '!has(object.spec.progressDeadlineSeconds) || object.spec.progressDeadlineSeconds <= 900',
      'the deadline is at most 15 minutes',
    ],
  ],
  labels: [
    [`has(object.metadata.labels) && 'team' in object.metadata.labels`, 'a team owns it'],
    [`object.metadata.labels['team'].matches('^[a-z][a-z0-9-]*$')`, 'the team is a name'],
    [
      `object.spec.selector.matchLabels.all(k, k in object.spec.template.metadata.labels)`,
      'the selector selects',
    ],
  ],
  security: [
    [`!has(${POD}.hostNetwork) || !${POD}.hostNetwork`, 'not on the network of the host'],
    [
      `${POD}.containers.all(c, has(c.securityContext) && c.securityContext.runAsNonRoot)`,
      'no container runs as root',
    ],
    [
      `${POD}.containers.all(c, !has(c.securityContext.privileged) || !c.securityContext.privileged)`,
      'no container is privileged',
    ],
  ],
  probes: [
    [`${POD}.containers.all(c, has(c.readinessProbe))`, 'every container is probed'],
    [
      `${POD}.containers.all(c, !has(c.readinessProbe.periodSeconds) || c.readinessProbe.periodSeconds <= 30)`,
      'probes come at least every 30 s',
    ],
    [`${POD}.containers.all(c, has(c.livenessProbe))`, 'every container is watched'],
  ],
  rollout: [
    [`object.spec.strategy.type == 'RollingUpdate'`, 'updates roll'],
    [`object.spec.strategy.rollingUpdate.maxUnavailable == 0`, 'nothing is unavailable meanwhile'],
    [`${POD}.terminationGracePeriodSeconds >= 10`, 'pods end gracefully'],
  ],
  environment: [
    [
      `${POD}.containers.all(c, c.env.all(e, !e.name.startsWith('AWS_')))`,
      'no cloud keys in the environment',
    ],
    [`${POD}.containers.all(c, c.env.size() <= 40)`, 'at most 40 variables'],
    [`${POD}.containers.all(c, c.env.exists(e, e.name == 'SERVICE'))`, 'the service is named'],
  ],
  ports: [
    [`${POD}.containers.all(c, c.ports.all(p, p.containerPort > 1024))`, 'only high ports'],
    [`${POD}.containers.all(c, c.ports.all(p, !has(p.hostPort)))`, 'no port of the host'],
    [`${POD}.containers.all(c, c.ports.all(p, p.name.size() <= 15))`, 'ports have short names'],
  ],
  namespace: [
    [`object.metadata.namespace == request.namespace`, 'the namespace is the one asked for'],
    [
      `namespaceObject.metadata.labels['sluice.dev/governed'] == 'true'`,
      'the namespace is governed',
    ],
    [`object.metadata.annotations.all(k, k.size() < 100)`, 'annotations have short keys'],
  ],
};

/** Twenty further rules, all of which hold for every review. */
const FURTHER_RULES: readonly [expression: string, message: string][] = [
  [`object.apiVersion == 'apps/v1'`, 'the version is the stable one'],
  [`object.metadata.name.size() <= 52`, 'the name leaves room for suffixes'],
  [`object.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`, 'the name is a DNS label'],
  [`!('kubernetes.io/change-cause' in object.metadata.annotations)`, 'no change-cause'],
  [`object.metadata.labels.size() <= 20`, 'at most twenty labels'],
  [`object.metadata.labels.all(k, k.size() <= 63)`, 'labels have short keys'],
  [`${POD}.containers.size() <= 5`, 'at most five containers'],
  [`${POD}.containers.all(c, c.name.size() <= 32)`, 'containers have short names'],
  [`${POD}.containers.all(c, c.env.all(e, has(e.value)))`, 'variables have values'],
  [`${POD}.containers.all(c, c.env.all(e, e.value.size() < 256))`, 'values are short'],
  [`${POD}.containers.exists_one(c, c.name == 'app')`, 'one container is the app'],
  [`!has(${POD}.initContainers)`, 'nothing runs before'],
  [`!has(${POD}.hostPID) || !${POD}.hostPID`, 'not among the processes of the host'],
  [`!has(${POD}.hostIPC) || !${POD}.hostIPC`, 'not in the memory of the host'],
  [
    `${POD}.containers.all(c, c.volumeMounts.all(m, m.mountPath.startsWith('/etc/')))`,
    'mounts stand below /etc',
  ],
  [
    `${POD}.containers.all(c, c.securityContext.allowPrivilegeEscalation == false)`,
    'no container gets more rights',
  ],
  [`${POD}.containers.all(c, c.ports.exists(p, p.name == 'metrics'))`, 'metrics are served'],
  [
    `${POD}.containers.map(c, c.name).all(n, n in ['app', 'sidecar'])`,
    'containers are the known ones',
  ],
  [`request.userInfo.groups.exists(g, g == 'developers')`, 'a developer writes it'],
  [`request.operation in ['CREATE', 'UPDATE']`, 'it is a write'],
];

/** How the rules stand: ten policies of three, or fifty rules in as many policies, or in one. */
export type Layout = 'ten' | 'fifty' | 'one';

interface Bound {
  readonly policies: readonly RolloutPolicy[];
  readonly bindings: readonly RolloutPolicyBinding[];
}

/** The policies in force, each with its binding. */
export function benchPolicies(layout: Layout = 'ten'): Bound {
  if (layout === 'ten') return bound(Object.entries(POLICIES));
  const rules = [...Object.values(POLICIES).flat(), ...FURTHER_RULES];
  if (layout === 'one') return bound([['all', rules]]);
  return bound(rules.map((rule, index) => [`rule-${String(index).padStart(2, '0')}`, [rule]]));
}

type Rules = readonly (readonly [expression: string, message: string])[];

function bound(named: readonly (readonly [name: string, rules: Rules])[]): Bound {
  const policies = named.map(([name, rules]): RolloutPolicy => ({
    apiVersion: API_VERSION,
    kind: 'RolloutPolicy',
    metadata: { name, generation: 1 },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['deployments'],
          },
        ],
      },
      validations: rules.map(([expression, message]) => ({ expression, message })),
    },
  }));
  const bindings = policies.map(({ metadata: { name } }): RolloutPolicyBinding => ({
    apiVersion: API_VERSION,
    kind: 'RolloutPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  }));
  return { policies, bindings };
}

type Members = Record<string, unknown>;

/** What makes every second object wrong; in turn. */
const FAULTS: readonly { readonly break: (object: Draft) => void; readonly says: string }[] = [
  {
    says: 'the tag latest is not a version',
    break: ({ containers }) => (at(containers, 0)['image'] = 'registry.example.com/app:latest'),
  },
  {
    says: 'images come from our registry',
    break: ({ containers }) => (at(containers, 1)['image'] = 'elsewhere.example.com/app:1.2.3'),
  },
  { says: 'at least two replicas', break: ({ spec }) => (spec['replicas'] = 1) },
  {
    says: 'no container runs as root',
    break: ({ containers }) => (at(containers, 1)['securityContext'] = { runAsNonRoot: false }),
  },
  {
    says: 'no cloud keys in the environment',
    break: ({ containers }) => {
      (at(containers, 0)['env'] as Members[]).push({ name: 'AWS_SECRET', value: 'x' });
    },
  },
  {
    says: 'no container takes 4Gi of memory or more',
    break: ({ containers }) =>
      (at(containers, 0)['resources'] = {
        limits: { cpu: '1', memory: '8Gi' },
        requests: { cpu: '100m' },
      }),
  },
  {
    says: 'updates roll',
    break: ({ spec }) =>
      (spec['strategy'] = { type: 'Recreate', rollingUpdate: { maxUnavailable: 0 } }),
  },
  {
    says: 'every container is probed',
    break: ({ containers }) => (at(containers, 0)['readinessProbe'] = undefined),
  },
];

interface Draft {
  readonly spec: Members;
  readonly containers: Members[];
}

/** Different reviews of about 8 kB, every second of them denied. */
export function benchReviews(count: number): BenchReview[] {
  return Array.from({ length: count }, (_, index) => benchReview(index));
}

function benchReview(index: number): BenchReview {
  const containers = [container(index, 'app'), container(index, 'sidecar')];
  const name = `service-${index}`;
  const spec: Members = {
    replicas: 2 + (index % 7),
    progressDeadlineSeconds: 300,
    selector: { matchLabels: { app: name } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: name, version: `v${index}` } },
      spec: {
        terminationGracePeriodSeconds: 30,
        serviceAccountName: name,
        containers,
        volumes: [{ name: 'config', emptyDir: {} }],
      },
    },
  };
  const fault = index % 2 === 1 ? FAULTS[((index - 1) / 2) % FAULTS.length] : undefined;
  fault?.break({ spec, containers });
  const uid = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  return {
    uid,
    body: padded(uid, name, spec),
    allowed: fault === undefined,
    violations: fault === undefined ? [] : [fault.says],
  };
}

function container(index: number, name: string): Members {
  return {
    name,
    image: `registry.example.com/${name}:1.${index}.0`,
    ports: [
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
    ],
    env: [
      { name: 'SERVICE', value: `service-${index}` },
      ...Array.from({ length: 12 }, (_, n) => ({
        name: `SETTING_${n}`,
        value: `value-${index}-${n}`,
      })),
    ],
    resources: {
      limits: { cpu: '1', memory: '512Mi' },
      requests: { cpu: '100m', memory: '128Mi' },
    },
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false },
    readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 5 },
    livenessProbe: { httpGet: { path: '/livez', port: 'http' }, periodSeconds: 10 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/config', readOnly: true }],
  };
}

/** As the API server writes it, with the managed fields that make up the rest of a real object. */
function padded(uid: string, name: string, spec: Members): string {
  const write = (rest: string): string => {
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name,
        namespace: 'shop',
        labels: { app: name, team: 'payments' },
        annotations: {
          'sluice.dev/changed-by': JSON.stringify(USER),
          'example.com/notes': rest,
        },
      },
      spec,
    };
    return JSON.stringify(envelope(uid, name, object));
  };
  return write('n'.repeat(Math.max(0, BODY_BYTES - write('').length)));
}

function envelope(uid: string, name: string, object: unknown): unknown {
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid,
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name,
      namespace: 'shop',
      operation: 'CREATE',
      userInfo: USER,
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

function at(containers: Members[], index: number): Members {
  const found = containers[index];
  if (found === undefined) throw new Error('no such container');
  return found;
}
