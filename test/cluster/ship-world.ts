import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SYSTEM_NAMESPACE } from './install.ts';
import { expect } from './report.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';
import { WriteProbe } from './write-probe.ts';

const NAMESPACE = 'ship';
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const CANARIES = `/apis/flagger.app/v1beta1/namespaces/${NAMESPACE}/canaries`;
const GROUP = '/apis/admissionregistration.k8s.io/v1';
const CONFIGURATIONS = ['validating', 'mutating'].map(
  (kind) => `${GROUP}/${kind}webhookconfigurations/sluice`,
);
/** How long it is watched that nothing is registered again. */
const STAYS_GONE_MS = 3000;

/** A team's namespace beside Sluice: what it can write, and what it finds of Sluice. */
export class ShipWorld {
  readonly #context: SuiteContext;
  #count = 0;

  constructor(context: SuiteContext) {
    this.#context = context;
  }

  /** A governed namespace with a Deployment, a Canary that nobody runs, and a policy in force. */
  async setUp(): Promise<void> {
    const { api } = this.#context.cluster;
    const labels = { 'sluice.dev/governed': 'true' };
    await api.create('/api/v1/namespaces', { metadata: { name: NAMESPACE, labels } });
    await api.create(DEPLOYMENTS, deployment('app'));
    await api.create(CANARIES, canary('kept'));
    const policies = '/apis/sluice.dev/v1alpha1';
    await api.create(`${policies}/rolloutpolicies`, POLICY);
    await api.create(`${policies}/rolloutpolicybindings`, BINDING);
  }

  /** What the policy refuses is refused; what it allows is let through. */
  async assertGoverned(): Promise<void> {
    const refused = { metadata: { labels: { 'ship/refused': 'yes' } } };
    await waitFor(
      'the policy holds',
      async () => {
        const outcome = await this.#tryPatch(refused);
        return outcome.includes('refused by the ship policy') ? true : undefined;
      },
      20_000,
    );
    const outcome = await this.#tryPatch(this.#change());
    expect(outcome === '', `an allowed write was refused: ${outcome}`);
  }

