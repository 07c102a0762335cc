import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp, type App } from '../../../src/app.ts';
import { REPORT_TYPES } from '../../../src/app/scan-reports.ts';
import type { FlagTexts } from '../../../src/config/load-config.ts';
import { silentLogger, type Logger } from '../../../src/domain/logger.ts';
import type { KubeObject, ResourceType } from '../../../src/domain/object.ts';
import type {
  RolloutPolicy,
  RolloutPolicyBinding,
  ValidationAction,
} from '../../../src/domain/policy.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import type { ReportApi, SubjectReport } from '../../../src/policy/scan-report.ts';
import { configOf, startAppCluster, type AppCluster } from '../../support/app-cluster.ts';
import { attributesOf, Rbac } from '../../support/rbac.ts';
import { reportCrds } from '../../support/report-crds.ts';

const MINUTE = 60_000;
const { signal } = new AbortController();
const typeOf = (kind: string): ResourceType => {
  const found = REPORT_TYPES.find((type) => type.kind === kind);
  if (found === undefined) throw new Error(`no report kind ${kind}`);
  return found;
};
let clock: VirtualClock;
let cluster: AppCluster;
let app: App | undefined;

beforeEach(async () => {
  clock = new VirtualClock();
  cluster = await startAppCluster({ clock });
  const metadata = { name: 'shop' };
  await create(RESOURCES.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
});
afterEach(async () => {
  const stopped = app?.stop();
  await clock.advance(MINUTE);
  await stopped;
  await cluster.api.close();
});

const create = (type: ResourceType, object: KubeObject): Promise<KubeObject> =>
  cluster.client.create(type, object, { signal });

async function install(api: ReportApi): Promise<void> {
  for (const crd of reportCrds(api)) await create(RESOURCES.customResourceDefinitions, crd);
}

async function start(flags: FlagTexts = {}, logger: Logger = silentLogger): Promise<void> {
  const started = createApp(configOf({ roles: 'controller', ...flags }), {
    ...cluster.overrides,
    logger,
    outbound: () => Promise.reject(new Error('none')),
    listen: false,
  });
  app = started;
  await started.start(signal);
  expect(await clock.runUntil(() => started.ready().ok, MINUTE)).toBe(true);
  await clock.advance(MINUTE);
}

async function reports(kind = 'Report'): Promise<SubjectReport[]> {
  const page = await cluster.client.list<SubjectReport>(typeOf(kind), { signal });
  return page.items;
}

/** Few replicas are demanded of Deployments. */
async function demand(
  spec: Partial<RolloutPolicy['spec']> = {},
  actions: ValidationAction[] = ['Deny'],
): Promise<void> {
  const policy: RolloutPolicy = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name: 'few' },
    spec: {
      title: 'Few replicas',
      severity: 'high',
      standards: [{ id: 'soc2-2017', controls: ['A1.1'] }],
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['apps'],
            apiVersions: ['*'],
            resources: ['deployments'],
            operations: ['*'],
          },
        ],
      },
      validations: [{ name: 'few', expression: 'object.spec.replicas <= 2', message: 'too many' }],
      ...spec,
    },
  };
  const binding: RolloutPolicyBinding = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicyBinding',
    metadata: { name: 'few-b' },
    spec: { policyName: 'few', validationActions: actions },
  };
  await create(RESOURCES.rolloutPolicies, policy);
  await create(RESOURCES.rolloutPolicyBindings, binding);
}

const deployment = (name: string, replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  ...{
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'example.com/web:1' }] },
      },
    },
  },
});

async function policyStatus(): Promise<RolloutPolicy['status']> {
  const key = { name: 'few' };
  const found = await cluster.client.get<RolloutPolicy>(RESOURCES.rolloutPolicies, key, { signal });
  return found?.status;
}

const resultsOf = (report: SubjectReport | undefined): unknown =>
  report?.results.map(({ policy, rule, result, message }) => [policy, rule, result, message]);

describe.each([
  ['openreports', 'Report', 'openreports.io/v1alpha1'],
  ['wgpolicyk8s', 'PolicyReport', 'wgpolicyk8s.io/v1alpha2'],
] as const)('with %s installed', (api, kind, apiVersion) => {
  it('each object that a policy concerns has a report of its own, written only when it changes', async () => {
    await install(api);
    await demand();
    const many = await create(RESOURCES.deployments, deployment('many', 5));
    await create(RESOURCES.deployments, deployment('one', 1));
    await start({ scanInterval: '1m' });
    const found = await reports(kind);
    expect(found.map(({ scope }) => scope.name).toSorted()).toEqual(['many', 'one']);
    const report = found.find(({ scope }) => scope.name === 'many');
    const { uid = '' } = many.metadata;
    expect(report).toMatchObject({
      apiVersion,
      kind,
      metadata: {
        name: `sluice-${uid}`,
        namespace: 'shop',
        labels: { 'app.kubernetes.io/managed-by': 'sluice' },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'many', uid }],
      },
      summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
      results: [
        {
          source: 'sluice',
          policy: 'few',
          rule: 'few',
          result: 'fail',
          severity: 'high',
          message: 'too many',
          properties: { binding: 'few-b', action: 'Deny', controls: 'soc2-2017/A1.1' },
        },
      ],
    });
    const writes = (): number =>
      cluster.requests.filter(({ method, path }) => method !== 'GET' && path.includes('reports'))
        .length;
    const before = writes();
    await clock.advance(5 * MINUTE);
    expect(writes()).toBe(before);
  });
});

