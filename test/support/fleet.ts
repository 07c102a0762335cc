import { markOf, type ConfigMark, type ConfigObject } from '../../src/delivery/config-digest.ts';
import { DEFAULT_DELIVERY_CONFIG, type DeliveryDeps } from '../../src/delivery/config.ts';
import { createCanaryReconciler } from '../../src/delivery/reconciler.ts';
import { dueAt, lastRoundAt } from '../../src/delivery/run-status.ts';
import type { Canary } from '../../src/domain/canary.ts';
import type { ObjectCache } from '../../src/domain/client.ts';
import { sleep } from '../../src/domain/clock.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { SluiceError } from '../../src/domain/errors.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import { keyOf, keyText, type KubeObject, type ResourceType } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import type { RolloutRun } from '../../src/domain/run.ts';
import type { OutboundRequest, OutboundResponse } from '../../src/domain/transport.ts';
import { VirtualClock } from '../../src/domain/virtual-clock.ts';
import { createController } from '../../src/kube/controller.ts';
import { BusyClient } from './busy-client.ts';
import { MemoryClient } from './memory-client.ts';

const NAMESPACE = 'fleet';
export const INTERVAL_MS = 10_000;
/** Bursts in which the API server refuses half of what it is asked: every minute for three seconds. */
const BURST = { everyMs: 60_000, lastsMs: 3000, share: 0.5 };
/** Share of metric queries that nobody answers. */
const UNANSWERED = 0.1;
const HELD_MS = 60_000;

/** What is to become of a rollout. */
export const FATES = ['promoted', 'rolled back', 'held', 'superseded'] as const;
export type Fate = (typeof FATES)[number];

export interface FleetOptions {
  readonly canaries: number;
  readonly workers: number;
  readonly latencyMs: number;
  /** Whether the API server and the metric server are in trouble. */
  readonly trouble: boolean;
}

export interface FleetResult {
  /** How much later than due each round was recorded, milliseconds. */
  readonly lateness: readonly number[];
  /** Times at which a route's weights did not add up to 100. */
  readonly uneven: number;
  /** Canaries by what became of them. */
  readonly ends: Readonly<Record<string, number>>;
  /** Canaries that did not come to an end. */
  readonly lost: number;
  readonly requests: number;
  readonly refused: number;
  readonly unanswered: number;
  /** From the release to the end of the last one, milliseconds of their time. */
  readonly tookMs: number;
}

interface Workload extends KubeObject {
  spec: {
    replicas: number;
    template: { metadata: object; spec: { containers: { name: string; image: string }[] } };
  };
  status?: { observedGeneration?: number };
}

/**
 * Releases a new version of many Canaries at once, with mixed outcomes, and plays until all have ended: the real
 * reconciler under the real controller, an in-memory cluster behind a slow API server, on a virtual clock.
 */
export async function playFleet(options: FleetOptions): Promise<FleetResult> {
  const fleet = new Fleet(options);
  await fleet.initialize();
  return fleet.release();
}

