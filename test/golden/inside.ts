/** Runs inside the namespaces that isolate.ts made: the cluster, the kit, the controller, then the comparison. */
import { join } from 'node:path';
import { startControlPlane } from '../cluster/control-plane.ts';
import { createKubectl } from '../cluster/kubectl.ts';
import { Processes } from '../cluster/processes.ts';
import type { ClusterInput } from '../cluster/start-cluster.ts';
import { startFlagger, startSluice } from './controllers.ts';
import { createPodBridge, NODE, openKit } from './kit.ts';
import { judgeFolder, printVerdict } from './outcome.ts';

interface Input extends ClusterInput {
  scenarios: string[];
  /** Folders of the kit and of the recordings. */
  kit: string;
  golden: string;
  /** For `kubectl apply -f`. */
  definitions: string[];
  jobs: number;
  /** Play the real Flagger instead: what differs then differs by chance. */
  flagger: boolean;
}

process.exit(await main(JSON.parse(process.argv[2] ?? '{}') as Input));

async function main(input: Input): Promise<number> {
  const { binaries, folder, golden, scenarios } = input;
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
  const out = join(folder, 'out');
  await kit.play({ names: scenarios, out, jobs: input.jobs });
  await processes.stopAll();
  return printVerdict(judgeFolder({ golden, ours: out, scenarios }));
}
