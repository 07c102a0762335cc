import type { Api, ApiObject } from '../cluster/api.ts';
import { waitFor } from '../cluster/wait.ts';
import { NAME, NAMESPACE } from './subject.ts';

/** `intent` is the write of a run that records a raise which the route does not show yet. */
export type WriteKind = 'run' | 'route' | 'canary' | 'intent';

interface RouteSpec {
  rules?: { backendRefs?: { name: string; weight?: number }[] }[];
}

interface RunStatus {
  phase?: string;
  outcome?: { reason?: string };
  conditions?: { type: string; status: string }[];
  weights?: { canary?: number };
}

interface CanaryStatus {
  phase?: string;
  canaryWeight?: number;
  failedChecks?: number;
}

/** Follows one rollout through the API alone: its writes, the shares of the route, the phases, the runs. */
export class RolloutRecord {
  readonly weights: { readonly weight: number; readonly at: number }[] = [];
  readonly phases: string[] = [];
  /** Writes of each kind. */
  readonly counts: Record<WriteKind, number> = { run: 0, route: 0, canary: 0, intent: 0 };
  /** Runs that did not exist when the record began, by name. */
  readonly runs = new Map<string, RunStatus>();
  canary: CanaryStatus = {};
  readonly startedAt = performance.now();
  completedAt = Infinity;
  readonly #versions = new Map<string, string>();
  readonly #known = new Set<string>();
  readonly #listed = new Set<string>();
  readonly #stops: (() => void)[];
  #waiting: { kind: WriteKind; left: number; wake: () => void } | undefined;

  private constructor(api: Api) {
    const watch = (group: string, plural: string, see: (object: ApiObject) => void): (() => void) =>
      api.watch(`/apis/${group}/namespaces/${NAMESPACE}/${plural}`, (type, objects) => {
        for (const object of objects) if (this.#isNew(object, type === 'DELETED')) see(object);
        this.#listed.add(plural);
      });
    this.#stops = [
      watch('gateway.networking.k8s.io/v1', 'httproutes', (route) => {
        this.#seeRoute(route);
      }),
      watch('flagger.app/v1beta1', 'canaries', (canary) => {
        this.#seeCanary(canary);
      }),
      watch('sluice.dev/v1alpha1', 'rolloutruns', (run) => {
        this.#seeRun(run);
      }),
    ];
  }

  /** Begins once the present state is known; only what follows counts. */
  static async begin(api: Api): Promise<RolloutRecord> {
    const record = new RolloutRecord(api);
    await waitFor(
      'the watches are up',
      () => (record.#listed.size === 3 ? true : undefined),
      20_000,
    );
    for (const name of record.runs.keys()) record.#known.add(name);
    record.runs.clear();
    record.completedAt = Infinity;
    record.phases.length = 0;
    record.weights.splice(0, record.weights.length - 1);
    return record;
  }

  get completed(): boolean {
    return this.completedAt < Infinity;
  }

  /**
   * Calls `work` in the very moment in which the n-th write of this kind from now on is seen.
   * @returns whether there was such a write before the rollout's end
   */
  async onWrite(kind: WriteKind, nth: number, work: () => void): Promise<boolean> {
    let seen = false;
    const wake = (): void => {
      seen = true;
      work();
    };
    this.#waiting = { kind, left: nth, wake };
    await waitFor(
      `write ${nth} of ${kind}`,
      () => (seen || this.completed ? true : undefined),
      120_000,
    );
    this.#waiting = undefined;
    return seen;
  }

  async untilPhase(phase: string): Promise<void> {
    await waitFor(`phase ${phase}`, () => (this.phases.includes(phase) ? true : undefined), 60_000);
  }

  async untilCompleted(limitMs: number): Promise<void> {
    await waitFor('the run is completed', () => (this.completed ? true : undefined), limitMs);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** Lists come again when a watch ends; what was seen before is no write. */
  #isNew({ metadata }: ApiObject, isDeleted: boolean): boolean {
    const key = String(metadata.uid);
    const isSame = this.#versions.get(key) === metadata.resourceVersion;
    this.#versions.set(key, metadata.resourceVersion ?? '');
    return !isSame && !isDeleted;
  }

  #wrote(kind: WriteKind): void {
    this.counts[kind]++;
    const waiting = this.#waiting;
    if (waiting?.kind !== kind || --waiting.left > 0) return;
    this.#waiting = undefined;
    waiting.wake();
  }

  /** The gateway writes the route's status, so only a changed share counts. */
  #seeRoute(route: ApiObject): void {
    if (route.metadata.name !== NAME) return;
    const backends = (route['spec'] as RouteSpec).rules?.[0]?.backendRefs ?? [];
    const weight = backends.find(({ name }) => name.endsWith('-canary'))?.weight ?? 0;
    if (this.weights.at(-1)?.weight === weight) return;
    this.weights.push({ weight, at: performance.now() });
    this.#wrote('route');
  }

  #seeCanary(canary: ApiObject): void {
    this.canary = canary['status'] ?? {};
    const { phase = '' } = this.canary;
    if (this.phases.at(-1) !== phase) this.phases.push(phase);
    this.#wrote('canary');
  }

  #seeRun(run: ApiObject): void {
    if (this.#known.has(run.metadata.name)) return;
    const status = (run['status'] ?? {}) as RunStatus;
    this.runs.set(run.metadata.name, status);
    const isCompleted = status.conditions?.some(
      (condition) => condition.type === 'Completed' && condition.status === 'True',
    );
    if (isCompleted === true) this.completedAt = Math.min(this.completedAt, performance.now());
    this.#wrote('run');
    const live = this.weights.at(-1)?.weight ?? 0;
    if ((status.weights?.canary ?? 0) > live) this.#wrote('intent');
  }
}
