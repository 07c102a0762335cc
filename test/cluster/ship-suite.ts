import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROMETHEUS_URL } from './data-plane.ts';
import { createHelm, type Helm } from './helm.ts';
import { SYSTEM_NAMESPACE, installSluice } from './install.ts';
import { expect } from './report.ts';
import {
  BASE,
  CHART,
  chartVersion,
  checkExamples,
  checkValues,
  compareWithBase,
} from './ship-render.ts';
import { ShipWorld } from './ship-world.ts';
import type { SuiteContext } from './suite.ts';

const OTHER_NAMESPACE = 'gates';
const RELEASE = ['sluice', '-n', SYSTEM_NAMESPACE] as const;
const WAIT = ['--wait', '--timeout', '90s'] as const;
const SETTINGS = ['--set', `config.metricsServer=${PROMETHEUS_URL}`] as const;
/** While webhooks are being taken away a write may fall between a pod's end and the deletion. */
const GAP_LIMIT_MS = 10_000;

/**
 * Installs, upgrades and uninstalls by kustomize and by Helm. What must hold after each uninstallation: no webhook is
 * registered, teams can write, and their Canaries are still there. Leaves the cluster as it was found.
 */
export async function shipSuite(context: SuiteContext): Promise<void> {
  const { report, kubectl, cluster, folder, binaries } = context;
  const helm = createHelm(binaries.helm ?? 'helm', cluster.kubeconfig, folder);
  await report.check('ship: the chart is well formed', () =>
    helm(['lint', '--strict', CHART]).then(() => undefined),
  );
  await report.check('ship: the chart renders what the base renders', async () => {
    return `${await compareWithBase(helm, kubectl)} objects are equal`;
  });
  await report.check('ship: values', () => checkValues(helm));
  await report.check('ship: values of the examples for Flux', () => checkExamples(helm));
  const world = new ShipWorld(context);
  await world.setUp();
  await report.check('ship: kubectl delete -k manifests/base', () => deleteBase(context, world));
  await report.check('ship: helm install', () => install(helm, world));
  await report.check('ship: helm upgrade, other values', () => upgradeValues(context, helm, world));
  await report.check('ship: helm upgrade, next version', () =>
    upgradeVersion(context, helm, world),
  );
  await report.check('ship: helm uninstall', () => uninstall(helm, world));
  await report.check('ship: helm uninstall without its hook, in another namespace', () =>
    withoutHook(helm, world),
  );
  await report.check('ship: kubectl apply -k, again', async () => {
    // Helm leaves the namespace, and in it the certificate and the Lease that the processes made.
    await kubectl(['delete', 'namespace', SYSTEM_NAMESPACE, '--timeout=60s']);
    await installSluice(context);
    await world.assertGoverned();
    return undefined;
  });
}

async function deleteBase({ kubectl }: SuiteContext, world: ShipWorld): Promise<string> {
  await world.assertGoverned();
  const owners = await world.owners();
  expect(owners === 'ClusterRole/sluice-webhook', `the configurations belong to ${owners}`);
  const gone = await world.uninstalled(GAP_LIMIT_MS, () =>
    kubectl(['delete', '-k', BASE, '--timeout=60s']),
  );
  return gone;
}

async function install(helm: Helm, world: ShipWorld): Promise<string> {
  // Definitions that are missing are made; those that are there stay as they are.
  await world.deleteDefinition('changewindows.sluice.dev');
  await helm(['install', ...RELEASE, '--create-namespace', CHART, ...SETTINGS, ...WAIT]);
  await world.assertGoverned();
  await world.assertDefined('changewindows.sluice.dev');
  const confined = world.assertConfined();
  const variables = await world.settings();
  expect(variables['SLUICE_METRICS_SERVER'] === PROMETHEUS_URL, JSON.stringify(variables));
  return confined;
}