describe('reports', () => {
  it('follow the object, the policy, and what others do to them', async () => {
    await install('openreports');
    await demand();
    await create(RESOURCES.deployments, deployment('web', 5));
    await start();
    expect(resultsOf((await reports())[0])).toEqual([['few', 'few', 'fail', 'too many']]);
    const key = { namespace: 'shop', name: 'web' };
    const patch = { type: 'merge', body: { spec: { replicas: 1 } } } as const;
    await cluster.client.patch(RESOURCES.deployments, key, patch, { signal });
    await clock.advance(1000);
    expect(resultsOf((await reports())[0])).toEqual([['few', undefined, 'pass', 'Few replicas']]);
    const stricter = { spec: { validations: [{ expression: 'object.spec.replicas < 1' }] } };
    await cluster.client.patch(
      RESOURCES.rolloutPolicies,
      { name: 'few' },
      { type: 'merge', body: stricter },
      { signal },
    );
    await clock.advance(1000);
    expect(resultsOf((await reports())[0])).toEqual([
      ['few', '0', 'fail', 'not met: Few replicas'],
    ]);
    const [report] = await reports();
    if (report === undefined) throw new Error('no report');
    await cluster.client.replace(typeOf('Report'), { ...report, results: [] }, { signal });
    await clock.advance(1000);
    expect(resultsOf((await reports())[0])).toHaveLength(1);
    await cluster.client.delete(RESOURCES.deployments, key, { signal });
    await clock.advance(1000);
    expect(await reports()).toEqual([]);
  });

  it('are removed when no policy concerns the object any more', async () => {
    await install('openreports');
    await demand();
    await create(RESOURCES.deployments, deployment('web', 5));
    await start();
    expect(await reports()).toHaveLength(1);
    await cluster.client.delete(RESOURCES.rolloutPolicyBindings, { name: 'few-b' }, { signal });
    await clock.advance(1000);
    expect(await reports()).toEqual([]);
  });

  it('move to the preferred kind when it is installed later', async () => {
    await install('wgpolicyk8s');
    await demand();
    await create(RESOURCES.deployments, deployment('web', 5));
    await start();
    expect(await reports('PolicyReport')).toHaveLength(1);
    await install('openreports');
    await clock.advance(2 * MINUTE);
    expect(await reports('Report')).toHaveLength(1);
    expect(await reports('PolicyReport')).toEqual([]);
  });

  it('are not written when they are off, and the status has the results all the same', async () => {
    await install('openreports');
    await demand();
    await create(RESOURCES.deployments, deployment('web', 5));
    await start({ reports: 'off' });
    expect(await reports()).toEqual([]);
    expect((await policyStatus())?.scan).toMatchObject({ denied: 1 });
  });

  it('need no right that manifests/base/controller-rbac.yaml does not grant', async () => {
    await install('openreports');
    await demand();
    await create(RESOURCES.deployments, deployment('web', 5));
    await start();
    const rbac = new Rbac('controller-rbac.yaml');
    const refused = cluster.requests
      .map((request) => attributesOf(request))
      .filter((attributes) => !rbac.allows(attributes));
    expect(refused).toEqual([]);
  });
});

describe('an exception', () => {
  const later = (ms: number): string => new Date(clock.now() + ms).toISOString();

  it('is honoured until it expires, and not a moment longer', async () => {
    await install('openreports');
    await demand();
    await create(RESOURCES.deployments, deployment('web', 5));
    const exception = await create(RESOURCES.policyExceptions, {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'PolicyException',
      metadata: { name: 'sale', namespace: 'sluice-system' },
      ...{
        spec: {
          type: 'Exception',
          policies: [{ name: 'few' }],
          reason: 'sale',
          expiresAt: later(30 * MINUTE),
          requestedBy: { username: 'bea' },
        },
      },
    });
    await start();
    expect(resultsOf((await reports())[0])).toEqual([['few', 'few', 'fail', 'too many']]);
    const { uid = '' } = exception.metadata;
    await create(RESOURCES.approvals, {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Approval',
      metadata: { name: 'yes', namespace: 'sluice-system' },
      ...{
        spec: {
          subject: { kind: 'PolicyException', name: 'sale', uid },
          action: 'Approve',
          approver: { username: 'ann' },
        },
      },
    });
    await clock.advance(1000);
    const [excepted] = await reports();
    expect(excepted?.results[0]).toMatchObject({
      result: 'skip',
      properties: { exception: 'sluice-system/sale' },
    });
    await clock.advance(28 * MINUTE);
    expect((await reports())[0]?.summary).toMatchObject({ skip: 1, fail: 0 });
    await clock.advance(2 * MINUTE);
    expect((await reports())[0]?.summary).toMatchObject({ skip: 0, fail: 1 });
  });
});

