import {
  canary,
  gatewayCanary,
  initialise,
  promote,
  rollBack,
  workload,
  type Json,
  type Scenario,
} from './scenario-parts.ts';

const istioHost = { hosts: ['app.example.com'] };
const ingress: Json = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'podinfo', annotations: { 'kubernetes.io/ingress.class': 'nginx' } },
  spec: {
    rules: [
      {
        host: 'app.example.com',
        http: {
          paths: [
            {
              pathType: 'Prefix',
              path: '/',
              backend: { service: { name: 'podinfo', port: { number: 9898 } } },
            },
          ],
        },
      },
    ],
  },
};

const scaledObject: Json = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'podinfo' },
  spec: {
    scaleTargetRef: { name: 'podinfo' },
    minReplicaCount: 1,
    maxReplicaCount: 3,
    triggers: [
      {
        type: 'prometheus',
        name: 'rate',
        metadata: {
          serverAddress: 'http://prometheus:9090',
          threshold: '5',
          query: 'sum(rate(http_requests_total{app="podinfo"}[1m]))',
        },
      },
    ],
  },
};

const externalService: Json = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'podinfo' },
  spec: { type: 'ExternalName', externalName: 'one.example.com', ports: [{ port: 9898 }] },
};

const mountedConfigs: readonly Json[] = [
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'files' }, data: { a: '1', b: '2' } },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'variables' }, data: { LEVEL: 'info' } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, data: { key: 'YWJj' } },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'left-alone', annotations: { 'flagger.app/config-tracking': 'disabled' } },
    data: { x: 'y' },
  },
];

function withVolumes(deployment: Json): Json {
  const { spec, ...rest } = deployment as { spec: { template: { spec: Json } } };
  const volumes = [
    { name: 'files', configMap: { name: 'files' } },
    {
      name: 'all',
      projected: { sources: [{ secret: { name: 'keys' } }, { configMap: { name: 'left-alone' } }] },
    },
  ];
  const { template } = spec;
  return {
    ...rest,
    spec: { ...spec, template: { ...template, spec: { ...template.spec, volumes } } },
  };
}

/** Routes, targets, autoscalers and configuration. */
export const OBJECT_SCENARIOS: readonly Scenario[] = [
  {
    name: 'step-weight-promotion',
    steps: [
      ...initialise(workload(), gatewayCanary({ analysis: { stepWeightPromotion: 50 } })),
      ...promote(),
    ],
  },
  {
    name: 'gatewayapi-v1beta1',
    steps: [
      ...initialise(
        workload(),
        canary('gatewayapi:v1beta1', {
          service: {
            hosts: ['$NS.example.com'],
            gatewayRefs: [{ name: 'gateway', namespace: 'infra' }],
          },
        }),
      ),
      ...promote(),
      ...rollBack(),
    ],
  },
  {
    name: 'gatewayapi-route-fields',
    steps: [
      ...initialise(
        workload(),
        gatewayCanary({
          service: {
            timeout: '15s',
            portDiscovery: true,
            match: [{ uri: { prefix: '/api' }, method: { exact: 'GET' } }],
            rewrite: { uri: '/' },
            headers: { request: { add: { 'x-added': 'yes' }, remove: ['x-gone'] } },
            apex: { labels: { test: 'label' }, annotations: { test: 'annotation' } },
          },
        }),
      ),
      ...promote(),
    ],
  },
  {
    name: 'affinity-istio',
    steps: [
      ...initialise(
        workload(),
        canary('istio', {
          service: istioHost,
          analysis: { sessionAffinity: { cookieName: 'flagger-cookie', maxAge: 21_600 } },
        }),
      ),
      ...promote(),
    ],
  },
  {
    name: 'bg-istio-mirror',
    steps: [
      ...initialise(
        workload(),
        canary('istio', {
          service: istioHost,
          analysis: { iterations: 2, mirror: true, mirrorWeight: 50 },
        }),
      ),
      ...promote(),
    ],
  },
  {
    name: 'istio-tcp',
    steps: [
      ...initialise(
        workload(),
        canary('istio', { service: { ...istioHost, appProtocol: 'tcp', portName: 'tcp' } }),
      ),
      ...promote(),
    ],
  },
  {
    name: 'istio-delegation',
    steps: [
      ...initialise(
        workload(),
        canary('istio', { service: { delegation: true, portDiscovery: true } }),
      ),
      ...promote(),
    ],
  },
  {
    name: 'service-target-external',
    steps: [
      ...initialise(
        externalService,
        canary('istio', {
          service: istioHost,
          spec: { targetRef: { apiVersion: 'core/v1', kind: 'Service', name: 'podinfo' } },
        }),
      ),
      {
        patch: {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'podinfo' },
          spec: { externalName: 'two.example.com' },
        },
      },
      { until: 'Progressing' },
      { until: 'Succeeded' },
    ],
  },
  {
    name: 'bg-nginx',
    steps: [
      ...initialise(
        workload(),
        ingress,
        canary('nginx', {
          analysis: { iterations: 2 },
          spec: {
            ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'podinfo' },
          },
        }),
      ),
      ...promote(),
    ],
  },
  {
    name: 'scaled-object',
    steps: [
      ...initialise(
        workload(),
        scaledObject,
        gatewayCanary({
          spec: {
            autoscalerRef: {
              apiVersion: 'keda.sh/v1alpha1',
              kind: 'ScaledObject',
              name: 'podinfo',
              primaryScalerReplicas: { minReplicas: 2, maxReplicas: 4 },
            },
          },
        }),
      ),
      ...promote(),
      ...rollBack(),
    ],
  },
  {
    name: 'daemonset-rollback',
    steps: [
      ...initialise(
        workload({}, 'DaemonSet'),
        canary('gatewayapi:v1', {
          service: {
            hosts: ['$NS.example.com'],
            gatewayRefs: [{ name: 'gateway', namespace: 'infra' }],
          },
          spec: { targetRef: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'podinfo' } },
        }),
      ),
      ...rollBack({ kind: 'daemonsets' }),
    ],
  },
  {
    name: 'config-kinds',
    steps: [
      ...initialise(
        ...mountedConfigs,
        withVolumes(
          workload({
            envFrom: [{ configMapRef: { name: 'variables' } }],
            volumeMounts: [
              { name: 'files', mountPath: '/files' },
              { name: 'all', mountPath: '/all' },
            ],
          }),
        ),
        canary('kubernetes', { analysis: { iterations: 1 } }),
      ),
      {
        patch: {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'keys' },
          data: { key: 'ZGVm' },
        },
      },
      { until: 'Progressing' },
      { until: 'Succeeded' },
    ],
  },
];