  /**
   * Uninstalls under a stream of writes, then holds what must hold afterwards.
   * @returns what the writes met, for people
   */
  async uninstalled(gapLimitMs: number, work: () => Promise<unknown>): Promise<string> {
    const probe = this.probe();
    const started = performance.now();
    const working = work();
    await waitFor('no webhook is registered', () => this.#isUnregistered(), 60_000);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    await working;
    await delay(STAYS_GONE_MS);
    const { writes, refused, spanMs, messages } = await probe.stop();
    expect((await this.#isUnregistered()) === true, 'a webhook was registered again');
    expect(spanMs <= gapLimitMs, `writes were refused for ${spanMs} ms: ${messages.join('; ')}`);
    await this.#assertFree();
    return `gone after ${seconds} s; ${refused} of ${writes} writes refused, within ${spanMs} ms`;
  }

  /** Writes to the governed Deployment until it is stopped. */
  probe(): WriteProbe {
    return new WriteProbe(this.#context.cluster.api, `${DEPLOYMENTS}/app`);
  }

  /** To whom both configurations belong. */
  async owners(): Promise<string> {
    const { api } = this.#context.cluster;
    const found = await Promise.all(CONFIGURATIONS.map((path) => api.get(path)));
    const owners = found.flatMap(({ metadata }) => {
      const { ownerReferences = [] } = metadata as {
        ownerReferences?: { kind: string; name: string }[];
      };
      return ownerReferences.map(({ kind, name }) => `${kind}/${name}`);
    });
    return [...new Set(owners)].join(', ');
  }

  /** What of Sluice is still in the cluster, save definitions. */
  async leftOvers(): Promise<string> {
    const kinds = 'deployments,jobs,serviceaccounts,roles,rolebindings,services,configmaps';
    const { kubectl } = this.#context;
    const own = ['-l', 'app.kubernetes.io/part-of=sluice', '-o', 'name'];
    const inside = await kubectl(['-n', SYSTEM_NAMESPACE, 'get', kinds, ...own]);
    const around = await kubectl(['get', 'clusterroles,clusterrolebindings', ...own]);
    return `${inside}${around}`.trim().split('\n').join(' ');
  }

  async settings(): Promise<Record<string, string>> {
    const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps/sluice-config`;
    const { data } = (await this.#context.cluster.api.get(path)) as {
      data?: Record<string, string>;
    };
    return data ?? {};
  }

  podNames(prefix: string, namespace = SYSTEM_NAMESPACE): string[] {
    return this.#context.pods
      .workers(namespace, prefix)
      .filter(({ pod }) => pod.metadata.deletionTimestamp === undefined)
      .map(({ pod }) => pod.metadata.name);
  }

  /** What the kernel says of Sluice's processes: whether they are nobody, and cannot write to their root. */
  assertConfined(): string {
    const pids = this.#context.pods
      .workers(SYSTEM_NAMESPACE, 'sluice')
      .flatMap((worker) => worker.pids);
    for (const pid of pids) {
      const [, uid] = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
      const root = mounts.map((line) => line.split(' ')).findLast((fields) => fields[4] === '/');
      expect(uid === '65532', `a process runs as ${String(uid)}`);
      expect(root?.[5]?.split(',')[0] === 'ro', 'the root of a pod can be written to');
    }
    expect(pids.length > 0, 'no pod runs');
    return `${pids.length} pods, uid 65532, read-only root`;
  }

  /** Until the pods of the release before have ended. */
  async untilSettled(): Promise<void> {
    const { pods } = this.#context;
    await waitFor(
      'the old pods have ended',
      () =>
        pods
          .workers(SYSTEM_NAMESPACE, 'sluice')
          .every(({ pod }) => pod.metadata.deletionTimestamp === undefined)
          ? true
          : undefined,
      60_000,
    );
  }

  async deleteDefinition(name: string): Promise<void> {
    await this.#context.kubectl(['delete', 'crd', name]);
  }

  async assertDefined(name: string): Promise<void> {
    await this.#context.kubectl(['wait', '--for=condition=Established', 'crd', name]);
  }

  /** Without Sluice everything goes: what its policy refused, too. */
  async #assertFree(): Promise<void> {
    const { api } = this.#context.cluster;
    const kept = await api.find(`${CANARIES}/kept`);
    expect(kept !== undefined, 'the Canary is gone');
    const name = `free-${++this.#count}`;
    await api.create(DEPLOYMENTS, deployment(name, { 'ship/refused': 'yes' }));
    await api.remove(`${DEPLOYMENTS}/${name}`);
    await api.create(CANARIES, canary(name));
    await api.merge(`${CANARIES}/${name}`, { spec: { skipAnalysis: true } });
    await api.remove(`${CANARIES}/${name}`);
  }

  async #isUnregistered(): Promise<true | undefined> {
    const { api } = this.#context.cluster;
    const found = await Promise.all(CONFIGURATIONS.map((path) => api.find(path)));
    return found.every((object) => object === undefined) ? true : undefined;
  }

  #change(): unknown {
    const annotations = { 'ship/change': String(++this.#count) };
    return { spec: { template: { metadata: { annotations } } } };
  }

  #tryPatch(patch: unknown): Promise<string> {
    return this.#context.cluster.api.merge(`${DEPLOYMENTS}/app`, patch).then(() => '', String);
  }
}

function deployment(name: string, labels: Record<string, string> = {}): unknown {
  const pods = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: 0,
      revisionHistoryLimit: 1,
      selector: { matchLabels: pods },
      template: {
        metadata: { labels: pods },
        spec: { containers: [{ name: 'app', image: 'podinfo:1.0.0' }] },
      },
    },
  };
}

/** Its target does not exist: no controller has anything to do for it. */
function canary(name: string): unknown {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `${name}-target` },
      service: { port: 80 },
      analysis: { interval: '10s', threshold: 2, stepWeight: 10, maxWeight: 50 },
    },
  };
}

const POLICY = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicy',
  metadata: { name: 'ship' },
  spec: {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['apps'],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['deployments'],
        },
      ],
    },
    validations: [
      {
        expression: "!('ship/refused' in object.metadata.?labels.orValue({}))",
        message: 'refused by the ship policy',
      },
    ],
  },
};

const BINDING = {
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name: 'ship' },
  spec: {
    policyName: 'ship',
    validationActions: ['Deny'],
    matchResources: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
    },
  },
};
