/** Runs inside the namespaces of isolate.ts: Flagger and Sluice in one cluster, each in its namespace, in turns. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane } from '../cluster/control-plane.ts';
import { PROMETHEUS_URL, startGateway, startPrometheus } from '../cluster/data-plane.ts';
import { createKubectl } from '../cluster/kubectl.ts';
import { createBridge } from '../cluster/network.ts';
import { PodRunner } from '../cluster/pod-runner.ts';
import { Processes } from '../cluster/processes.ts';
import type { ClusterInput } from '../cluster/start-cluster.ts';
import { waitFor } from '../cluster/wait.ts';
import { measureRollout, type Rollout } from './rollout-measure.ts';
import { canary, deployment } from './rollout-objects.ts';

interface Input extends ClusterInput {
  readonly output: string;
  readonly repetitions: number;
}

/** Which controller works in which namespace. */
const NAMESPACES = { flagger: 'bench-flagger', sluice: 'bench-sluice' } as const;
type Controller = keyof typeof NAMESPACES;
export type Rollouts = Readonly<
  Record<Controller, { readonly good: Rollout[]; readonly bad: Rollout[] }>
>;

const FLAGGER_CRDS = new URL('../../manifests/crds/flagger.yaml', import.meta.url).pathname;

const input = JSON.parse(process.argv[2] ?? '{}') as Input;
const processes = new Processes(join(input.folder, 'log'));
try {
  writeFileSync(input.output, JSON.stringify(await main()));
} finally {
  await processes.stopAll();
}
process.exit(0);

async function main(): Promise<Rollouts> {
  const { binaries, folder } = input;
  await createBridge();
  const cluster = await startControlPlane(binaries, processes, join(folder, 'control-plane'));
  const { api } = cluster;
  const kubectl = createKubectl(binaries.kubectl, cluster.kubeconfig);
  await kubectl(['apply', '--server-side', '-f', binaries.gatewayApiCrds, '-f', FLAGGER_CRDS]);
  await new PodRunner(api, { sluice: input.main }, join(folder, 'log')).start();
  await startGateway(binaries, processes, cluster, kubectl);
  await startPrometheus(binaries, processes, folder);
  startControllers(cluster.kubeconfig);
  for (const namespace of Object.values(NAMESPACES)) {
    await kubectl(['create', 'namespace', namespace]);
    const items = [deployment('podinfo:6.0.0'), canary(namespace)];
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await kubectl(['-n', namespace, 'apply', '-f', '-'], list);
  }
  for (const namespace of Object.values(NAMESPACES)) {
    const path = `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries/podinfo`;
    await waitFor(
      `${namespace} is initialised`,
      async () => {
        const { status } = (await api.get(path)) as { status?: { phase?: string } };
        return status?.phase === 'Initialized' ? true : undefined;
      },
      120_000,
    );
  }
  return measureAll((controller, image) => measureRollout(api, NAMESPACES[controller], image));
}

function startControllers(kubeconfig: string): void {
  const { flagger } = input.binaries;
  if (flagger === undefined) throw new Error('flagger was not asked for');
  processes.start('flagger', flagger, [
    `-kubeconfig=${kubeconfig}`,
    `-namespace=${NAMESPACES.flagger}`,
    '-mesh-provider=gatewayapi:v1',
    `-metrics-server=${PROMETHEUS_URL}`,
    '-port=18090',
    '-log-level=info',
  ]);
  processes.start('sluice', process.execPath, [
    input.main,
    'serve',
    '--roles=controller',
    '--fence=off',
    `--kubeconfig=${kubeconfig}`,
    `--namespace=${NAMESPACES.sluice}`,
    `--metrics-server=${PROMETHEUS_URL}`,
  ]);
}

/** A good version and a bad one, each by both in turn, so that what else the machine does concerns both alike. */
async function measureAll(
  measure: (controller: Controller, image: string) => Promise<Rollout>,
): Promise<Rollouts> {
  const results: Rollouts = { flagger: { good: [], bad: [] }, sluice: { good: [], bad: [] } };
  for (let i = 1; i <= input.repetitions; i++) {
    for (const [kind, faults] of [
      ['good', ''],
      ['bad', '-err30'],
    ] as const) {
      for (const controller of ['flagger', 'sluice'] as const) {
        const image = `podinfo:6.${i}.${kind === 'good' ? 0 : 1}${faults}`;
        const rollout = await measure(controller, image);
        results[controller][kind].push(rollout);
        console.log(`${controller}, ${image}: ${JSON.stringify(rollout)}`);
      }
    }
  }
  return results;
}