class Fleet {
  readonly #options: FleetOptions;
  readonly #clock = new VirtualClock(Date.UTC(2026, 0, 1));
  readonly #cluster = new MemoryClient(this.#clock);
  readonly #client: BusyClient;
  readonly #random = randomFrom(7);
  readonly #lateness: number[] = [];
  readonly #runs = new Map<string, RolloutRun>();
  readonly #over = new Set<string>();
  readonly #initialized = new Set<string>();
  #uneven = 0;
  #unanswered = 0;
  #isReleased = false;
  #releasedAt = 0;
  #enqueue: (key: string) => void = () => undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#client = new BusyClient(this.#cluster, {
      clock: this.#clock,
      latencyMs: options.latencyMs,
      refuses: () => this.#isBurst() && this.#random() < BURST.share,
    });
    this.#cluster.onChange((type, object) => {
      this.#changed(type, object);
    });
  }

  async initialize(): Promise<void> {
    await this.#cluster.create(RESOURCES.gateways, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'gateway', namespace: 'infra' },
    });
    for (let i = 0; i < this.#options.canaries; i++) {
      await this.#cluster.create(RESOURCES.deployments, deploymentOf(nameOf(i)));
      await this.#cluster.create(RESOURCES.canaries, canaryOf(nameOf(i)));
    }
    this.#start();
    const isDone = (): boolean => this.#initialized.size === this.#options.canaries;
    if (!(await this.#clock.runUntil(isDone, 900_000))) throw new Error('not initialised');
  }

  async release(): Promise<FleetResult> {
    await this.#clock.advance(1000);
    this.#isReleased = true;
    this.#releasedAt = this.#clock.now();
    for (let i = 0; i < this.#options.canaries; i++) {
      await this.#setImage(nameOf(i), fateOf(i) === 'rolled back' ? 'app:bad' : 'app:2');
      if (fateOf(i) === 'superseded') this.#supersede(nameOf(i));
    }
    await this.#clock.runUntil(() => this.#over.size === this.#options.canaries, 1_800_000);
    const ended = this.#canaries().filter(({ metadata }) => this.#over.has(metadata.name));
    return {
      lateness: this.#lateness,
      uneven: this.#uneven,
      ends: counted(
        ended.map(({ status, spec }) =>
          endOf(status?.phase ?? '', this.#runsOf(spec.targetRef.name)),
        ),
      ),
      lost: this.#options.canaries - ended.length,
      requests: this.#client.requests,
      refused: this.#client.refused,
      unanswered: this.#unanswered,
      tookMs: this.#clock.now() - this.#releasedAt,
    };
  }

  #start(): void {
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
      workers: this.#options.workers,
      clock: this.#clock,
      random: this.#random,
      logger: silentLogger,
    });
    enqueue = (key) => {
      controller.enqueue(key);
    };
    this.#enqueue = enqueue;
    void controller.run(new AbortController().signal);
    for (const canary of this.#canaries()) enqueue(keyText(keyOf(canary)));
  }

  #deps(): DeliveryDeps {
    return {
      client: this.#client,
      caches: {
        canaries: this.#cache<Canary>(RESOURCES.canaries),
        workloads: new Map([['deployments.apps', this.#cache(RESOURCES.deployments)]]),
        services: this.#cache(RESOURCES.services),
        configMaps: this.#marks(RESOURCES.configMaps),
        secrets: this.#marks(RESOURCES.secrets),
        routes: new Map([
          ['httproutes.gateway.networking.k8s.io', this.#cache(RESOURCES.httpRoutes)],
        ]),
        runs: this.#cache<RolloutRun>(RESOURCES.rolloutRuns),
      },
      gateKeeper: {
        ask: ({ subject, gate }) => this.#decide(subject.metadata.name, gate),
        subscribe: () => () => undefined,
      },
      clock: this.#clock,
      random: this.#random,
      logger: silentLogger,
      events: { record: () => undefined },
      outbound: (request) => this.#measure(request),
      config: DEFAULT_DELIVERY_CONFIG,
    };
  }

  #cache<T extends KubeObject>(type: ResourceType): ObjectCache<T> {
    return {
      synced: true,
      get: ({ namespace = '', name }) => this.#cluster.peek<T>(type, namespace, name),
      list: () => this.#cluster.all(type) as T[],
      ageMs: () => 0,
      subscribe: (listener) =>
        this.#cluster.onChange((changed, object) => {
          if (changed.plural === type.plural) listener(keyText(keyOf(object)));
        }),
    };
  }

  #marks(type: ResourceType): ObjectCache<ConfigMark> {
    const whole = this.#cache<ConfigObject>(type);
    const get: ObjectCache<ConfigMark>['get'] = (key) => {
      const found = whole.get(key);
      return found && markOf(found);
    };
    return { ...whole, synced: true, get, list: () => whole.list().map(markOf) };
  }

  #changed(type: ResourceType, object: KubeObject): void {
    const { name } = object.metadata;
    if (type.plural === 'rolloutruns') this.#recorded(object as RolloutRun);
    if (type.plural === 'canaries') this.#followed(object as Canary);
    if (type.plural === 'httproutes') this.#routed(object);
    if (type.plural === 'deployments') this.#rollOut(object as Workload);
    // Names of everything that belongs to a Canary begin with its own.
    const owner = /^app-\d+/.exec(name)?.[0];
    if (owner !== undefined && object.metadata.namespace === NAMESPACE) {
      this.#enqueue(`${NAMESPACE}/${owner}`);
    }
  }

  /** How late the round is that the run has just recorded. */
  #recorded(run: RolloutRun): void {
    const before = this.#runs.get(run.metadata.name);
    this.#runs.set(run.metadata.name, run);
    if (before === undefined || lastRoundAt(run) <= lastRoundAt(before)) return;
    const due = dueAt(before, INTERVAL_MS);
    if (Number.isFinite(due)) this.#lateness.push(Math.max(0, lastRoundAt(run) - due));
  }

  #routed(route: KubeObject): void {
    const { rules } = (route as KubeObject & { spec: { rules: Rule[] } }).spec;
    const sum = (rules[0]?.backendRefs ?? []).reduce((total, { weight }) => total + weight, 0);
    if (sum !== 100) this.#uneven += 1;
  }

  /** Pods are ready two to four seconds after a change. */
  #rollOut({ metadata, status }: Workload): void {
    const { name, namespace = '', generation = 0 } = metadata;
    if (status?.observedGeneration === generation) return;
    this.#clock.setTimer(
      () => {
        const live = this.#cluster.peek<Workload>(RESOURCES.deployments, namespace, name);
        if (live?.metadata.generation !== generation) return;
        const { replicas } = live.spec;
        const counts = { replicas, updatedReplicas: replicas, availableReplicas: replicas };
        const next = { ...live, status: { observedGeneration: generation, ...counts } };
        void this.#cluster.replaceStatus(RESOURCES.deployments, next);
      },
      2000 + this.#random() * 2000,
    );
  }

  async #measure({ url, signal, timeoutMs }: OutboundRequest): Promise<OutboundResponse> {
    const query = new URL(url).searchParams.get('query') ?? '';
    await sleep(this.#clock, 5 + this.#random() * 200, signal);
    if (this.#isReleased && this.#options.trouble && this.#random() < UNANSWERED) {
      this.#unanswered += 1;
      await sleep(this.#clock, timeoutMs, signal);
      throw new SluiceError('SLUICE_PROVIDER', 'no answer in time');
    }
    const name = /app-\d+/.exec(query)?.[0] ?? '';
    const target = this.#cluster.peek<Workload>(RESOURCES.deployments, NAMESPACE, name);
    const isBad = target?.spec.template.spec.containers[0]?.image === 'app:bad';
    const value = query === 'vector(1)' ? 1 : isBad ? 50 : 100;
    const result = [{ metric: {}, value: [0, String(value)] }];
    const body = JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
    return { status: 200, headers: {}, body, truncated: false };
  }

  #decide(name: string, gate: string): Decision {
    const isHeld =
      this.#isReleased &&
      gate === 'TrafficIncrease' &&
      fateOf(Number(name.slice(4))) === 'held' &&
      this.#clock.now() < this.#releasedAt + HELD_MS;
    return isHeld ? { ...ALLOWED, verdict: 'hold' } : ALLOWED;
  }

  #isBurst(): boolean {
    if (!this.#isReleased || !this.#options.trouble) return false;
    return (this.#clock.now() - this.#releasedAt) % BURST.everyMs < BURST.lastsMs;
  }

  /** Another version while the first one is under analysis. */
  #supersede(name: string): void {
    this.#clock.setTimer(() => void this.#setImage(name, 'app:3'), 25_000);
  }

  async #setImage(name: string, image: string): Promise<void> {
    const live = this.#cluster.peek<Workload>(RESOURCES.deployments, NAMESPACE, name);
    if (live === undefined) throw new Error(`${name} is not there`);
    const template = { ...live.spec.template, spec: { containers: [{ name: 'app', image }] } };
    await this.#cluster.replace(RESOURCES.deployments, {
      ...live,
      spec: { ...live.spec, template },
    });
  }

  #canaries(): Canary[] {
    return this.#cluster.all(RESOURCES.canaries) as Canary[];
  }

  #runsOf(name: string): RolloutRun[] {
    return [...this.#runs.values()].filter(({ spec }) => spec.subject.name === name);
  }

  #followed({ metadata, status }: Canary): void {
    const { name } = metadata;
    if (status?.phase === 'Initialized') this.#initialized.add(name);
    const isSettled = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    const target = this.#cluster.peek<Workload>(RESOURCES.deployments, NAMESPACE, name);
    const isSuperseded = fateOf(Number(name.slice(4))) === 'superseded';
    const isLast = !isSuperseded || target?.spec.template.spec.containers[0]?.image === 'app:3';
    if (isSettled && isLast) this.#over.add(name);
    else this.#over.delete(name);
  }
}

