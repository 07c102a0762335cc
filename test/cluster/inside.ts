/** Runs inside the namespaces that run.ts made: starts the cluster, plays the suites, prints the count. */
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
import { expect, Report } from './report.ts';
import { storySuite } from './story-suite.ts';
import type { Suite, SuiteContext } from './suite.ts';

const KNOWN: Readonly<Record<string, Suite>> = { story: storySuite };

interface Input {
  binaries: Binaries;
  suites: string[];
  folder: string;
  /** The program that the image name `sluice` means. */
  main: string;
}

const report = new Report();
await report.check('the suite ran to its end', () =>
  main(JSON.parse(process.argv[2] ?? '{}') as Input, report),
);
console.log(report.summary());
process.exit(report.failed === 0 ? 0 : 1);

async function main(input: Input, results: Report): Promise<undefined> {
  const context = await startCluster(input, results);
  try {
    for (const name of input.suites) await KNOWN[name]?.(context);
  } finally {
    await keepState(context);
    await context.processes.stopAll();
  }
}

/** What the cluster held at the end lies beside the logs: it says why something failed. */
async function keepState({ kubectl, folder }: SuiteContext): Promise<void> {
  const kinds = 'canaries,rolloutruns,changewindows,httproutes,deployments,pods,events';
  const state = await kubectl(['get', kinds, '-A', '-o', 'yaml']).catch(String);
  writeFileSync(join(folder, 'log', 'state.yaml'), state);
}

async function startCluster(input: Input, results: Report): Promise<SuiteContext> {
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
  await installSluice(context);
  console.log(`Sluice ready after ${seconds()}`);
  return context;
}
