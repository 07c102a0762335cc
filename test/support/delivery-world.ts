import type { Approval, ApprovalAction } from '../../src/domain/approval.ts';
import type { Canary, CanaryAnalysis, CanaryHook, CanarySpec } from '../../src/domain/canary.ts';
import type { ObjectCache } from '../../src/domain/client.ts';
import { rfc3339 } from '../../src/domain/clock.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { SluiceError } from '../../src/domain/errors.ts';
import type { GateQuestion } from '../../src/domain/gates.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import { keyOf, keyText, type KubeObject, type ResourceType } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import type { RolloutRun } from '../../src/domain/run.ts';
import type { OutboundRequest, OutboundResponse } from '../../src/domain/transport.ts';
import { VirtualClock } from '../../src/domain/virtual-clock.ts';
import { markOf, type ConfigMark, type ConfigObject } from '../../src/delivery/config-digest.ts';
import {
  DEFAULT_DELIVERY_CONFIG,
  type DeliveryConfig,
  type DeliveryDeps,
} from '../../src/delivery/config.ts';
import { createCanaryReconciler } from '../../src/delivery/reconciler.ts';
import { createController } from '../../src/kube/controller.ts';
import { FaultyClient } from './faulty-client.ts';
import { MemoryClient } from './memory-client.ts';

export const NAMESPACE = 'shop';
export const NAME = 'podinfo';

interface TestDeployment extends KubeObject {
  spec: {
    replicas?: number;
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: { name: string; image: string }[] };
    };
  };
  status?: Record<string, unknown>;
}

/** Resources whose changes bring a Canary back. */
const WATCHED = [
  'deployments',
  'canaries',
  'rolloutruns',
  'services',
  'httproutes',
  'approvals',
  'configmaps',
  'secrets',
  'horizontalpodautoscalers',
  'scaledobjects',
];

interface TestRoute extends KubeObject {
  spec: { rules: { backendRefs: { weight: number }[] }[] };
}

/** What a scripted server answers; `hang` never does. */
export type Script = number | 'noData' | 'error' | 'hang';

/** What a scripted gate answers. */
export type GateScript = 'allow' | { reason: string; nextOpen?: string };

const ALLOW: Decision = {
  verdict: 'allow',
  violations: [],
  warnings: [],
  patch: [],
  auditAnnotations: {},
  cost: 0,
  snapshotDigest: 'sha256:snapshot',
  factsDigest: 'sha256:facts',
};

/** A decision that holds for one reason. */
function holding(reason: string, nextOpen?: string): Decision {
  const violation = {
    policy: 'freeze',
    generation: 1,
    digest: '',
    binding: 'freeze',
    validation: '0',
    action: 'Hold',
    message: reason,
    reason: 'Forbidden',
  } as const;
  return {
    ...ALLOW,
    verdict: 'hold',
    violations: [violation],
    ...(nextOpen === undefined ? {} : { nextOpen }),
  };
}

/**
 * A Canary's world on a virtual clock: an in-memory cluster whose Deployments become ready after a second, a metric
 * server, hooks and gates that answer as scripted, and the real reconciler under the real controller.
 */
export class DeliveryWorld {
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly client = new MemoryClient(this.clock);
  readonly events: string[] = [];
  /** Each distinct status of the Canary, as `Phase weight iterations failedChecks`. */
  readonly statuses: string[] = [];
  /** The canary's share after each change of the route. */
  readonly weights: number[] = [];
  readonly hookCalls: {
    name: string;
    id: string | undefined;
    body: Record<string, unknown>;
    at: number;
  }[] = [];
  readonly queries: string[] = [];
  readonly questions: GateQuestion[] = [];
  /** Alerts by notifier and what came of them. */
  readonly alerted: string[] = [];
  /** Ends of runs and of holds, as `Promoted 41` and `Promotion hook 20` (seconds). */
  /** What somebody else had changed and was put right. */
  readonly repairs: string[] = [];
  readonly durations: string[] = [];
  /** Lines of the log with their fields. */
  readonly log: (Record<string, unknown> & { message: string })[] = [];
  readonly finished: { succeeded: boolean; skipped: boolean }[] = [];
  /** Answer to a metric query; durations in seconds. */
  metric: (query: string) => Script = (query) => (query.includes('histogram_quantile') ? 0.1 : 100);
  /** Answer to the question whether the metric server answers at all. */
  probe: Script = 1;
  hooks: Record<string, () => number | 'hang'> = {};
  gate: (question: GateQuestion) => GateScript = () => 'allow';
  /** Whether the primary's pods fail from its next change on. */
  breakPrimary = false;
  /** Why pods of the target are refused, as by a quota; undefined when they are not. */
  refusal: string | undefined;
  /** Answers requests before the scripts do; undefined leaves them to these. */
  answer: (request: OutboundRequest) => OutboundResponse | undefined = () => undefined;
  caches: DeliveryDeps['caches'];
  /** Which Approvals count; absent: all. */
  standing: DeliveryDeps['standing'];
  config: Partial<DeliveryConfig> = {};
  /** Requests of the reconciler go through it; the world's own do not. */
  faults: FaultyClient = new FaultyClient(this.client);
  #said = 0;
  #stop: (() => Promise<void>) | undefined;
  #enqueue: (key: string) => void = () => undefined;

