import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_VERSION, type Binaries } from './binaries.ts';
import { startControlPlane } from './control-plane.ts';
import { startGateway, startPrometheus } from './data-plane.ts';
import { installSluice } from './install.ts';
import { createKubectl } from './kubectl.ts';
import { createBridge } from './network.ts';
import { PodRunner } from './pod-runner.ts';
import { Processes } from './processes.ts';
import { expect, type Report } from './report.ts';
import type { SuiteContext } from './suite.ts';

/** What isolate.ts hands over to a script that it runs. */
export interface ClusterInput {
  binaries: Binaries;
  folder: string;
  /** The program that the image name `sluice` means. */
  main: string;
}

/** What the cluster held at the end lies beside the logs: it says why something failed. */
export async function keepState({ kubectl, folder }: SuiteContext): Promise<void> {
  const kinds = 'canaries,rolloutruns,changewindows,httproutes,deployments,pods,events';
  const state = await kubectl(['get', kinds, '-A', '-o', 'yaml']).catch(String);
  writeFileSync(join(folder, 'log', 'state.yaml'), state);
}

/**
 * Starts the control plane, the pod runner, gateway and Prometheus, then installs Sluice.
 * @param settings variables for Sluice's ConfigMap
 */
export async function startCluster(
  input: ClusterInput,
  results: Report,
  settings: Readonly<Record<string, string>> = {},
): Promise<SuiteContext> {
  const { binaries, folder } = input;
  const started = performance.now();
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const processes = new Processes(join(folder, 'log'));
  await createBridge();
  const cluster = await startControlPlane(binaries, processes, join(folder, 'control-plane'));
  console.log(`kube-apiserver ${cluster.version} ready after ${seconds()}`);
  await results.check('the API server is the one that was built', () => {
    expect(cluster.version === KUBERNETES_VERSION, `got ${cluster.version}`);
    return cluster.version;
  });
  const kubectl = createKubectl(binaries.kubectl, cluster.kubeconfig);
  await kubectl(['apply', '--server-side', '-f', binaries.gatewayApiCrds]);
  const pods = new PodRunner(cluster.api, { sluice: input.main }, join(folder, 'log'));
  await pods.start();
  await startGateway(binaries, processes, cluster, kubectl);
  await startPrometheus(binaries, processes, folder);
  console.log(`gateway and Prometheus ready after ${seconds()}`);
  const context = { binaries, processes, cluster, pods, report: results, kubectl, folder };
  await installSluice(context, settings);
  console.log(`Sluice ready after ${seconds()}`);
  return context;
}
