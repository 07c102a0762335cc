import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api, type ApiObject } from './api.ts';
import {
  BUSY,
  CALM,
  container,
  GOVERNED,
  LOOSE,
  OPEN,
  setupObjects,
  WEB,
} from './bypass-objects.ts';
import { ACTORS, type Actor } from './bypass-row.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { pathOf } from './story-outcomes.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';

const START_MS = 60_000;
const SUBJECTS: Readonly<Record<Actor, string>> = {
  user: '/O=people/CN=ursula',
  deployer: '/O=people/CN=dora',
  admin: '/O=system:masters/CN=root',
};

/** One of the three who try. */
export interface Person {
  readonly api: Api;
  readonly kubectl: Kubectl;
}

/** Canaries at rest and in a rollout, and three people who try to go round them. */
export class BypassWorld {
  readonly context: SuiteContext;
  readonly people: Readonly<Record<Actor, Person>>;

  private constructor(context: SuiteContext, people: Readonly<Record<Actor, Person>>) {
    this.context = context;
    this.people = people;
  }

  static async setUp(context: SuiteContext): Promise<BypassWorld> {
    const { api } = context.cluster;
    for (const object of setupObjects()) await api.create(pathOf(object), object);
    const people = Object.fromEntries(
      ACTORS.map((actor) => [actor, personOf(context, actor)] as const),
    ) as Record<Actor, Person>;
    const world = new BypassWorld(context, people);
    for (const [namespace, name] of [
      [GOVERNED, CALM],
      [GOVERNED, BUSY],
      [GOVERNED, WEB],
      [OPEN, LOOSE],
    ] as const) {
      await world.untilPhase(namespace, name, 'Initialized');
    }
    const image = { spec: { template: { spec: { containers: [container('6.0.1')] } } } };
    await api.merge(at('deployments', GOVERNED, BUSY), image);
    await world.untilPhase(GOVERNED, BUSY, 'WaitingPromotion');
    return world;
  }

  get api(): Api {
    return this.context.cluster.api;
  }

  untilPhase(namespace: string, name: string, phase: string): Promise<true> {
    return waitFor(
      `${name} is ${phase}`,
      async () => {
        const canary = await this.api.get(at('canaries', namespace, name));
        const { status } = canary as { status?: { phase?: string } };
        return status?.phase === phase ? true : undefined;
      },
      START_MS,
    );
  }

  /** Messages of events of a reason that the cluster has. */
  async events(reason: string): Promise<string[]> {
    const { items } = await this.api.list('/api/v1/events');
    return items
      .filter((event) => event['reason'] === reason)
      .map((event) => (event as ApiObject & { message: string }).message);
  }
}

const GROUPS = {
  deployments: 'apis/apps/v1',
  canaries: 'apis/flagger.app/v1beta1',
  httproutes: 'apis/gateway.networking.k8s.io/v1',
  ingresses: 'apis/networking.k8s.io/v1',
  services: 'api/v1',
  pods: 'api/v1',
  configmaps: 'api/v1',
  rolloutruns: 'apis/sluice.dev/v1alpha1',
  approvals: 'apis/sluice.dev/v1alpha1',
  policyexceptions: 'apis/sluice.dev/v1alpha1',
} as const;

/** The path of an object, or of the collection. */
export function at(plural: keyof typeof GROUPS, namespace: string, name?: string): string {
  const collection = `/${GROUPS[plural]}/namespaces/${namespace}/${plural}`;
  return name === undefined ? collection : `${collection}/${name}`;
}

/** A client certificate of the suite's authority, by which somebody is who he is, and the kubeconfig with it. */
function personOf({ cluster, folder, binaries }: SuiteContext, actor: Actor): Person {
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: cluster.pki, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const subject = SUBJECTS[actor];
  const [key, request, certificate] = ['key', 'csr', 'crt'].map((end) => `bypass-${actor}.${end}`);
  if (key === undefined || request === undefined || certificate === undefined) throw new Error();
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key);
  openssl('req', '-new', '-key', key, '-subj', subject, '-out', request);
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
  openssl('x509', '-req', '-in', request, ...authority, '-out', certificate);
  const config = JSON.parse(readFileSync(cluster.kubeconfig, 'utf8')) as {
    users: { user: Record<string, string> }[];
  };
  const encoded = (file: string): string =>
    readFileSync(join(cluster.pki, file)).toString('base64');
  for (const { user } of config.users) {
    user['client-certificate-data'] = encoded(certificate);
    user['client-key-data'] = encoded(key);
  }
  const file = join(folder, `kubeconfig-${actor}`);
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return {
    api: Api.fromFiles(cluster.api.access.server, cluster.pki, `bypass-${actor}`),
    kubectl: createKubectl(binaries.kubectl, file),
  };
}
