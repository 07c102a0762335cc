/** Runs inside the namespaces that isolate.ts made: the cluster, the kit, the controller, then the comparison. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RESOURCES } from '../../src/domain/resources.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { createKubectl } from '../cluster/kubectl.ts';
import { Processes } from '../cluster/processes.ts';
import type { ClusterInput } from '../cluster/start-cluster.ts';
import { waitFor } from '../cluster/wait.ts';
import { startFlagger, startSluice } from './controllers.ts';
import { FILES } from './difference.ts';
import { createPodBridge, NODE, openKit } from './kit.ts';
import { judgeFolder, printVerdict } from './outcome.ts';
import type { Recorded } from './recordings.ts';

interface Input extends ClusterInput {
  scenarios: Recorded[];
  /** Folder of the kit. */
  kit: string;
  /** For `kubectl apply -f`. */
  definitions: string[];
  jobs: number;
  /** Play the real Flagger instead: what differs then differs by chance. */
  flagger: boolean;
  /** Where to keep what was played, in place of comparing it. */
  record?: string;
}

const CANARIES = RESOURCES.canaries;
const OWN_SCENARIOS = new URL('./scenarios.ts', import.meta.url);

process.exit(await main(JSON.parse(process.argv[2] ?? '{}') as Input));

async function main(input: Input): Promise<number> {
  const { binaries, folder, scenarios } = input;
  const processes = new Processes(join(folder, 'log'));
  const data = join(folder, 'control-plane');
  await createPodBridge();
  // As the kit starts it: how soon an autoscaler acts is part of what was recorded.
  const flags = ['--horizontal-pod-autoscaler-sync-period=5s'];
  const cluster = await startControlPlane(binaries, processes, data, flags);
  const kubectl = createKubectl(binaries.kubectl, cluster.kubeconfig);
  for (const path of input.definitions) {
    await kubectl(['apply', '--server-side', '--force-conflicts', '-f', path]);
  }
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await cluster.api.create('/api/v1/nodes', NODE);
  const kit = openKit(input.kit, data, { cluster, binaries });
  for (const piece of ['podd', 'stub', 'traefik', 'prometheus'] as const) await kit.start(piece);
  const start = input.flagger ? startFlagger : startSluice;
  await start(input, processes, cluster);
  await untilDiscovered(cluster);
  const out = join(folder, 'out');
  const file = join(folder, 'scenarios.mjs');
  writeFileSync(file, scenariosModule(input.kit));
  await kit.play({ names: scenarios.map(({ name }) => name), file, out, jobs: input.jobs });
  await processes.stopAll();
  if (input.record === undefined) return printVerdict(judgeFolder(scenarios, out));
  for (const { name } of scenarios) keep(join(out, name), join(input.record, name));
  return 0;
}

/**
 * The API server serves what a controller has just defined before it lists it, and the recorder watches what is listed.
 */
async function untilDiscovered({ api }: ControlPlane): Promise<void> {
  await waitFor(
    'Canaries are listed',
    async () => {
      const { groups } = (await api.get('/apis')) as unknown as { groups: { name: string }[] };
      if (!groups.some(({ name }) => name === CANARIES.group)) return undefined;
      const path = `/apis/${CANARIES.group}/${CANARIES.version}`;
      const { resources } = (await api.get(path)) as unknown as { resources: { name: string }[] };
      return resources.some(({ name }) => name === CANARIES.plural) ? true : undefined;
    },
    30_000,
  );
}

/** The scenarios of the kit and our own as one list. */
function scenariosModule(kit: string): string {
  return [
    `import theirs from 'file://${join(kit, 'scenarios.mjs')}';`,
    `import ours from '${OWN_SCENARIOS.href}';`,
    'const names = new Set(theirs.map(({ name }) => name));',
    'export default [...theirs, ...ours.filter(({ name }) => !names.has(name))];',
    '',
  ].join('\n');
}

function keep(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of FILES) copyFileSync(join(from, file), join(to, file));
}