  constructor() {
    this.client.onChange((type, object) => {
      if (type.plural === 'deployments') this.#deploymentChanged(object as TestDeployment);
      if (type.plural === 'canaries') this.#canaryChanged(object as Canary);
      if (type.plural === 'httproutes') this.#routeChanged(object);
      const owner = keyText({ namespace: object.metadata.namespace ?? '', name: NAME });
      if (WATCHED.includes(type.plural)) this.#enqueue(owner);
    });
  }

  /** The Gateway, the target at version 1 and the Canary. */
  async create(spec: Partial<CanarySpec> = {}, analysis: CanaryAnalysis = {}): Promise<void> {
    await this.createGateway();
    await this.createTarget();
    await this.createCanary(spec, analysis);
  }

  async createGateway(): Promise<void> {
    const metadata = { name: 'gateway', namespace: 'infra' };
    await this.client.create(RESOURCES.gateways, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata,
    });
  }

  async createTarget(image = 'podinfo:1', annotations: Record<string, string> = {}): Promise<void> {
    const labels = { app: NAME };
    const target: TestDeployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: NAME, namespace: NAMESPACE, labels, annotations },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
      },
    };
    await this.client.create(RESOURCES.deployments, target);
  }

  async createCanary(spec: Partial<CanarySpec> = {}, analysis: CanaryAnalysis = {}): Promise<void> {
    const canary: Canary = {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: { name: NAME, namespace: NAMESPACE },
      spec: {
        provider: 'gatewayapi:v1',
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
        service: { port: 80, gatewayRefs: [{ name: 'gateway', namespace: 'infra' }] },
        analysis: {
          interval: '10s',
          threshold: 3,
          maxWeight: 60,
          stepWeight: 30,
          metrics: [
            { name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } },
            { name: 'request-duration', interval: '30s', thresholdRange: { max: 500 } },
          ],
          ...analysis,
        },
        ...spec,
      },
    };
    await this.client.create(RESOURCES.canaries, canary);
  }

  /**
   * Somebody says something about a run, as admission leaves it.
   * @param about default: the newest run, said by bob
   */
  async say(
    action: ApprovalAction,
    about: {
      by?: string;
      run?: RolloutRun;
      scope?: Approval['spec']['scope'];
      expiresAt?: string;
    } = {},
  ): Promise<string> {
    const { by = 'bob', run = this.lastRun(), scope, expiresAt } = about;
    // Of the same second: their names tell the order.
    const name = `said-${++this.#said}-${action.toLowerCase()}`;
    const { name: subject, uid = '' } = run.metadata;
    const approval: Approval = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Approval',
      metadata: { name, namespace: run.metadata.namespace ?? NAMESPACE },
      spec: {
        subject: { kind: 'RolloutRun', name: subject, uid },
        action,
        ...(scope === undefined ? {} : { scope }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(by === '' ? {} : { approver: { username: by } }),
      },
    };
    await this.client.create(RESOURCES.approvals, approval);
    return name;
  }

  /** What came of what somebody said; undefined while nothing has. */
  outcome(name: string): string | undefined {
    return this.client.peek<Approval>(RESOURCES.approvals, NAMESPACE, name)?.status?.consumed
      ?.outcome;
  }

  /** A hook entry whose server answers as `hooks[name]` says. */
  hook(type: CanaryHook['type'] & string, name: string = type): CanaryHook {
    return {
      name,
      type: type,
      url: `http://hooks.example/${name}`,
    };
  }

  /** Gives the target another image. */
  async release(image: string, annotations?: Record<string, string>): Promise<void> {
    const target = this.target();
    const containers = [{ name: 'app', image }];
    const template = {
      ...target.spec.template,
      spec: { ...target.spec.template.spec, containers },
    };
    const metadata = {
      ...target.metadata,
      annotations: { ...target.metadata.annotations, ...annotations },
    };
    await this.client.replace(RESOURCES.deployments, {
      ...target,
      metadata,
      spec: { ...target.spec, template },
    });
  }

  /** Whether the primary's pods serve from now on; its template stays. */
  async setPrimaryHealth(healthy: boolean): Promise<void> {
    this.breakPrimary = !healthy;
    const primary = required(this.primary());
    await this.client.replaceStatus(RESOURCES.deployments, {
      ...primary,
      status: this.#statusOf(primary),
    });
  }

  /** Scales a Deployment by hand. */
  async scale(name: string, replicas: number): Promise<void> {
    const live = required(this.client.peek<TestDeployment>(RESOURCES.deployments, NAMESPACE, name));
    await this.client.replace(RESOURCES.deployments, { ...live, spec: { ...live.spec, replicas } });
  }

  async deleteTarget(): Promise<void> {
    const key = { namespace: NAMESPACE, name: NAME };
    await this.client.delete(RESOURCES.deployments, key, { signal: new AbortController().signal });
  }

  async deletePrimary(): Promise<void> {
    const key = { namespace: NAMESPACE, name: `${NAME}-primary` };
    await this.client.delete(RESOURCES.deployments, key, { signal: new AbortController().signal });
  }

  /** Gives the reconciler caches that are always current. */
  useCaches(): void {
    this.caches = {
      canaries: this.#cache<Canary>(RESOURCES.canaries),
      workloads: new Map([['deployments.apps', this.#cache(RESOURCES.deployments)]]),
      scalers: new Map([
        ['horizontalpodautoscalers.autoscaling', this.#cache(RESOURCES.horizontalPodAutoscalers)],
        ['scaledobjects.keda.sh', this.#cache(RESOURCES.scaledObjects)],
      ]),
      configMaps: this.#marks(RESOURCES.configMaps),
      secrets: this.#marks(RESOURCES.secrets),
      services: this.#cache(RESOURCES.services),
      routes: new Map([
        ['httproutes.gateway.networking.k8s.io', this.#cache(RESOURCES.httpRoutes)],
      ]),
      runs: this.#cache<RolloutRun>(RESOURCES.rolloutRuns),
    };
  }

  #marks(type: ResourceType): ObjectCache<ConfigMark> {
    const whole = this.#cache<ConfigObject>(type);
    return {
      ...whole,
      synced: true,
      get: (key) => {
        const found = whole.get(key);
        return found && markOf(found);
      },
      list: () => whole.list().map(markOf),
    };
  }

  #cache<T extends KubeObject>(type: ResourceType): ObjectCache<T> {
    return {
      synced: true,
      get: ({ namespace = '', name }) => this.client.peek<T>(type, namespace, name),
      list: () => this.client.all(type) as T[],
      ageMs: () => 0,
      subscribe: (listener) =>
        this.client.onChange((changed, object) => {
          if (changed.plural === type.plural) listener(keyText(keyOf(object)));
        }),
    };
  }

  /** Sets the canary's share on the live route, as somebody else would. */
  async setWeight(canary: number): Promise<void> {
    const route = required(this.client.peek<KubeObject>(RESOURCES.httpRoutes, NAMESPACE, NAME));
    const changed = structuredClone(route) as TestRoute;
    const [primary, other] = changed.spec.rules[0]?.backendRefs ?? [];
    if (primary === undefined || other === undefined) throw new Error('the route has no backends');
    primary.weight = 100 - canary;
    other.weight = canary;
    await this.client.replace(RESOURCES.httpRoutes, changed);
  }

  async editCanary(change: (spec: CanarySpec) => CanarySpec): Promise<void> {
    const canary = this.canary();
    await this.client.replace(RESOURCES.canaries, { ...canary, spec: change(canary.spec) });
  }

  start(): void {
    const stop = new AbortController();
    let enqueue: (key: string) => void = () => undefined;
    const reconciler = createCanaryReconciler({
      ...this.#deps(),
      wake: (key) => {
        enqueue(keyText(key));
      },
    });
    const controller = createController({
      name: 'canary',
      reconciler,
      workers: 2,
      clock: this.clock,
      random: () => 0.5,
      logger: silentLogger,
    });
    enqueue = (key) => {
      if (!stop.signal.aborted) controller.enqueue(key);
    };
    this.#enqueue = enqueue;
    this.#stop = async () => {
      stop.abort(new Error('stopped'));
      await reconciler.close();
    };
    void controller.run(stop.signal);
    enqueue(`${NAMESPACE}/${NAME}`);
  }

  /** Ends the controller as a killed process would: nothing more is written. */
  async kill(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
    this.#enqueue = () => undefined;
  }

  /** Asks for another look, as the application does when a gate's facts change. */
  wake(key = `${NAMESPACE}/${NAME}`): void {
    this.#enqueue(key);
  }

  canary(): Canary {
    return required(this.client.peek<Canary>(RESOURCES.canaries, NAMESPACE, NAME));
  }

  target(): TestDeployment {
    return required(this.client.peek<TestDeployment>(RESOURCES.deployments, NAMESPACE, NAME));
  }

  primary(): TestDeployment | undefined {
    return this.client.peek<TestDeployment>(RESOURCES.deployments, NAMESPACE, `${NAME}-primary`);
  }

  primaryImage(): string | undefined {
    return this.primary()?.spec.template.spec.containers[0]?.image;
  }

  phase(): string {
    return this.canary().status?.phase ?? '';
  }

  runs(): RolloutRun[] {
    return this.client.all(RESOURCES.rolloutRuns) as RolloutRun[];
  }

  lastRun(): RolloutRun {
    return required(this.runs().at(-1));
  }

  /** The canary's share on the live route. */
  weight(): number {
    return this.weights.at(-1) ?? 0;
  }

  condition(type: string): { status: string; reason: string; message: string } | undefined {
    const found = this.canary().status?.conditions?.find((condition) => condition.type === type);
    return found && { status: found.status, reason: found.reason, message: found.message };
  }

  /** Plays until the Canary has this phase; fails the test after ten minutes of its time. */
  async until(phase: string, limitMs = 600_000): Promise<void> {
    await this.untilTrue(() => this.phase() === phase, `phase ${phase}`, limitMs);
  }

  async untilTrue(done: () => boolean, what: string, limitMs = 600_000): Promise<void> {
    if (await this.clock.runUntil(done, limitMs)) return;
    const seen = [...this.statuses, ...this.events].join('\n');
    throw new Error(
      `never reached: ${what}\n${seen}\n${JSON.stringify(this.runs().at(-1)?.status)}`,
    );
  }

  #deps(): DeliveryDeps {
    return {
      client: this.faults,
      caches: { approvals: this.#cache<Approval>(RESOURCES.approvals), ...this.caches },
      ...(this.standing === undefined ? {} : { standing: this.standing }),
      gateKeeper: { ask: (question) => this.#ask(question), subscribe: () => () => undefined },
      clock: this.clock,
      random: () => 0.5,
      logger: { ...silentLogger, info: (fields, message) => this.log.push({ ...fields, message }) },
      events: {
        record: (_subject, type, reason, message) =>
          this.events.push(`${type} ${reason} ${message}`),
      },
      outbound: (request) => this.#answer(request),
      metrics: {
        phase: () => undefined,
        weights: () => undefined,
        measured: () => undefined,
        tick: () => undefined,
        forget: () => undefined,
        repaired: (_subject, kind) => this.repairs.push(kind),
        alerted: (provider, outcome) => this.alerted.push(`${provider} ${outcome}`),
        ended: (_subject, { outcome, seconds }) => this.durations.push(`${outcome} ${seconds}`),
        held: (_subject, { gate, cause, seconds }) =>
          this.durations.push(`${gate} ${cause} ${seconds}`),
        finished: (_subject, { succeeded, skipped }) => this.finished.push({ succeeded, skipped }),
      },
      config: { ...DEFAULT_DELIVERY_CONFIG, ...this.config },
    };
  }

  #ask(question: GateQuestion): Decision {
    this.questions.push(question);
    const answer = this.gate(question);
    return answer === 'allow' ? ALLOW : holding(answer.reason, answer.nextOpen);
  }

  async #answer(request: OutboundRequest): Promise<OutboundResponse> {
    await Promise.resolve();
    const answered = this.answer(request);
    if (answered !== undefined) return answered;
    const { url, body, headers, signal } = request;
    const { hostname, pathname, searchParams } = new URL(url);
    if (hostname !== 'hooks.example')
      return metricAnswer(this.#measure(searchParams.get('query') ?? ''), signal);
    const name = pathname.slice(1);
    this.hookCalls.push({
      name,
      id: headers?.['sluice-hook-id'],
      body: JSON.parse(body ?? '{}') as Record<string, unknown>,
      at: this.clock.now(),
    });
    const status = this.hooks[name]?.() ?? 200;
    if (status === 'hang') return never(signal);
    return { status, headers: {}, body: '', truncated: false };
  }

  #measure(query: string): Script {
    if (query === 'vector(1)') return this.probe;
    this.queries.push(query);
    return this.metric(query);
  }

  #canaryChanged({ status }: Canary): void {
    if (status === undefined) return;
    const { phase, canaryWeight, iterations, failedChecks } = status;
    const text = `${phase} ${canaryWeight} ${iterations} ${failedChecks}`;
    if (this.statuses.at(-1) !== text) this.statuses.push(text);
  }

  #routeChanged(object: KubeObject): void {
    const weight = (object as TestRoute).spec.rules[0]?.backendRefs[1]?.weight ?? 0;
    if (this.weights.at(-1) !== weight) this.weights.push(weight);
  }

  #deploymentChanged(object: TestDeployment): void {
    const { generation = 0, name, namespace = '' } = object.metadata;
    if (object.status?.['observedGeneration'] === generation) return;
    this.clock.setTimer(() => {
      const live = this.client.peek<TestDeployment>(RESOURCES.deployments, namespace, name);
      if (live?.metadata.generation !== generation) return;
      void this.client.replaceStatus(RESOURCES.deployments, {
        ...live,
        status: this.#statusOf(live),
      });
    }, 1000);
  }

  #statusOf(deployment: TestDeployment): Record<string, unknown> {
    const image = deployment.spec.template.spec.containers[0]?.image ?? '';
    const isPrimary = deployment.metadata.name.endsWith('-primary');
    const fails = /-(?:hang|crash)$/.test(image) || (isPrimary && this.breakPrimary);
    if (this.refusal !== undefined && !isPrimary)
      return refusedStatus(deployment, this.refusal, this.clock.now());
    return statusOf(deployment, fails, this.clock.now());
  }
}

