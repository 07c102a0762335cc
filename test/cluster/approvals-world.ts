import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiObject } from './api.ts';
import { GATEWAY } from './data-plane.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import { pathOf } from './story-outcomes.ts';
import { StoryRecord } from './story-record.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';

export const NAMESPACE = 'desk';
export const NAME = 'till';
/** A second Canary, for what two of them share. */
export const OTHER = 'kiosk';
/** Of the analysis: the shortest that the executor allows. */
export const INTERVAL_MS = 10_000;
export const ROBOT = `system:serviceaccount:${NAMESPACE}:robot`;

const RUNS = `/apis/sluice.dev/v1alpha1/namespaces/${NAMESPACE}/rolloutruns`;
const APPROVALS = `/apis/sluice.dev/v1alpha1/namespaces/${NAMESPACE}/approvals`;
export const CANARIES = `/apis/flagger.app/v1beta1/namespaces/${NAMESPACE}/canaries`;
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

/** A run as the suite reads it. */
export interface RunObject extends ApiObject {
  spec: { revision: string; subject: { name: string } };
  status?: {
    phase?: string;
    held?: { gate: string; reasons: string[]; nextOpen?: string; budgets?: string[] };
    paused?: { by: string };
    outcome?: { reason: string };
    reservations?: { budget: string; weight: number }[];
    acts?: { approval: string; by: string; outcome: string }[];
  };
}

/** What a call of the command line gave. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A Canary whose every step needs the approval of a person: alice writes, bob may say everything, carol nothing, and a
 * ServiceAccount has bob's rights.
 */
export class ApprovalsWorld {
  readonly context: SuiteContext;
  readonly record: StoryRecord;

  private constructor(context: SuiteContext) {
    this.context = context;
    this.record = new StoryRecord(context.cluster.api, NAMESPACE, NAME);
  }

  static async setUp(context: SuiteContext): Promise<ApprovalsWorld> {
    const { api } = context.cluster;
    for (const object of setupObjects()) await api.create(pathOf(object), object);
    const world = new ApprovalsWorld(context);
    for (const name of [NAME, OTHER]) await world.untilPhase('Initialized', 60_000, name);
    return world;
  }

  /** Gives the target another image, as somebody. */
  async release(tag: string, as: string, name = NAME): Promise<void> {
    const path = '/spec/template/spec/containers/0/image';
    const patch = JSON.stringify([{ op: 'replace', path, value: `podinfo:${tag}` }]);
    const target = ['-n', NAMESPACE, 'patch', 'deployment', name];
    await this.context.kubectl([...target, '--as', as, '--type=json', '-p', patch]);
  }

