import type { Clock, Timer } from '../../domain/clock.ts';
import type { Logger } from '../../domain/logger.ts';
import type { SandboxNetwork } from '../network.ts';
import type { HttpProbe, Pod } from '../objects.ts';
import type { SampleStore } from '../metrics/sample-store.ts';
import { startPodProcess, type PodProcess } from './pod-process.ts';
import type { PodSight } from './pod-status.ts';

export interface KubeletOptions {
  readonly clock: Clock;
  readonly network: SandboxNetwork;
  readonly samples: SampleStore;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called when what is known about a pod changed. */
  readonly onChange: (pod: Pod) => void;
}

interface Running {
  readonly pod: Pod;
  process: PodProcess | undefined;
  ready: boolean;
  restarts: number;
  startedAtMs: number;
  failures: number;
  timer: Timer | undefined;
}

// A pod that left the Endpoints still answers for a moment: a request may be on its way.
const DRAIN_MS = 500;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
const FAST_PROBE_MS = 100;

/** Runs the containers of pods, probes their readiness and restarts what crashed. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #pods = new Map<string, Running>();

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  /** Starts the pod unless it is known. */
  start(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (this.#pods.has(uid)) return;
    const running: Running = {
      pod,
      process: undefined,
      ready: false,
      restarts: 0,
      startedAtMs: 0,
      failures: 0,
      timer: undefined,
    };
    this.#pods.set(uid, running);
    void this.#launch(running);
  }

  /** Stops the pod's process after a short drain. */
  stop(uid: string): void {
    const running = this.#pods.get(uid);
    if (running === undefined) return;
    this.#pods.delete(uid);
    running.timer?.cancel();
    this.#options.clock.setTimer(() => void close(running), DRAIN_MS);
  }

  /** Stops everything at once. */
  async close(): Promise<void> {
    const all = [...this.#pods.values()];
    this.#pods.clear();
    for (const running of all) {
      running.timer?.cancel();
    }
    await Promise.all(all.map(close));
  }

  uids(): string[] {
    return [...this.#pods.keys()];
  }

  /** What is known about the pod; undefined before its process was started. */
  sight(uid: string): (PodSight & { readonly port?: number }) | undefined {
    const running = this.#pods.get(uid);
    if (running?.process === undefined) return undefined;
    const { process, ready, restarts, startedAtMs } = running;
    const known = { state: process.state, ready, restarts, startedAtMs };
    return process.state === 'running'
      ? { ...known, ip: process.listener.host, port: process.listener.port }
      : known;
  }

  async #launch(running: Running): Promise<void> {
    const { clock, network, samples, logger, onChange } = this.#options;
    try {
      running.process = await startPodProcess(running.pod, { clock, network, samples });
    } catch (error) {
      logger.warn({ pod: running.pod.metadata.name, err: error }, 'pod did not start');
      running.process = { state: 'crashed' };
    }
    if (!this.#runs(running)) {
      await close(running);
      return;
    }
    running.startedAtMs = clock.now();
    onChange(running.pod);
    if (running.process.state === 'crashed') this.#restartLater(running);
    else if (running.process.state === 'running') await this.#probe(running);
  }

  #restartLater(running: Running): void {
    const backoffMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** running.restarts);
    running.timer = this.#options.clock.setTimer(() => {
      running.restarts += 1;
      void this.#launch(running);
    }, backoffMs);
  }

  async #probe(running: Running): Promise<void> {
    const probe = running.pod.spec.containers[0]?.readinessProbe;
    if (running.process?.state !== 'running') return;
    const { host, port } = running.process.listener;
    const passed = probe?.httpGet === undefined || (await this.#passes(probe, `${host}:${port}`));
    if (!this.#runs(running)) return;
    this.#judge(running, passed, probe?.failureThreshold ?? 3);
    if (probe?.httpGet === undefined) return;
    const delayMs = probeDelayMs(running, (probe.periodSeconds ?? 10) * 1000);
    running.timer = this.#options.clock.setTimer(() => void this.#probe(running), delayMs);
  }

  #runs(running: Running): boolean {
    return this.#pods.get(running.pod.metadata.uid ?? '') === running;
  }

  async #passes(probe: HttpProbe, address: string): Promise<boolean> {
    const path = probe.httpGet?.path ?? '/';
    const { network, signal } = this.#options;
    try {
      const answer = await network.request(address, { method: 'GET', path, headers: {}, signal });
      return answer.status >= 200 && answer.status < 400;
    } catch {
      return false;
    }
  }

  #judge(running: Running, passed: boolean, failureThreshold: number): void {
    running.failures = passed ? 0 : running.failures + 1;
    const ready = passed || (running.ready && running.failures < failureThreshold);
    if (ready === running.ready) return;
    running.ready = ready;
    this.#options.onChange(running.pod);
  }
}

async function close(running: Running): Promise<void> {
  if (running.process?.state === 'running') await running.process.listener.close();
}

// Until it is ready a pod is asked more often, as a startup probe would: nobody waits for a whole period.
function probeDelayMs({ ready, failures }: Running, periodMs: number): number {
  return ready ? periodMs : Math.min(periodMs, FAST_PROBE_MS * 2 ** Math.min(failures, 6));
}
