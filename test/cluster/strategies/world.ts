import type { ApiObject } from '../api.ts';
import { GATEWAY, GATEWAY_URL, PROMETHEUS_URL } from '../data-plane.ts';
import { Load, type Answer, type LoadOptions } from '../load.ts';
import { expect } from '../report.ts';
import { StoryRecord, type WeightChange } from '../story-record.ts';
import type { SuiteContext } from '../suite.ts';
import { waitFor } from '../wait.ts';

export const NAME = 'podinfo';
/** Between two steps; long enough for some hundred requests and two scrapes. */
export const INTERVAL_S = 5;
const RATE = 25;
/** The gateway applies a changed route at most every two seconds. */
export const SETTLE_MS = 2500;
const LIMIT_MS = 120_000;

/** One way to roll out, played in a namespace of its own. */
export interface Scenario {
  readonly name: string;
  /** Said after the name when it is played on objects only, without traffic. */
  readonly note?: string;
  play(world: StrategyWorld): Promise<void>;
}

type Part = Readonly<Record<string, unknown>>;

/** The namespace of a scenario: makes its objects, sends requests and records what happens. */
export class StrategyWorld {
  readonly context: SuiteContext;
  readonly namespace: string;
  readonly host: string;
  readonly record: StoryRecord;
  readonly #name: string;
  readonly #loads: Load[] = [];

  constructor(context: SuiteContext, name: string) {
    this.context = context;
    this.#name = name;
    this.namespace = `strategy-${name}`;
    this.host = `${name}.example.com`;
    this.record = new StoryRecord(context.cluster.api, this.namespace, NAME);
  }

  check(what: string, body: () => Promise<string | undefined> | string | undefined): Promise<void> {
    return this.context.report.check(`strategies: ${this.#name}: ${what}`, body);
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    await this.context.kubectl(
      ['apply', '--server-side', '-n', this.namespace, '-f', '-'],
      JSON.stringify(list),
    );
  }

  /** The namespace, the workload with its configuration, and the Canary; until it is initialised and served. */
  async start(canary: object, ...others: readonly object[]): Promise<void> {
    await this.createNamespace();
    await this.apply(...CONFIGURATION, ...others, canary);
    await this.untilPhase('Initialized');
  }

  async createNamespace(): Promise<void> {
    await this.context.cluster.api.create('/api/v1/namespaces', {
      metadata: { name: this.namespace, labels: { 'sluice.dev/governed': 'true' } },
    });
  }

  /** Steady requests to the scenario's host, begun once the gateway answers. */
  async load(options: LoadOptions & { url?: string } = {}): Promise<Load> {
    const { url = GATEWAY_URL, ...others } = options;
    await waitFor(`${this.host} is served`, () => isServed(url, this.host), 30_000);
    const load = new Load(url, this.host, RATE, others);
    this.#loads.push(load);
    return load;
  }

  setImage(tag: string, kind = 'deployments'): Promise<ApiObject> {
    const path = `/apis/apps/v1/namespaces/${this.namespace}/${kind}/${NAME}`;
    const image = { op: 'replace', path: '/spec/template/spec/containers/0/image' };
    return this.context.cluster.api.jsonPatch(path, [{ ...image, value: `podinfo:${tag}` }]);
  }

  patchCanary(patch: object): Promise<ApiObject> {
    return this.context.cluster.api.merge(this.path('flagger.app/v1beta1', 'canaries'), patch);
  }

  /** Path of the object named like the scenario's workload. */
  path(group: string, plural: string, name = NAME): string {
    const root = group === 'v1' ? '/api/v1' : `/apis/${group}`;
    return `${root}/namespaces/${this.namespace}/${plural}/${name}`;
  }

  get(group: string, plural: string, name = NAME): Promise<ApiObject> {
    return this.context.cluster.api.get(this.path(group, plural, name));
  }

  async untilPhase(phase: string, limitMs = LIMIT_MS): Promise<void> {
    await waitFor(`${this.#name} is ${phase}`, () => this.seen(phase), limitMs).catch(
      (error: unknown) => {
        const seen = this.record.phases.join(', ');
        throw new Error(`never ${phase}; seen: ${seen}`, { cause: error });
      },
    );
  }

  seen(phase: string): true | undefined {
    return this.record.phases.at(-1) === phase ? true : undefined;
  }