  /** Runs `sluice` as somebody. */
  sluice(as: string, ...args: string[]): Promise<Called> {
    const file = join(this.context.folder, `kubeconfig-${as.replaceAll(':', '-')}`);
    const config = JSON.parse(readFileSync(this.context.cluster.kubeconfig, 'utf8')) as {
      users: { user: Record<string, string> }[];
    };
    for (const { user } of config.users) user['as'] = as;
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    const argv = [MAIN, ...args, '--kubeconfig', file];
    return new Promise((resolve) => {
      execFile(process.execPath, argv, (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? 3);
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** The newest run of a Canary. */
  async run(name = NAME): Promise<RunObject> {
    const { items } = await this.context.cluster.api.list(RUNS);
    const own = (items as RunObject[]).filter(({ spec }) => spec.subject.name === name);
    const last = own.sort((a, b) => numberOf(a) - numberOf(b)).at(-1);
    if (last === undefined) throw new Error('there is no run');
    return last;
  }

  async untilRun(
    what: string,
    done: (run: RunObject) => boolean,
    limitMs: number,
    name = NAME,
  ): Promise<RunObject> {
    return waitFor(
      what,
      async () => {
        const run = await this.run(name);
        return done(run) ? run : undefined;
      },
      limitMs,
    );
  }

  untilWeight(weight: number, limitMs: number): Promise<true> {
    return waitFor(
      `weight ${weight}`,
      () => (this.record.weight === weight ? true : undefined),
      limitMs,
    );
  }

  untilPhase(phase: string, limitMs: number, name = NAME): Promise<true> {
    return waitFor(
      `phase ${phase} of ${name}`,
      async () => ((await phaseOf(this.context, name)) === phase ? true : undefined),
      limitMs,
    );
  }

  /**
   * How long the cluster took from the creation of an Approval to a share of the canary, as two watches showed them.
   * @param say makes the Approval
   */
  async effect(weight: number, say: () => Promise<unknown>): Promise<number> {
    let createdAt: number | undefined;
    const stop = this.context.cluster.api.watch(APPROVALS, (type) => {
      if (type === 'ADDED') createdAt ??= performance.now();
    });
    const before = this.record.weights.length;
    try {
      await say();
      await this.untilWeight(weight, 5000);
      const change = this.record.weights.slice(before).find((each) => each.weight === weight);
      if (createdAt === undefined || change === undefined) throw new Error('a watch missed it');
      return change.at - createdAt;
    } finally {
      stop();
    }
  }

  stop(): void {
    this.record.stop();
  }
}

async function phaseOf({ cluster }: SuiteContext, name: string): Promise<string | undefined> {
  const { status } = (await cluster.api.get(`${CANARIES}/${name}`)) as {
    status?: { phase?: string };
  };
  return status?.phase;
}

function numberOf(run: ApiObject): number {
  return Number(/-(\d+)$/.exec(run.metadata.name)?.[1] ?? 0);
}

function setupObjects(): ApiObject[] {
  const labels = { 'sluice.dev/governed': 'true' };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: NAMESPACE } },
    ...bindings('alice', ['edit', 'view', 'sluice-approver', 'sluice-operator']),
    ...bindings('bob', ['view', 'sluice-approver', 'sluice-operator']),
    ...bindings('carol', ['edit', 'view']),
    ...bindings(ROBOT, ['view', 'sluice-approver', 'sluice-operator']),
    ...bindings('alice', ['edit', 'view'], SYSTEM_NAMESPACE),
    ...bindings('bob', ['view', 'sluice-approver'], SYSTEM_NAMESPACE),
    policy('four-eyes', ['TrafficIncrease'], FOUR_EYES, 'another person must approve'),
    binding('four-eyes', 'Hold'),
    target(NAME),
    target(OTHER),
    canary(NAME),
    canary(OTHER),
    policy(
      'named-team',
      ['Admission'],
      "has(object.metadata.labels) && 'team' in object.metadata.labels",
      'a team is named',
    ),
    binding('named-team', 'Deny'),
  ];
}

const FOUR_EYES = "rollout == null || rollout.approvals.exists(a, a.action == 'Approve')";

function bindings(user: string, roles: readonly string[], namespace = NAMESPACE): ApiObject[] {
  return roles.map((role) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${user.replaceAll(':', '-')}-${role}`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  }));
}

function policy(
  name: string,
  evaluateAt: string[],
  expression: string,
  message: string,
): ApiObject {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name: `desk-${name}` },
    spec: {
      evaluateAt,
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['flagger.app'],
            apiVersions: ['v1beta1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['canaries'],
          },
        ],
      },
      validations: [{ name, expression, message }],
    },
  };
}

function binding(name: string, action: string): ApiObject {
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } };
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicyBinding',
    metadata: { name: `desk-${name}` },
    spec: {
      policyName: `desk-${name}`,
      validationActions: [action],
      matchResources: { namespaceSelector },
    },
  };
}

function target(name: string): ApiObject {
  const labels = { app: name };
  const container = {
    name: 'podinfod',
    image: 'podinfo:6.0.0',
    ports: [{ name: 'http', containerPort: 9898, protocol: 'TCP' }],
    readinessProbe: { httpGet: { path: '/readyz', port: 9898 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

/** A Canary of the suite; its query always answers. */
export function canary(name: string, labels: Record<string, string> = { team: 'desk' }): ApiObject {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: {
        port: 9898,
        targetPort: 9898,
        hosts: [`${name}.desk.example.com`],
        gatewayRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...GATEWAY }],
      },
      analysis: {
        interval: `${INTERVAL_MS / 1000}s`,
        threshold: 10,
        stepWeights: [20, 40, 60],
        metrics: [
          { name: 'always', query: 'vector(1)', interval: '10s', thresholdRange: { min: 1 } },
        ],
      },
    },
  };
}
