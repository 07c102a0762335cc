/** Runs inside the namespaces of isolate.ts: a control plane, two webhooks, and writes to three namespaces in turn. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { createBridge } from '../cluster/network.ts';
import { Processes } from '../cluster/processes.ts';
import type { ClusterInput } from '../cluster/start-cluster.ts';
import type { ClusterTimes } from './cluster.ts';
import { benchReviews } from './webhook-fixture.ts';

const WARM_UP = 200;
/** Blocks of rounds; the quietest counts, as the machine is shared: the one whose writes without a webhook are fastest. */
const BLOCKS = 10;
const ROUNDS = 200;
/** Who writes: allowed everything, and a developer, as the rules want. */
const USER = { 'impersonate-user': 'ada', 'impersonate-group': ['developers', 'system:masters'] };
/** The rules look at the namespace `shop`. */
const NAMESPACES = { none: 'none', always: 'always', ours: 'shop' } as const;
type Kind = keyof typeof NAMESPACES;

const input = JSON.parse(process.argv[2] ?? '{}') as ClusterInput & { readonly output: string };
const processes = new Processes(join(input.folder, 'log'));
const children: ChildProcess[] = [];
try {
  await createBridge();
  const cluster = await startControlPlane(
    input.binaries,
    processes,
    join(input.folder, 'control-plane'),
  );
  await Promise.all([
    register(cluster, 'always', './always-allow.ts', []),
    register(cluster, 'ours', './webhook-server.ts', ['fifty']),
    createNamespaces(cluster),
  ]);
  writeFileSync(input.output, JSON.stringify(await measure(cluster)));
} finally {
  for (const child of children) child.disconnect();
  await processes.stopAll();
}

async function createNamespaces({ api }: ControlPlane): Promise<void> {
  for (const [kind, name] of Object.entries(NAMESPACES)) {
    const labels = { bench: kind, 'sluice.dev/governed': 'true' };
    await api.create('/api/v1/namespaces', { metadata: { name, labels } });
  }
}

/** Starts a webhook and has it asked about one of the namespaces. */
async function register(
  { api }: ControlPlane,
  kind: Exclude<Kind, 'none'>,
  file: string,
  args: readonly string[],
): Promise<void> {
  const options = { execArgv: ['--max-semi-space-size=8'] };
  const child = fork(new URL(file, import.meta.url), [...args], options);
  children.push(child);
  const [{ port, ca }] = (await once(child, 'message')) as [{ port: number; ca: string }];
  await api.create('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    metadata: { name: kind },
    webhooks: [
      {
        name: `${kind}.bench.example.com`,
        clientConfig: {
          url: `https://127.0.0.1:${port}/validate/fail`,
          caBundle: Buffer.from(ca).toString('base64'),
        },
        rules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['deployments'],
          },
        ],
        namespaceSelector: { matchLabels: { bench: kind } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 3,
      },
    ],
  });
}

/** Median milliseconds of each kind, in turn, so that what else the machine does concerns all alike. */
async function measure(cluster: ControlPlane): Promise<ClusterTimes> {
  const writer = createWriter(cluster);
  const stamp = await writer.stamp();
  // Every second review of the fixture is denied; those that are allowed go all the way.
  const objects = benchReviews(128)
    .filter(({ allowed }) => allowed)
    .map(({ body }) => (JSON.parse(body) as { request: { object: Written } }).request.object);
  const write = (kind: Kind, object: Written): Promise<number> =>
    writer.write(NAMESPACES[kind], object, stamp);
  await block(objects, WARM_UP, write);
  let quietest: ClusterTimes | undefined;
  for (let each = 0; each < BLOCKS; each++) {
    const times = await block(objects, ROUNDS, write);
    if (quietest === undefined || times.none < quietest.none) quietest = times;
  }
  if (quietest === undefined) throw new Error('nothing was measured');
  return quietest;
}

async function block(
  objects: readonly Written[],
  rounds: number,
  write: (kind: Kind, object: Written) => Promise<number>,
): Promise<ClusterTimes> {
  const kinds = Object.keys(NAMESPACES) as Kind[];
  const times: Record<Kind, number[]> = { none: [], always: [], ours: [] };
  for (let round = 0; round < rounds; round++) {
    const object = objects[round % objects.length];
    if (object === undefined) throw new Error('nothing to write');
    for (let turn = 0; turn < kinds.length; turn++) {
      const kind = kinds[(round + turn) % kinds.length] ?? 'none';
      times[kind].push(await write(kind, object));
    }
  }
  return {
    none: medianOf(times.none),
    always: medianOf(times.always),
    ours: medianOf(times.ours),
  };
}

interface Written {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
}

function createWriter({ api }: ControlPlane) {
  const { server, ca, cert, key } = api.access;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key });
  const post = async (path: string, body: string): Promise<{ status: number; text: string }> => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...USER,
    };
    const sent = request(`${server}${path}`, { method: 'POST', agent, headers });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [
      NodeJS.ReadableStream & { statusCode: number },
    ];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode, text };
  };
  return {
    /** Who the API server takes the writer for, as the webhook's stamp has it. */
    stamp: async (): Promise<string> => {
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const { text } = await post(path, JSON.stringify(review));
      const {
        username,
        uid = '',
        groups,
      } = (
        JSON.parse(text) as {
          status: { userInfo: { username: string; uid?: string; groups: string[] } };
        }
      ).status.userInfo;
      return JSON.stringify({ username, uid, groups });
    },
    write: async (namespace: string, object: Written, stamp: string): Promise<number> => {
      const annotations = { ...object.metadata.annotations, 'sluice.dev/changed-by': stamp };
      const metadata = { ...object.metadata, namespace, annotations };
      const body = JSON.stringify({ ...object, metadata });
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`;
      const startedAt = performance.now();
      const { status, text } = await post(path, body);
      const took = performance.now() - startedAt;
      if (status !== 201) throw new Error(`${namespace}: ${status} ${text.slice(0, 500)}`);
      return took;
    },
  };
}

function medianOf(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}