interface Rule {
  readonly backendRefs: readonly { readonly weight: number }[];
}

const ALLOWED: Decision = {
  verdict: 'allow',
  violations: [],
  warnings: [],
  patch: [],
  auditAnnotations: {},
  cost: 0,
  snapshotDigest: '',
  factsDigest: '',
};

function nameOf(i: number): string {
  return `app-${i}`;
}

/** Of ten rollouts six are promoted, two rolled back, one is held for a minute and one superseded. */
function fateOf(i: number): Fate {
  const place = i % 10;
  if (place < 6) return 'promoted';
  if (place < 8) return 'rolled back';
  return place === 8 ? 'held' : 'superseded';
}

function endOf(phase: string, runs: readonly RolloutRun[]): string {
  const phases = runs.map(({ status }) => status?.phase).join(' ');
  const reason = runs.at(-1)?.status?.outcome?.reason ?? '';
  return `${phase} ${reason}${phases.startsWith('Superseded') ? ' after another' : ''}`;
}

function counted(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of [...texts].sort()) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

function deploymentOf(name: string): Workload {
  const labels = { app: name };
  const containers = [{ name: 'app', image: 'app:1' }];
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
  return object;
}

function canaryOf(name: string): Canary {
  const metric = (of: string, range: object) => ({
    name: of,
    interval: '1m',
    thresholdRange: range,
  });
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: { port: 80, gatewayRefs: [{ name: 'gateway', namespace: 'infra' }] },
      analysis: {
        interval: '10s',
        threshold: 3,
        stepWeight: 10,
        maxWeight: 50,
        metrics: [
          metric('request-success-rate', { min: 99 }),
          metric('request-duration', { max: 500_000 }),
        ],
      },
    },
  };
}

/** A repeatable sequence of numbers in [0, 1): mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