describe('kinds', () => {
  const statefulSets = {
    apiGroups: ['apps'],
    apiVersions: ['*'],
    resources: ['statefulsets'],
    operations: ['*' as const],
  };

  it('of --scan-kinds are examined', async () => {
    await install('openreports');
    await demand({ matchConstraints: { resourceRules: [statefulSets] } });
    await start({ scanKinds: 'apps/v1/StatefulSet' });
    const types: ResourceType = {
      group: 'apps',
      version: 'v1',
      plural: 'statefulsets',
      kind: 'StatefulSet',
      namespaced: true,
    };
    const { spec } = deployment('db', 3) as unknown as { spec: object };
    const created = await create(types, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'shop' },
      ...{ spec: { ...spec, serviceName: 'db' } },
    }).catch(() => undefined);
    await clock.advance(2 * MINUTE);
    const condition = (await policyStatus())?.conditions?.[1];
    // The in-memory API server may not have the kind: then that is what the condition says.
    if (created === undefined) expect(condition?.reason).toBe('KindsNotScanned');
    else expect(await reports()).toHaveLength(1);
  });

  it('that cannot be examined end the start with a reason', async () => {
    await expect(start({ scanKinds: 'v1/Secret' })).rejects.toThrow(
      '--scan-kinds: Secrets are not examined',
    );
  });
});

describe('what reviews of real writes have found', () => {
  it('stands in the status of the policy within a minute, by replica', async () => {
    await demand({}, ['Audit']);
    await start({ roles: 'webhook' });
    const review = (dryRun: boolean): string =>
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request: {
          uid: 'u',
          kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
          resource: { group: 'apps', version: 'v1', resource: 'deployments' },
          requestKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
          requestResource: { group: 'apps', version: 'v1', resource: 'deployments' },
          name: 'web',
          namespace: 'shop',
          operation: 'CREATE',
          userInfo: { username: 'ada' },
          object: deployment('web', 5),
          oldObject: null,
          dryRun,
        },
      });
    for (const dryRun of [false, true, false]) await app?.review('/validate', review(dryRun));
    await clock.advance(MINUTE);
    const replicas = Object.values((await policyStatus())?.admission ?? {});
    expect(replicas).toMatchObject([{ audited: 2, denied: 0, errors: 0 }]);
    const rbac = new Rbac('webhook-rbac.yaml');
    const refused = cluster.requests
      .map((request) => attributesOf(request))
      .filter((attributes) => !rbac.allows(attributes));
    expect(refused).toEqual([]);
  });
});

describe('the status of a policy', () => {
  it('says what it would deny now, with examples, and that no reports are written', async () => {
    await demand({}, ['Audit']);
    await create(RESOURCES.deployments, deployment('many', 5));
    await create(RESOURCES.deployments, deployment('one', 1));
    await start();
    expect(await policyStatus()).toMatchObject({
      bindings: [{ name: 'few-b', action: 'Audit' }],
      scan: { denied: 0, audited: 1, passed: 1, examples: ['Deployment shop/many'] },
      conditions: [{ type: 'Ready' }, { type: 'Scanned', status: 'True', reason: 'NoReports' }],
    });
  });

  it('and the log say that no reports are written, once', async () => {
    const told: string[] = [];
    const quiet = { ...silentLogger, info: (_fields: object, text: string) => told.push(text) };
    const logger: Logger = { ...quiet, child: () => logger };
    await demand();
    await start({ scanInterval: '1m' }, logger);
    await clock.advance(10 * MINUTE);
    expect(told.filter((text) => text.includes('openreports.io'))).toHaveLength(1);
  });

  it('names kinds that are not examined', async () => {
    const rule = {
      apiGroups: ['apps'],
      apiVersions: ['*'],
      resources: ['statefulsets'],
      operations: ['*' as const],
    };
    await demand({ matchConstraints: { resourceRules: [rule] } });
    await start();
    expect((await policyStatus())?.conditions?.[1]).toMatchObject({
      type: 'Scanned',
      status: 'False',
      reason: 'KindsNotScanned',
      message: expect.stringContaining('statefulsets.apps') as string,
    });
  });

  it('is written at most once a minute, however often objects change', async () => {
    await demand();
    await start();
    const count = (): number =>
      cluster.requests.filter(
        ({ method, path }) => method === 'PUT' && path.includes('/rolloutpolicies/few/status'),
      ).length;
    const before = count();
    for (let index = 0; index < 20; index++) {
      await create(RESOURCES.deployments, deployment(`many-${index}`, 5));
      await clock.advance(1000);
    }
    expect(count() - before).toBe(1);
    await clock.advance(MINUTE);
    expect(count() - before).toBe(2);
    expect((await policyStatus())?.scan).toMatchObject({ denied: 20 });
  });
});
