import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KUBERNETES_VERSION } from './binaries.ts';
import { ETCD, startControlPlane } from './control-plane.ts';
import { createBridge, removeBridge } from './network.ts';
import { Processes } from './processes.ts';
import { expect, type Report } from './report.ts';
import type { ClusterInput } from './start-cluster.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const CASES = [
  'test/contract/api-server/cluster.test.ts',
  'test/contract/object-client/cluster.test.ts',
];
/** A difference that nobody can keep in mind is none that is known. */
const MAX_DIFFERENCES = 10;
const LIMIT_MS = 300_000;

interface CaseResult {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly CaseResult[];
  }[];
}

/**
 * The contract suites of the API server and of the clients against a real kube-apiserver; each of their cases is a check.
 * Needs the control plane only, and starts and stops one of its own.
 */
export async function contractSuite(input: ClusterInput, report: Report): Promise<void> {
  const folder = join(input.folder, 'contract');
  const processes = new Processes(join(input.folder, 'log', 'contract'));
  await createBridge();
  try {
    const cluster = await startControlPlane(input.binaries, processes, folder);
    await report.check('the contract runs against the API server that was built', () => {
      expect(cluster.version === KUBERNETES_VERSION, `got ${cluster.version}`);
      return cluster.version;
    });
    const file = join(folder, 'results.json');
    await runCases(cluster.kubeconfig, file);
    await reportCases(JSON.parse(readFileSync(file, 'utf8')) as Results, report);
  } finally {
    await processes.stopAll();
    await removeBridge();
  }
}

/** Runs the cases; their failures are in the file, so the exit code says nothing more. */
async function runCases(kubeconfig: string, file: string): Promise<void> {
  const args = [VITEST, 'run', '--reporter=json', `--outputFile=${file}`, ...CASES];
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    CONTRACT_KUBECONFIG: kubeconfig,
    CONTRACT_ETCD: ETCD,
  };
  await new Promise<void>((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, env, timeout: LIMIT_MS }, () => {
      resolve();
    });
  });
}

async function reportCases({ testResults }: Results, report: Report): Promise<void> {
  for (const { name, message, assertionResults } of testResults) {
    const isRun = assertionResults.length > 0;
    if (!isRun) await report.check(name, () => Promise.reject(new Error(message)));
    for (const one of assertionResults) {
      await report.check(one.fullName, () => {
        expect(one.status === 'passed', one.failureMessages.join('\n') || one.status);
        return undefined;
      });
    }
  }
  const names = testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ fullName }) => fullName),
  );
  const differences = names.filter((name) => name.includes('known difference:'));
  await report.check(`at most ${MAX_DIFFERENCES} differences are known`, () => {
    expect(differences.length <= MAX_DIFFERENCES, `there are ${differences.length}`);
    return String(differences.length);
  });
  console.log(`contract: ${names.length} cases, ${differences.length} known differences`);
}
