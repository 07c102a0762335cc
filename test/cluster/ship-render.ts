import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { load, loadAll } from 'js-yaml';
import type { Helm } from './helm.ts';
import type { Kubectl } from './kubectl.ts';
import { expect } from './report.ts';

export const CHART = new URL('../../manifests/chart/', import.meta.url).pathname;
const EXAMPLES = new URL('../../manifests/examples/flux/', import.meta.url).pathname;
export const BASE = new URL('../../manifests/base/', import.meta.url).pathname;

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

type Json = Record<string, unknown>;

/** What the chart has and the base has not, and the other way round; everything else is equal. */
const ONLY_CHART = ['ConfigMap sluice-system/sluice-config'];
const ONLY_BASE = ['Namespace /sluice-system'];
/** A changed ConfigMap restarts the pods only in the chart. */
const SETTINGS_ANNOTATION = 'sluice.dev/settings';

/** Renders chart and base, and compares them object by object. @returns how many are equal */
export async function compareWithBase(helm: Helm, kubectl: Kubectl): Promise<number> {
  const chart = byName(await render(helm, []));
  const base = byName(loadAll(await kubectl(['kustomize', BASE])) as Rendered[]);
  expectSame(
    [...chart.keys()].filter((key) => !base.has(key)),
    ONLY_CHART,
    'only in the chart',
  );
  expectSame(
    [...base.keys()].filter((key) => !chart.has(key)),
    ONLY_BASE,
    'only in the base',
  );
  let equal = 0;
  for (const [key, object] of chart) {
    const other = base.get(key);
    if (other === undefined) continue;
    expect(isDeepStrictEqual(withoutSettings(object), other), `${key} differs`);
    equal++;
  }
  return equal;
}

/** The objects of the chart, without hooks. `kubeVersion` because no cluster is asked. */
export async function render(helm: Helm, args: readonly string[]): Promise<Rendered[]> {
  const fixed = ['template', 'sluice', CHART, '-n', 'sluice-system', '--kube-version', '1.37.0'];
  const text = await helm([...fixed, '--no-hooks', ...args]);
  return (loadAll(text) as (Rendered | null)[]).filter((object) => object !== null);
}

/** The minimal profile, every switch turned, and values that the schema refuses. */
export async function checkValues(helm: Helm): Promise<string> {
  const minimal = await render(helm, ['--set', 'profile=minimal']);
  const replicas = minimal
    .filter(({ kind }) => kind === 'Deployment')
    .map((object) => (object as unknown as { spec: { replicas: number } }).spec.replicas);
  expect(replicas.join() === '1,1', `replicas of the minimal profile: ${replicas.join()}`);
  expect(!kinds(minimal).includes('PodDisruptionBudget'), 'a budget that can never be met');
  const bare = await render(helm, [
    '--set',
    'rbac.create=false,admissionPolicies.enabled=false,networkPolicy.enabled=false,priorityClass.create=false,podDisruptionBudget.enabled=false,podMonitor.enabled=true',
  ]);
  expectSame(
    [...new Set(kinds(bare))].sort(),
    ['ConfigMap', 'Deployment', 'PodMonitor', 'Service', 'ServiceAccount'],
    'kinds with everything off',
  );
  const settings = await render(helm, [
    '--set',
    'config.metricsServer=http://prometheus:9090,config.selectorLabels={app,tier},config.historyLimit=20,config.restrictOutbound=true',
  ]);
  const data = settings.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Json };
  const expected = {
    SLUICE_SLUICE_NAMESPACE: 'sluice-system',
    SLUICE_METRICS_SERVER: 'http://prometheus:9090',
    SLUICE_SELECTOR_LABELS: 'app,tier',
    SLUICE_HISTORY_LIMIT: '20',
    SLUICE_RESTRICT_OUTBOUND: 'true',
  };
  expect(isDeepStrictEqual(sorted(data.data), sorted(expected)), JSON.stringify(data.data));
  const refused = [
    'config.metricServer=x',
    'config.minInterval=soon',
    'config.historyLimit=0',
    'config.roles={webhook}',
    'image.digest=latest',
    'profile=large',
    'webhook.replica=3',
  ];
  for (const value of refused) {
    const outcome = await render(helm, ['--set', value]).then(() => '', String);
    expect(/values don't meet the specifications/.test(outcome), `${value}: ${outcome}`);
  }
  return `2 profiles, ${refused.length} bad values refused`;
}

/** The values that the examples for Flux give are values of the chart. */
export async function checkExamples(helm: Helm): Promise<string> {
  const files = ['git.yaml', 'oci.yaml'];
  for (const file of files) {
    const objects = loadAll(readFileSync(join(EXAMPLES, file), 'utf8')) as Rendered[];
    const release = objects.find(({ kind }) => kind === 'HelmRelease') as unknown as {
      spec: { values: Json };
    };
    const values = Object.entries(release.spec.values).flatMap(([name, value]) => [
      '--set-json',
      `${name}=${JSON.stringify(value)}`,
    ]);
    const text = JSON.stringify(await render(helm, values));
    expect(text.includes('registry.example.com/platform/sluice:'), `${file}: another image`);
  }
  return files.join(', ');
}

/** The version that `Chart.yaml` names. */
export function chartVersion(text: string): string {
  return (load(text) as { version: string }).version;
}

function kinds(objects: readonly Rendered[]): string[] {
  return objects.map(({ kind }) => kind);
}

function byName(objects: readonly Rendered[]): Map<string, Rendered> {
  return new Map(
    objects.map((object) => [
      `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      object,
    ]),
  );
}

function withoutSettings(object: Rendered): unknown {
  const copy = structuredClone(object) as unknown as {
    spec?: { template?: { metadata: { annotations: Json } } };
  };
  const annotations = copy.spec?.template?.metadata.annotations ?? {};
  Reflect.deleteProperty(annotations, SETTINGS_ANNOTATION);
  return copy;
}

function expectSame(got: readonly string[], wanted: readonly string[], what: string): void {
  expect(isDeepStrictEqual(got, wanted), `${what}: ${got.join(', ')}`);
}

function sorted(object: Json): [string, unknown][] {
  return Object.entries(object).sort(([left], [right]) => left.localeCompare(right));
}
