import { startContour } from './contour.ts';
import { scenario as abTesting } from './strategies/ab-testing.ts';
import { scenario as autoscaler } from './strategies/autoscaler.ts';
import { scenario as blueGreen } from './strategies/blue-green.ts';
import { scenario as canary } from './strategies/canary.ts';
import { scenario as configChange } from './strategies/config-change.ts';
import { scenario as daemonSet } from './strategies/daemon-set.ts';
import { scenario as deletion } from './strategies/deletion.ts';
import { scenario as keda } from './strategies/keda.ts';
import { scenario as knative } from './strategies/knative.ts';
import { scenario as mirroring } from './strategies/mirroring.ts';
import { scenario as refusedRoute } from './strategies/refused-route.ts';
import { scenario as rollbackHook } from './strategies/rollback-hook.ts';
import { scenario as rollingUpdate } from './strategies/rolling-update.ts';
import { scenario as sessionAffinity } from './strategies/session-affinity.ts';
import { scenario as skipAnalysis } from './strategies/skip-analysis.ts';
import { scenario as suspend } from './strategies/suspend.ts';
import { StrategyWorld, type Scenario } from './strategies/world.ts';
import type { SuiteContext } from './suite.ts';

const SCENARIOS: readonly Scenario[] = [
  sessionAffinity,
  rollingUpdate,
  canary,
  autoscaler,
  mirroring,
  abTesting,
  blueGreen,
  configChange,
  daemonSet,
  rollbackHook,
  refusedRoute,
  suspend,
  skipAnalysis,
  deletion,
  knative,
  keda,
];
/** Scenarios that are played at the same time: what two cores bear without the requests waiting. */
const AT_ONCE = 5;

/** Every strategy and target with real requests all the time. */
export async function strategiesSuite(context: SuiteContext): Promise<void> {
  for (const crds of context.binaries.objectCrds ?? []) {
    await context.kubectl(['apply', '--server-side', '-f', crds]);
  }
  await startContour(context);
  const only = process.env['STRATEGIES']?.split(',');
  const left = SCENARIOS.filter(({ name }) => only === undefined || only.includes(name));
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      await play(context, next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function play(context: SuiteContext, scenario: Scenario): Promise<void> {
  const { name, note } = scenario;
  const world = new StrategyWorld(context, name);
  const suffix = note === undefined ? '' : ` (${note})`;
  await context.report.check(`strategies: ${name}${suffix} was played to its end`, async () => {
    try {
      await scenario.play(world);
    } finally {
      world.stop();
    }
    await context.kubectl(['delete', 'namespace', world.namespace, '--wait=false']);
    return undefined;
  });
}
