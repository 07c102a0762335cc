import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type Api } from './api.ts';
import { createPodNetwork, ip, removePodNetwork, type PodAddresses } from './network.ts';
import { probe, timestamp, type Container, type ContainerSpec, type Pod } from './pod-container.ts';
import { environmentOf, writeServiceAccount } from './pod-environment.ts';
import { commandOf, type ImageTable } from './pod-images.ts';

export interface PodWorkerContext {
  readonly api: Api;
  readonly addresses: PodAddresses;
  readonly images: ImageTable;
  /** For logs and ServiceAccount volumes. */
  readonly folder: string;
}

const MOUNT = '/run/secrets/kubernetes.io/serviceaccount';
const PROBE_TICK_MS = 200;
const NOBODY = 65532;

/** Runs one pod: its network, its processes, its probes and its status. */
export class PodWorker {
  readonly uid: string;
  pod: Pod;
  address = '';
  #volume: string | undefined;
  #startedAt = '';
  #stopped = false;
  #dirty = false;
  #reporting = false;
  readonly #containers: Container[];
  readonly #context: PodWorkerContext;
  readonly #since = new Map<string, { ok: boolean; at: string }>();

  constructor(pod: Pod, context: PodWorkerContext) {
    this.pod = pod;
    this.uid = String(pod.metadata.uid);
    this.#context = context;
    this.#containers = pod.spec.containers.map((spec) => ({
      spec,
      process: undefined,
      restarts: 0,
      ready: false,
      state: { waiting: { reason: 'ContainerCreating' } },
      lastState: {},
    }));
  }

  get running(): boolean {
    return !this.#stopped && this.#containers.some((container) => container.process !== undefined);
  }

  /** Whether every container runs and answers its readiness probe. */
  get ready(): boolean {
    return this.running && this.#containers.every(({ ready }) => ready);
  }

  /** Ids of the processes that run now. */
  get pids(): number[] {
    return this.#containers.flatMap(({ process }) => process?.pid ?? []);
  }

  /** Ends all of the pod's processes as a crash would. */
  crash(): void {
    this.signal('SIGKILL');
  }

  /** Sends a signal to all of the pod's processes; those that end by it are started again at once. */
  signal(signal: NodeJS.Signals): void {
    for (const container of this.#containers) {
      container.restarts = 0;
      container.process?.kill(signal);
    }
  }

  /** Takes the pod's cable out, or plugs it in again. */
  async setConnected(connected: boolean): Promise<void> {
    await ip([`link set ${this.#device} ${connected ? 'up' : 'down'}`]);
  }

  async start(): Promise<void> {
    this.address = this.#context.addresses.take();
    await createPodNetwork(this.#namespace, this.#device, this.address);
    this.#startedAt = timestamp();
    await Promise.all(this.#containers.map((container) => this.#launch(container)));
    this.#report();
  }

  async stop(graceSeconds: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await Promise.all(this.#containers.map((container) => terminate(container, graceSeconds)));
    const options = { gracePeriodSeconds: 0, preconditions: { uid: this.uid } };
    await this.#context.api.remove(this.#path, options).catch(ignore);
    // Late packets get a reset rather than silence while the gateway still knows the address.
    await delay(1000);
    await removePodNetwork(this.#namespace).catch(ignore);
    if (this.address !== '') this.#context.addresses.release(this.address);
  }

  get #namespace(): string {
    return `p-${this.uid.slice(0, 8)}`;
  }

  get #device(): string {
    return `v${this.uid.slice(0, 8)}`;
  }

  get #path(): string {
    const { namespace, name } = this.pod.metadata;
    return `/api/v1/namespaces/${String(namespace)}/pods/${name}`;
  }

  async #launch(container: Container): Promise<void> {
    const command = commandOf(container.spec, this.#context.images);
    if (command === undefined) {
      this.#wait(container, 'ErrImagePull', `no such image here: ${container.spec.image}`);
      return;
    }
    try {
      const { api, folder } = this.#context;
      this.#volume ??= await writeServiceAccount(api, this.pod, folder);
      const environment = await environmentOf(api, this.pod, container.spec, this.address);
      if (!this.#stopped) this.#spawn(container, command, environment);
    } catch (error) {
      this.#wait(container, 'CreateContainerConfigError', String(error));
      this.#retry(container, 1000);
    }
  }

  #spawn(
    container: Container,
    command: readonly string[],
    environment: Record<string, string>,
  ): void {
    const { namespace, name } = this.pod.metadata;
    const log = join(
      this.#context.folder,
      `${String(namespace)}_${name}_${container.spec.name}.log`,
    );
    const output = openSync(log, 'a');
    const user = String(this.pod.spec.securityContext?.runAsUser ?? NOBODY);
    // A mount namespace comes with `ip netns exec`, so the volume is seen by this pod alone; its host name is the pod's.
    const isReadOnly = container.spec.securityContext?.readOnlyRootFilesystem === true;
    const script =
      `hostname "$HOSTNAME" && mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p ${MOUNT} && mount --bind "$0" ${MOUNT} && ` +
      (isReadOnly ? 'mount -o remount,bind,ro / && ' : '') +
      `exec setpriv --reuid ${user} --regid ${user} --clear-groups --no-new-privs "$@"`;
    const child = spawn(
      'ip',
      [
        ...['netns', 'exec', this.#namespace, 'unshare', '--uts', 'sh', '-c', script],
        ...[String(this.#volume), ...command],
      ],
      { stdio: ['ignore', output, output], env: environment, cwd: '/' },
    );
    closeSync(output);
    container.process = child;
    container.state = { running: { startedAt: timestamp() } };
    container.ready = container.spec.readinessProbe === undefined;
    child.once('exit', (code) => {
      this.#exited(container, code ?? 137);
    });
    void this.#probe(container, child.pid);
    this.#report();
  }

  #exited(container: Container, exitCode: number): void {
    container.process = undefined;
    container.ready = false;
    if (this.#stopped) return;
    if (this.#isFinal(exitCode)) {
      const reason = exitCode === 0 ? 'Completed' : 'Error';
      container.state = { terminated: { exitCode, reason, finishedAt: timestamp() } };
      this.#report();
      return;
    }
    container.restarts++;
    container.lastState = { terminated: { exitCode, reason: 'Error', finishedAt: timestamp() } };
    this.#wait(container, 'CrashLoopBackOff', `exit ${exitCode}`);
    this.#retry(
      container,
      container.restarts > 1 ? Math.min(30_000, 500 * 2 ** container.restarts) : 0,
    );
  }

  /** Whether a container that ended so is not started again. */
  #isFinal(exitCode: number): boolean {
    const { restartPolicy } = this.pod.spec;
    return restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && exitCode === 0);
  }

  #retry(container: Container, delayMs: number): void {
    setTimeout(() => {
      if (!this.#stopped) void this.#launch(container);
    }, delayMs);
  }

  #wait(container: Container, reason: string, message: string): void {
    container.state = { waiting: { reason, message } };
    this.#report();
  }

  /** Probes one life of the container's process. */
  async #probe(container: Container, pid: number | undefined): Promise<void> {
    const { readinessProbe, livenessProbe } = container.spec;
    const alive = (): boolean => !this.#stopped && container.process?.pid === pid;
    let notReady = 0;
    let notLive = 0;
    for (let tick = 0; alive(); tick++) {
      if (
        readinessProbe !== undefined &&
        isDue(tick, readinessProbe.periodSeconds, container.ready)
      ) {
        notReady = (await this.#ask(readinessProbe, container.spec)) ? 0 : notReady + 1;
        const limit = readinessProbe.failureThreshold ?? 3;
        this.#setReady(container, notReady === 0 || (container.ready && notReady < limit));
      }
      if (
        livenessProbe !== undefined &&
        container.ready &&
        isDue(tick, livenessProbe.periodSeconds, true)
      ) {
        notLive = (await this.#ask(livenessProbe, container.spec)) ? 0 : notLive + 1;
        if (notLive >= (livenessProbe.failureThreshold ?? 3)) container.process?.kill('SIGKILL');
      }
      await delay(PROBE_TICK_MS);
    }
  }

  #ask(
    spec: NonNullable<ContainerSpec['readinessProbe']>,
    container: ContainerSpec,
  ): Promise<boolean> {
    return probe(spec, this.address, container);
  }

  #setReady(container: Container, ready: boolean): void {
    if (container.ready === ready || container.process === undefined) return;
    container.ready = ready;
    this.#report();
  }

  /** One status write at a time, the newest last: two in flight can land in the wrong order. */
  #report(): void {
    this.#dirty = true;
    if (this.#reporting) return;
    this.#reporting = true;
    void this.#flush();
  }

  async #flush(): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      await delay(20);
      try {
        await this.#context.api.merge(`${this.#path}/status`, { status: this.#status() });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) break;
        this.#dirty = true;
        await delay(300);
      }
    }
    this.#reporting = false;
  }

  #status(): unknown {
    const ready = this.#containers.every((container) => container.ready);
    const conditions = [
      ['PodScheduled', true],
      ['Initialized', true],
      ['ContainersReady', ready],
      ['Ready', ready],
    ] as const;
    return {
      phase: this.#phase(),
      podIP: this.address,
      podIPs: [{ ip: this.address }],
      hostIP: '10.244.0.1',
      startTime: this.#startedAt,
      conditions: conditions.map(([type, ok]) => this.#condition(type, ok)),
      containerStatuses: this.#containers.map((container) => ({
        name: container.spec.name,
        image: container.spec.image,
        imageID: container.spec.image,
        ready: container.ready,
        started: container.process !== undefined,
        restartCount: container.restarts,
        state: container.state,
        lastState: container.lastState,
      })),
    };
  }

  #phase(): string {
    const codes = this.#containers.map(
      ({ state }) => (state as { terminated?: { exitCode: number } }).terminated?.exitCode,
    );
    if (codes.every((code) => code !== undefined)) {
      return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
    }
    return this.#containers.some(({ process, restarts }) => process !== undefined || restarts > 0)
      ? 'Running'
      : 'Pending';
  }

  #condition(type: string, ok: boolean): unknown {
    const before = this.#since.get(type);
    const entry = before?.ok === ok ? before : { ok, at: timestamp() };
    this.#since.set(type, entry);
    return { type, status: ok ? 'True' : 'False', lastTransitionTime: entry.at };
  }
}

/** Every tick while not ready (as kubelets probe at once after start), else by the period. */
function isDue(tick: number, periodSeconds: number | undefined, settled: boolean): boolean {
  const every = settled
    ? Math.max(1, Math.round(((periodSeconds ?? 10) * 1000) / PROBE_TICK_MS))
    : 1;
  return tick % every === 0;
}

async function terminate(container: Container, graceSeconds: number): Promise<void> {
  const child = container.process;
  if (child === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000);
  await ended;
  clearTimeout(kill);
}

function ignore(): void {
  // The pod or its namespace is gone already.
}
