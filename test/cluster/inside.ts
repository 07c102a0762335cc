/** Runs inside the namespaces that isolate.ts made: starts the cluster, plays the suites, prints the count. */
import { approvalsSuite } from './approvals-suite.ts';
import { bypassSuite } from './bypass-suite.ts';
import { contractSuite } from './contract-suite.ts';
import { governanceSuite } from './governance-suite.ts';
import { Report } from './report.ts';
import { scanSuite } from './scan-suite.ts';
import { shipSuite } from './ship-suite.ts';
import { keepState, startCluster, type ClusterInput } from './start-cluster.ts';
import { storySuite } from './story-suite.ts';
import { strategiesSuite } from './strategies-suite.ts';
import type { Suite } from './suite.ts';
import { takeoverSuite } from './takeover-suite.ts';
import { tlsSuite } from './tls-suite.ts';
import { vapSuite } from './vap-suite.ts';

const KNOWN: Readonly<Record<string, Suite>> = {
  bypass: bypassSuite,
  story: storySuite,
  ship: shipSuite,
  tls: tlsSuite,
  approvals: approvalsSuite,
  governance: governanceSuite,
  scan: scanSuite,
  vap: vapSuite,
  strategies: strategiesSuite,
  takeover: takeoverSuite,
};

/** The strategies are played with short steps; every other Canary names a longer interval itself. */
const SETTINGS = { SLUICE_MIN_INTERVAL: '1s' };

interface Input extends ClusterInput {
  suites: string[];
}

const report = new Report();
await report.check('the suite ran to its end', () =>
  main(JSON.parse(process.argv[2] ?? '{}') as Input, report),
);
console.log(report.summary());
process.exit(report.failed === 0 ? 0 : 1);

async function main(input: Input, results: Report): Promise<undefined> {
  if (input.suites.includes('contract')) await contractSuite(input, results);
  if (input.suites.every((name) => name === 'contract')) return;
  const context = await startCluster(input, results, SETTINGS);
  try {
    for (const name of input.suites) await KNOWN[name]?.(context);
  } finally {
    await keepState(context);
    await context.processes.stopAll();
  }
}