async function upgradeValues(
  { kubectl }: SuiteContext,
  helm: Helm,
  world: ShipWorld,
): Promise<string> {
  const before = new Set(world.podNames('sluice'));
  const probe = world.probe();
  const values = ['--set', 'config.logLevel=debug,webhook.replicas=3'];
  await helm(['upgrade', ...RELEASE, CHART, ...SETTINGS, ...values, ...WAIT]);
  await world.untilSettled();
  const { writes, refused, messages } = await probe.stop();
  expect(refused === 0, `${refused} of ${writes} writes refused: ${messages.join('; ')}`);
  const pods = world.podNames('sluice-webhook');
  expect(pods.length === 3, `webhook pods: ${pods.join(' ')}`);
  const kept = world.podNames('sluice').filter((name) => before.has(name));
  expect(kept.length === 0, `not restarted with the new settings: ${kept.join(' ')}`);
  await world.assertGoverned();
  const image = 'jsonpath={.items[*].spec.containers[0].image}';
  const images = await kubectl(['-n', SYSTEM_NAMESPACE, 'get', 'pods', '-o', image]);
  return `${writes} writes meanwhile, none refused; ${[...new Set(images.split(' '))].join(' ')}`;
}

async function upgradeVersion(
  { kubectl, folder }: SuiteContext,
  helm: Helm,
  world: ShipWorld,
): Promise<string> {
  const next = join(folder, 'chart-next');
  cpSync(CHART, next, { recursive: true });
  const file = join(next, 'Chart.yaml');
  const version = chartVersion(readFileSync(file, 'utf8'));
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(version, '99.0.0'));
  // The next version's definitions: one of them says something new.
  const crds = join(next, 'crds', 'sluice.yaml');
  const text = readFileSync(crds, 'utf8').replace(
    'When changes may, or may not, go forward.',
    'NEXT',
  );
  writeFileSync(crds, text);
  const definitions = await helm(['show', 'crds', next]);
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], definitions);
  const probe = world.probe();
  await helm(['upgrade', ...RELEASE, next, '--reuse-values', ...WAIT]);
  await world.untilSettled();
  const { writes, refused, messages } = await probe.stop();
  expect(refused === 0, `${refused} of ${writes} writes refused: ${messages.join('; ')}`);
  await world.assertGoverned();
  const listed = await helm(['list', '-n', SYSTEM_NAMESPACE, '-o', 'json']);
  const [entry] = JSON.parse(listed) as { chart: string; revision: string }[];
  expect(entry?.chart === 'sluice-99.0.0' && entry.revision === '3', listed);
  const explained = await kubectl(['get', 'crd', 'changewindows.sluice.dev', '-o', 'yaml']);
  expect(explained.includes('NEXT'), 'the definition was not upgraded');
  return `revision ${entry.revision}, ${writes} writes meanwhile, none refused`;
}

async function uninstall(helm: Helm, world: ShipWorld): Promise<string> {
  const gone = await world.uninstalled(GAP_LIMIT_MS, () =>
    helm(['uninstall', ...RELEASE, '--wait', '--timeout', '90s']),
  );
  const left = await world.leftOvers();
  expect(left === '', `left over: ${left}`);
  return gone;
}

async function withoutHook(helm: Helm, world: ShipWorld): Promise<string> {
  const values = ['--set', 'profile=minimal,uninstallHook.enabled=false'];
  const release = ['sluice', '-n', OTHER_NAMESPACE];
  const install = ['install', ...release, '--create-namespace', CHART];
  await helm([...install, ...SETTINGS, ...values, ...WAIT]);
  await world.assertGoverned();
  const pods = world.podNames('sluice', OTHER_NAMESPACE);
  expect(pods.length === 2, `pods of the minimal profile: ${pods.join(' ')}`);
  const gone = await world.uninstalled(GAP_LIMIT_MS, () =>
    helm(['uninstall', ...release, '--wait', '--timeout', '90s']),
  );
  return gone;
}
