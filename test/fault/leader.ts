import type { Api, ApiObject } from '../cluster/api.ts';
import { SYSTEM_NAMESPACE } from '../cluster/install.ts';
import type { PodRunner } from '../cluster/pod-runner.ts';
import type { PodWorker } from '../cluster/pod-worker.ts';
import { waitFor } from '../cluster/wait.ts';

const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM_NAMESPACE}/leases`;
const LEASE = 'sluice-controller';
const REPLICAS = 2;
const LIMIT_MS = 60_000;

/** One change of leadership as the watch of the Lease saw it; holder '' means that nobody leads. */
interface Leadership {
  readonly holder: string;
  /** Milliseconds of performance.now(). */
  readonly at: number;
}

/** What was done to a leader, and when somebody else led. */
export interface Takeover {
  readonly at: number;
  /** Resolves when another process holds the Lease; milliseconds of performance.now(). */
  readonly replacedAt: Promise<number>;
}

/** Follows the controllers' Lease, and finds the process behind its holder. */
export class Leader {
  readonly #pods: PodRunner;
  readonly #changes: Leadership[] = [];
  readonly #stop: () => void;

  constructor(api: Api, pods: PodRunner) {
    this.#pods = pods;
    this.#stop = api.watch(LEASES, (_type, objects) => {
      for (const lease of objects) if (lease.metadata.name === LEASE) this.#see(lease);
    });
  }

  get holder(): string {
    return this.#changes.at(-1)?.holder ?? '';
  }

  /** How often leadership has changed hands. */
  get terms(): number {
    return this.#changes.filter(({ holder }) => holder !== '').length;
  }

  /** The pod that leads; its host name stands in the Lease. */
  get worker(): PodWorker | undefined {
    const pod = this.holder.split('_')[0] ?? '';
    return this.#pods
      .workers(SYSTEM_NAMESPACE, 'sluice-controller')
      .find((worker) => worker.pod.metadata.name === pod);
  }

  /** Waits for a leader whose process runs, and for a second replica that is ready to follow. */
  async settled(): Promise<PodWorker> {
    return waitFor(
      'a leader and a replica that can follow it',
      () => {
        const { worker } = this;
        const running = this.#pods.workers(SYSTEM_NAMESPACE, 'sluice-controller');
        const ready = running.filter((candidate) => candidate.ready).length;
        return worker !== undefined && ready >= REPLICAS ? worker : undefined;
      },
      LIMIT_MS,
    );
  }

  /**
   * Does something to the leader, at once.
   * @returns undefined when no process leads
   */
  disturb(work: (worker: PodWorker) => void): Takeover | undefined {
    const { holder, worker } = this;
    if (worker === undefined) return undefined;
    const at = performance.now();
    work(worker);
    const replacedAt = waitFor(
      'another process leads',
      () =>
        this.#changes.find((change) => change.at >= at && !['', holder].includes(change.holder)),
      LIMIT_MS,
    ).then((change) => change.at);
    replacedAt.catch(() => undefined);
    return { at, replacedAt };
  }

  close(): void {
    this.#stop();
  }

  #see(lease: ApiObject): void {
    const spec = lease['spec'] as { holderIdentity?: string } | undefined;
    const holder = spec?.holderIdentity ?? '';
    if (holder !== this.holder) this.#changes.push({ holder, at: performance.now() });
  }
}