function statusOf(
  deployment: TestDeployment,
  fails: boolean,
  now: number,
): Record<string, unknown> {
  const replicas = deployment.spec.replicas ?? 1;
  const broken = fails && replicas > 0;
  const available = broken ? 0 : replicas;
  const condition = {
    type: 'Available',
    status: broken ? 'False' : 'True',
    reason: broken ? 'MinimumReplicasUnavailable' : 'MinimumReplicasAvailable',
    lastUpdateTime: rfc3339(now),
  };
  return {
    observedGeneration: deployment.metadata.generation,
    replicas,
    updatedReplicas: replicas,
    availableReplicas: available,
    conditions: [condition],
  };
}

/** The status that the deployment controller writes while the ReplicaSet's pods are refused. */
function refusedStatus(
  deployment: TestDeployment,
  message: string,
  now: number,
): Record<string, unknown> {
  const lastUpdateTime = rfc3339(now);
  const unavailable = {
    type: 'Available',
    status: 'False',
    reason: 'MinimumReplicasUnavailable',
    lastUpdateTime,
  };
  const failure = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message,
    lastUpdateTime,
  };
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: 0,
    updatedReplicas: 0,
    availableReplicas: 0,
    conditions: [unavailable, failure],
  };
}

function metricAnswer(script: Script, signal: AbortSignal): Promise<OutboundResponse> {
  if (script === 'hang') return never(signal);
  const answer = (status: number, body: unknown): OutboundResponse => ({
    status,
    headers: {},
    body: JSON.stringify(body),
    truncated: false,
  });
  if (script === 'error') return Promise.resolve(answer(500, { status: 'error' }));
  const result = script === 'noData' ? [] : [{ metric: {}, value: [0, String(script)] }];
  return Promise.resolve(
    answer(200, { status: 'success', data: { resultType: 'vector', result } }),
  );
}

function never(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new SluiceError('SLUICE_PROVIDER', 'given up'));
    });
  });
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the object does not exist');
  return value;
}
