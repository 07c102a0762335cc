/** A Kubernetes object as JSON; `$NS` and `$STUB` stand for the scenario's namespace and its scope at the stub. */
export type Json = Readonly<Record<string, unknown>>;

/** What the kit's golden.mjs does one after the other; see its `run`. */
export interface Step {
  readonly apply?: readonly Json[];
  readonly image?: string;
  readonly kind?: string;
  readonly patch?: Json;
  readonly delete?: Json;
  readonly rules?: {
    readonly metrics?: readonly Json[];
    readonly hooks?: Readonly<Record<string, number>>;
  };
  readonly sleep?: number;
  readonly until?: string | ((status: CanaryStatus) => boolean);
  readonly timeout?: number;
}

/** A scenario as golden.mjs takes it. */
export interface Scenario {
  readonly name: string;
  /** Statuses that hooks answer with; 200 by default. */
  readonly hooks?: Readonly<Record<string, number>>;
  readonly steps: readonly Step[];
}

interface CanaryStatus {
  readonly phase?: string;
  readonly canaryWeight?: number;
  readonly iterations?: number;
}

export const FIRST = 'podinfo-objects:6.0.0';
export const GOOD = 'podinfo-objects:6.0.1';
export const BAD = 'podinfo-objects:6.0.2';

/** From now on the success rate is 90 %. */
export const FAILING: Step = {
  rules: { metrics: [{ match: '^(?!.*histogram_quantile)', value: 90 }] },
};
/** From now on it is 100 % again. */
export const HEALTHY: Step = { rules: { metrics: [] } };

/** A Deployment or DaemonSet `podinfo` of object-only pods, which are ready at once. */
export function workload(more: Json = {}, kind = 'Deployment', image = FIRST): Json {
  const container = {
    name: 'podinfod',
    image,
    ports: [{ name: 'http', containerPort: 9898, protocol: 'TCP' }],
    resources: { requests: { cpu: '1m', memory: '16Mi' } },
    ...more,
  };
  const labels = { app: 'podinfo' };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'podinfo', labels: { 'app.kubernetes.io/name': 'podinfo' } },
    spec: {
      ...(kind === 'Deployment' ? { replicas: 1, progressDeadlineSeconds: 60 } : {}),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

const METRICS = [
  { name: 'request-success-rate', thresholdRange: { min: 99 }, interval: '1m' },
  { name: 'request-duration', thresholdRange: { max: 500 }, interval: '30s' },
];

/** A Canary `podinfo`, with steps of 30 to 60 unless the analysis says otherwise. */
export function canary(
  provider: string,
  parts: { service?: Json; analysis?: Json; spec?: Json } = {},
): Json {
  const { service = {}, analysis = {}, spec = {} } = parts;
  const isStepped = !('iterations' in analysis || 'stepWeights' in analysis);
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo' },
    spec: {
      provider,
      metricsServer: '$STUB',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      progressDeadlineSeconds: 60,
      service: { port: 9898, targetPort: 9898, portName: 'http', ...service },
      analysis: {
        interval: '10s',
        threshold: 3,
        ...(isStepped ? { maxWeight: 60, stepWeight: 30 } : {}),
        metrics: METRICS,
        ...analysis,
      },
      ...spec,
    },
  };
}

/** The same behind the Gateway of the kit. */
export function gatewayCanary(parts: { service?: Json; analysis?: Json; spec?: Json } = {}): Json {
  const gateway = {
    hosts: ['$NS.example.com'],
    gatewayRefs: [{ name: 'gateway', namespace: 'infra' }],
  };
  return canary('gatewayapi:v1', { ...parts, service: { ...gateway, ...parts.service } });
}

/** A hook of the stub, of a type that is its name, too. */
export function hook(type: string, more: Json = {}): Json {
  const url = `$STUB/hook/${type}`;
  return { name: type, type, url, timeout: '5s', metadata: { owner: 'lab' }, ...more };
}

/** Changes a Canary by a merge patch. */
export function patchCanary(spec: Json): Step {
  const apiVersion = 'flagger.app/v1beta1';
  return { patch: { apiVersion, kind: 'Canary', metadata: { name: 'podinfo' }, spec } };
}

/** Objects are applied and initialised. */
export function initialise(...objects: readonly Json[]): Step[] {
  return [{ apply: objects }, { until: 'Initialized' }];
}

/** A good version is promoted. */
export function promote(image = GOOD, more: Pick<Step, 'kind'> = {}): Step[] {
  return [{ image, ...more }, { until: 'Progressing' }, { until: 'Succeeded' }];
}

/** A bad one is rolled back. */
export function rollBack(more: Pick<Step, 'kind'> = {}): Step[] {
  return [FAILING, { image: BAD, ...more }, { until: 'Progressing' }, { until: 'Failed' }];
}
