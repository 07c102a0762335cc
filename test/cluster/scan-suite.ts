import { execFile } from 'node:child_process';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ApiObject } from './api.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import { expect } from './report.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';

const NAMESPACE = 'scan';
const NAME = 'scan-suite';
const POLICIES = '/apis/sluice.dev/v1alpha1/rolloutpolicies';
const BINDINGS = '/apis/sluice.dev/v1alpha1/rolloutpolicybindings';
const CANARIES = `/apis/flagger.app/v1beta1/namespaces/${NAMESPACE}/canaries`;
const REPORTS = `/apis/openreports.io/v1alpha1/namespaces/${NAMESPACE}/reports`;
const PODS = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods`;
const CRDS = new URL('../support/report-crds/', import.meta.url).pathname;
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const METRICS_PORT = 8080;
/** A kind that is installed later is noticed within half a minute. */
const NOTICED_MS = 45_000;
const SOON_MS = 10_000;

type Report = ApiObject & {
  scope: { kind: string; name: string };
  summary: Record<string, number>;
  results: { policy: string; rule?: string; result: string; message?: string }[];
};

/** What the background scan says of objects that exist: reports, status, metrics and the report about controls. */
export async function scanSuite(context: SuiteContext): Promise<void> {
  const { report, cluster } = context;
  const labels = { 'sluice.dev/governed': 'true' };
  await cluster.api.create('/api/v1/namespaces', { metadata: { name: NAMESPACE, labels } });
  await cluster.api.create(CANARIES, canary('quick', 1));
  await cluster.api.create(CANARIES, canary('patient', 9));
  try {
    await report.check('scan: the status of a policy says what it would deny now', () =>
      statusOfPolicy(context),
    );
    await report.check('scan: each object gets a report once openreports.io is installed', () =>
      reportsAppear(context),
    );
    await report.check('scan: reports follow the policy', () => reportsFollow(context));
    await report.check('scan: a report goes with its object', () => reportGoes(context));
    await report.check('scan: what would have been denied is counted at admission', () =>
      counted(context),
    );
    await report.check('scan: report controls, from the live cluster', () => controls(context));
  } finally {
    await cluster.api.remove(`${BINDINGS}/${NAME}`);
    await cluster.api.remove(`${POLICIES}/${NAME}`);
    await cluster.api.remove(`/api/v1/namespaces/${NAMESPACE}`);
  }
}

async function statusOfPolicy({ cluster }: SuiteContext): Promise<string> {
  await cluster.api.create(POLICIES, policy(5));
  await cluster.api.create(BINDINGS, {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicyBinding',
    metadata: { name: NAME },
    spec: {
      policyName: NAME,
      validationActions: ['Audit'],
      matchResources: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
      },
    },
  });
  const status = await waitFor(
    'the policy says what it would deny',
    async () => {
      const found = (await cluster.api.get(`${POLICIES}/${NAME}`))['status'] as
        { scan?: { audited: number; passed: number; examples: string[] } } | undefined;
      return found?.scan?.audited === 1 ? found.scan : undefined;
    },
    SOON_MS,
  );
  expect(status.passed === 1, JSON.stringify(status));
  expect(status.examples.join() === `Canary ${NAMESPACE}/quick`, status.examples.join());
  return JSON.stringify(status);
}

async function reportsAppear({ kubectl, cluster }: SuiteContext): Promise<string> {
  const files = ['reports', 'clusterreports'].map((name) => `${CRDS}openreports.io_${name}.yaml`);
  for (const file of files) await kubectl(['apply', '--server-side', '-f', file]);
  const started = performance.now();
  const found = await untilReport(cluster, 'quick', ({ summary }) => summary['fail'] === 1, {
    limitMs: NOTICED_MS,
  });
  const [result] = found.results;
  expect(result?.policy === NAME && result.rule === 'threshold', JSON.stringify(found.results));
  expect(result.message === 'the threshold is too low', JSON.stringify(result));
  await untilReport(cluster, 'patient', ({ summary }) => summary['pass'] === 1);
  return `after ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