  stop(): void {
    for (const load of this.#loads) load.stop();
    this.record.stop();
  }
}

async function isServed(url: string, host: string): Promise<true | undefined> {
  const load = new Load(url, host, 10);
  try {
    return await waitFor('an answer', () => last(load)?.status === 200 || undefined, 2000);
  } catch {
    return undefined;
  } finally {
    load.stop();
  }
}

function last(load: Load): Answer | undefined {
  return load.answers.at(-1);
}

export function isPrimary({ pod }: Answer): boolean {
  return pod.startsWith(`${NAME}-primary-`);
}

/** Not one request was lost, and the primary never failed. */
export function noneLost(load: Load): string {
  const failed = load.answers.filter(({ status }) => status !== 200);
  const onCanary = failed.filter((answer) => answer.pod !== '' && !isPrimary(answer)).length;
  const text = `${failed.length} failed (${onCanary} on the canary) of ${load.answers.length}`;
  expect(failed.length === 0, text);
  return text;
}

/** Only the canary has failed, and somebody has noticed. */
export function onlyCanaryFailed(load: Load): string {
  const failed = load.answers.filter(({ status }) => status !== 200);
  const elsewhere = failed.filter((answer) => answer.pod === '' || isPrimary(answer)).length;
  const text = `${failed.length} failed, ${elsewhere} of them not on the canary, of ${load.answers.length}`;
  expect(failed.length > 0 && elsewhere === 0, text);
  return text;
}

/** The canary's share of the answers between two moments, percent; undefined without answers. */
export function shareOf(answers: readonly Answer[]): number | undefined {
  if (answers.length === 0) return undefined;
  return (100 * answers.filter((answer) => !isPrimary(answer)).length) / answers.length;
}

/** While the route had this weight and the gateway had taken it over. */
export function during(load: Load, changes: readonly WeightChange[], weight: number): Answer[] {
  const index = changes.findIndex((change) => change.weight === weight);
  const from = changes[index];
  const to = changes[index + 1];
  if (from === undefined || to === undefined) return [];
  return load.between(from.at + SETTLE_MS, to.at);
}

/** A ConfigMap and a Secret that the pods refer to. */
export const CONFIGURATION: readonly object[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'podinfo-config' },
    data: { message: 'hello' },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'podinfo-secret' },
    stringData: { value: 'x' },
  },
];

/** The workload: `podinfo` with two ports, ready when it answers. */
export function workload(kind: 'Deployment' | 'DaemonSet', metadata: Part = {}): object {
  const ref = (name: string, key: string): Part => ({ name, key });
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: NAME, ...metadata },
    spec: {
      ...(kind === 'Deployment'
        ? { replicas: 1, progressDeadlineSeconds: 30 }
        : // Without a surge the only pod of a node goes before the next one comes, whoever rolls it out.
          { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
      selector: { matchLabels: { app: NAME } },
      template: {
        metadata: {
          labels: { app: NAME },
          annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797' },
        },
        spec: {
          containers: [
            {
              name: 'podinfod',
              image: 'podinfo:6.0.0',
              ports: [{ name: 'http', containerPort: 9898 }],
              env: [
                { name: 'SECRET', valueFrom: { secretKeyRef: ref('podinfo-secret', 'value') } },
                {
                  name: 'MESSAGE',
                  valueFrom: { configMapKeyRef: ref('podinfo-config', 'message') },
                },
              ],
              readinessProbe: { httpGet: { port: 9898, path: '/readyz' }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  };
}

export const SUCCESS_RATE = {
  name: 'request-success-rate',
  interval: '10s',
  thresholdRange: { min: 95 },
};
export const STEPS = { stepWeight: 20, maxWeight: 60 };

/** A Canary of the scenario's workload behind the Gateway. */
export function canaryOf(world: StrategyWorld, analysis: Part = STEPS, spec: Part = {}): object {
  const gateway = 'gateway' in spec ? spec['gateway'] : GATEWAY;
  const rest = Object.fromEntries(Object.entries(spec).filter(([key]) => key !== 'gateway'));
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: NAME },
    spec: {
      provider: 'gatewayapi:v1',
      metricsServer: PROMETHEUS_URL,
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
      progressDeadlineSeconds: 30,
      service: { port: 9898, hosts: [world.host], gatewayRefs: [gateway] },
      analysis: {
        interval: `${INTERVAL_S}s`,
        threshold: 2,
        metrics: [SUCCESS_RATE],
        ...analysis,
      },
      ...rest,
    },
  };
}
