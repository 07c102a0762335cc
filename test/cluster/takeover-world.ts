import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import type { Api, ApiObject } from './api.ts';
import { PROMETHEUS_URL } from './data-plane.ts';
import { startHollowNode } from './hollow-pods.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import type { SuiteContext } from './suite.ts';
import { canary, istioDefinitions, MEMBERS, NAMESPACE, target } from './takeover-objects.ts';
import { waitFor } from './wait.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const FLAGGER_NAMESPACE = 'flagger-system';
const FLAGGER_PORT = 18_080;
const CANARIES = `/apis/flagger.app/v1beta1/namespaces/${NAMESPACE}/canaries`;
const RUNS = `/apis/sluice.dev/v1alpha1/namespaces/${NAMESPACE}/rolloutruns`;
const SYSTEM = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments`;
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';

/** The fields of a Canary that the suite looks at. */
export interface SeenCanary extends ApiObject {
  spec: { suspend?: boolean };
  status?: {
    phase: string;
    canaryWeight: number;
    iterations: number;
    lastAppliedSpec?: string;
    lastPromotedSpec?: string;
    conditions?: { type: string; status: string; reason: string }[];
  };
}

export interface SeenRun extends ApiObject {
  spec: { subject: { name: string }; takenOver?: object };
  status?: { phase: string };
}

/** What a command printed, and its exit code. */
export interface Said {
  readonly code: number;
  readonly text: string;
}

/** Sixty Canaries, Flagger and Sluice, each of which can be started and stopped. */
export class TakeoverWorld {
  readonly context: SuiteContext;
  /** Whether hooks confirm rollbacks; they never confirm a rollout. */
  rollsBack = true;
  readonly #server: Server;
  #flagger = '';

  constructor(context: SuiteContext) {
    this.context = context;
    this.#server = createServer((request, response) => {
      const isConfirmed = this.rollsBack && request.url === '/rollback';
      response.writeHead(isConfirmed ? 200 : 403).end();
    });
  }

  get api(): Api {
    return this.context.cluster.api;
  }

  /** Objects, the node of their pods, and an identity for Flagger; Sluice is stopped. */
  async setUp(): Promise<void> {
    const { kubectl } = this.context;
    await this.stopSluice();
    await startHollowNode(this.api);
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    for (const each of istioDefinitions()) await this.api.create(definitions, each);
    for (const { metadata } of istioDefinitions()) {
      await kubectl(['wait', '--for=condition=established', `crd/${metadata.name}`]);
    }
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    await kubectl(['create', 'namespace', FLAGGER_NAMESPACE]);
    await kubectl(['-n', FLAGGER_NAMESPACE, 'create', 'serviceaccount', 'flagger']);
    const binding = ['create', 'clusterrolebinding', 'flagger', '--clusterrole=cluster-admin'];
    await kubectl([...binding, `--serviceaccount=${FLAGGER_NAMESPACE}:flagger`]);
    this.#flagger = await this.#flaggerKubeconfig();
    // Generated objects are protected where the label is.
    const labels = { 'sluice.dev/governed': 'true' };
    await this.api.create('/api/v1/namespaces', { metadata: { name: NAMESPACE, labels } });
    const { port } = this.#server.address() as { port: number };
    const hooks = `http://127.0.0.1:${port}`;
    for (const member of MEMBERS) {
      const { name } = member;
      if (member.variant === 'configured') {
        const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
        await this.api.create(path, { metadata: { name }, data: { colour: 'blue' } });
      }
      await this.api.create(deploymentPath(), target(member));
      await this.api.create(CANARIES, canary(member, hooks));
    }
  }

  tearDown(): void {
    this.#server.close();
  }

  startFlagger(): void {
    const { binaries, processes } = this.context;
    if (binaries.flagger === undefined) throw new Error('there is no flagger');
    processes.start('flagger', binaries.flagger, [
      `-kubeconfig=${this.#flagger}`,
      '-mesh-provider=gatewayapi:v1',
      `-metrics-server=${PROMETHEUS_URL}`,
      '-control-loop-interval=1s',
      '-log-level=info',
      `-port=${FLAGGER_PORT}`,
    ]);
  }

  /** As a crash would. */
  killFlagger(): Promise<void> {
    return this.context.processes.kill('flagger', 'SIGKILL');
  }

  flaggerLog(): string {
    return readFileSync(this.context.processes.logOf('flagger'), 'utf8');
  }

  async startSluice(): Promise<void> {
    const { kubectl } = this.context;
    for (const name of ['sluice-webhook', 'sluice-controller']) await this.#scale(name, 1);
    for (const name of ['sluice-webhook', 'sluice-controller']) {
      const rollout = ['rollout', 'status', `deployment/${name}`, '--timeout=60s'];
      await kubectl(['-n', SYSTEM_NAMESPACE, ...rollout]);
    }
  }

  /** Its webhooks go with it, as by `sluice uninstall`. */
  async stopSluice(): Promise<void> {
    for (const name of ['sluice-controller', 'sluice-webhook']) await this.#scale(name, 0);
    const pods = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods`;
    await waitFor(
      'no pod of Sluice is left',
      async () => ((await this.api.list(pods)).items.length === 0 ? true : undefined),
      60_000,
    );
    for (const kind of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
      const path = `${CONFIGURATIONS}/${kind}/sluice`;
      if ((await this.api.find(path)) !== undefined) await this.api.remove(path);
    }
  }

  async configure(data: Readonly<Record<string, string>>): Promise<void> {
    const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps/sluice-config`;
    await this.api.merge(path, { data });
  }

  async canaries(): Promise<ReadonlyMap<string, SeenCanary>> {
    const { items } = await this.api.list(CANARIES);
    return new Map((items as SeenCanary[]).map((each) => [each.metadata.name, each]));
  }

  async runs(): Promise<readonly SeenRun[]> {
    return (await this.api.list(RUNS)).items as SeenRun[];
  }

  editCanary(name: string, patch: object): Promise<ApiObject> {
    return this.api.merge(`${CANARIES}/${name}`, patch);
  }

  editTarget(name: string, patch: object): Promise<ApiObject> {
    return this.api.merge(`${deploymentPath()}/${name}`, patch);
  }

  /** Waits until all Canaries that are meant are as wanted; the error names some that are not. */
  async until(
    what: string,
    names: readonly string[],
    isSo: (canary: SeenCanary) => boolean,
    limitMs: number,
  ): Promise<void> {
    let missing: string[] = [];
    await waitFor(
      what,
      async () => {
        const all = await this.canaries();
        missing = names.filter((name) => {
          const found = all.get(name);
          return found === undefined || !isSo(found);
        });
        return missing.length === 0 ? true : undefined;
      },
      limitMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; not so: ${missing.slice(0, 6).join(', ')}`);
    });
  }

  /** Runs `sluice` as admin. */
  sluice(...args: readonly string[]): Promise<Said> {
    const argv = [MAIN, ...args, '--kubeconfig', this.context.cluster.kubeconfig];
    return new Promise((resolve) => {
      execFile(process.execPath, argv, (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? 3);
        resolve({ code, text: `${stdout}${stderr}` });
      });
    });
  }

  async #scale(name: string, replicas: number): Promise<void> {
    await this.api.merge(`${SYSTEM}/${name}`, { spec: { replicas } });
  }

  async #flaggerKubeconfig(): Promise<string> {
    const { cluster, folder, kubectl } = this.context;
    const token = ['create', 'token', 'flagger', '--duration=24h'];
    const text = await kubectl(['-n', FLAGGER_NAMESPACE, ...token]);
    const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as {
      users: { user: Record<string, string> }[];
    };
    for (const each of config.users) each.user = { token: text.trim() };
    const file = join(folder, 'kubeconfig-flagger');
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }
}

function deploymentPath(): string {
  return `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
}
