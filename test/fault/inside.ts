/** Runs inside the namespaces that run.ts had made: starts the cluster, plays the suites, prints the count. */
import { Report } from '../cluster/report.ts';
import { keepState, startCluster, type ClusterInput } from '../cluster/start-cluster.ts';
import { failoverSuite } from './failover-suite.ts';
import { killsSuite } from './kills-suite.ts';
import { Stage } from './stage.ts';

interface Input extends ClusterInput {
  suites: string[];
  kills: number;
  seed: number;
}

const report = new Report();
await report.check('the suite ran to its end', () =>
  main(JSON.parse(process.argv[2] ?? '{}') as Input, report),
);
console.log(report.summary());
process.exit(report.failed === 0 ? 0 : 1);

async function main(input: Input, results: Report): Promise<undefined> {
  const started = performance.now();
  const context = await startCluster(input, results, { SLUICE_MIN_INTERVAL: '1s' });
  try {
    const stage = await Stage.set(context);
    for (const suite of input.suites) {
      if (suite === 'kills') await killsSuite(stage, input);
      if (suite === 'failover') await failoverSuite(stage);
    }
    stage.close();
  } finally {
    await keepState(context);
    await context.processes.stopAll();
  }
  console.log(`took ${Math.round((performance.now() - started) / 1000)} s`);
}