async function reportsFollow({ cluster }: SuiteContext): Promise<string> {
  const started = performance.now();
  await cluster.api.merge(`${POLICIES}/${NAME}`, { spec: { validations: validations(1) } });
  await untilReport(cluster, 'quick', ({ summary }) => summary['pass'] === 1);
  await cluster.api.merge(`${POLICIES}/${NAME}`, { spec: { validations: validations(10) } });
  await untilReport(cluster, 'patient', ({ summary }) => summary['fail'] === 1);
  return `two changes in ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

async function reportGoes({ cluster }: SuiteContext): Promise<string> {
  await cluster.api.remove(`${CANARIES}/quick`);
  await waitFor(
    'the report of the Canary that was deleted is gone',
    async () => ((await reportOf(cluster, 'quick')) === undefined ? true : undefined),
    SOON_MS,
  );
  const left = await reportOf(cluster, 'patient');
  expect(left !== undefined, 'the report of the other Canary is gone, too');
  return 'and no other';
}

async function counted({ cluster }: SuiteContext): Promise<string> {
  await cluster.api.create(CANARIES, canary('hasty', 2));
  const { items } = await cluster.api.list(
    `${PODS}?labelSelector=app.kubernetes.io/component=webhook`,
  );
  const pages = await Promise.all(
    items.map(({ status }) => metricsOf((status as { podIP?: string }).podIP ?? '')),
  );
  const lines = pages
    .flatMap((page) => page.split('\n'))
    .filter(
      (line) =>
        line.startsWith('sluice_policy_violations_total') && line.includes(`policy="${NAME}"`),
    );
  const sum = lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  expect(sum === 1 && lines.some((line) => line.includes('action="Audit"')), lines.join('; '));
  return lines.join('; ');
}

async function controls({ cluster }: SuiteContext): Promise<string> {
  const argv = ['report', 'controls', '-f', 'soc2', '-n', NAMESPACE, '-o', 'json'];
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [MAIN, ...argv, '--kubeconfig', cluster.kubeconfig],
      { maxBuffer: 16 * 2 ** 20 },
      (error, out, stderr) => {
        if (error === null) resolve(out);
        else reject(new Error(`${stderr} ${error.message}`));
      },
    );
  });
  const report = JSON.parse(stdout) as {
    controls: {
      id: string;
      policies: { name: string; enforcement: string; gaps: { code: string }[]; found: object }[];
    }[];
  };
  const found = report.controls
    .find(({ id }) => id === 'CC8.1')
    ?.policies.find(({ name }) => name === NAME);
  expect(found?.enforcement === 'not-enforced', JSON.stringify(found));
  expect(found.gaps.map(({ code }) => code).join() === 'audit-only', JSON.stringify(found));
  const audited = (found.found as { audited: number }).audited;
  expect(audited === 2, JSON.stringify(found.found));
  return `${found.enforcement}: audit-only, ${audited} objects`;
}

async function untilReport(
  cluster: SuiteContext['cluster'],
  name: string,
  isRight: (report: Report) => boolean,
  { limitMs = SOON_MS }: { readonly limitMs?: number } = {},
): Promise<Report> {
  return waitFor(
    `the report of ${name}`,
    async () => {
      const found = await reportOf(cluster, name);
      return found !== undefined && isRight(found) ? found : undefined;
    },
    limitMs,
  );
}

async function reportOf(
  { api }: SuiteContext['cluster'],
  name: string,
): Promise<Report | undefined> {
  const { items } = await api.list(REPORTS);
  return (items as Report[]).find(({ scope }) => scope.kind === 'Canary' && scope.name === name);
}

function metricsOf(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host, port: METRICS_PORT, path: '/metrics' }, (response) => {
      text(response).then(resolve, reject);
    }).once('error', reject);
  });
}

function policy(least: number): object {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name: NAME },
    spec: {
      title: 'Canaries have patience',
      severity: 'medium',
      standards: [{ id: 'soc2-2017', controls: ['CC8.1'] }],
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['flagger.app'],
            apiVersions: ['*'],
            resources: ['canaries'],
            operations: ['CREATE', 'UPDATE'],
          },
        ],
      },
      validations: validations(least),
    },
  };
}

function validations(least: number): object[] {
  const expression = `object.spec.analysis.threshold >= ${least}`;
  return [{ name: 'threshold', expression, message: 'the threshold is too low' }];
}

/** Its target does not exist, so that nothing is rolled out. */
function canary(name: string, threshold: number): object {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: { port: 80 },
      analysis: { interval: '1m', threshold, stepWeight: 10, maxWeight: 50 },
    },
  };
}
