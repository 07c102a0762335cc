import type { ApiObject } from './api.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import { expect } from './report.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';

const NAMESPACE = 'lawn';
const OWN = '/apis/sluice.dev/v1alpha1';
const EXCEPTIONS = `${OWN}/namespaces/${SYSTEM_NAMESPACE}/policyexceptions`;
const SOON_MS = 10_000;
const RESTART_MS = 60_000;

type Stamped = ApiObject & {
  spec: { requestedBy?: { username: string; groups: string[] } };
  status?: { conditions?: { type: string; status: string; reason: string }[]; active?: string[] };
};

/** Exceptions of both kinds, stamps, what the API server alone refuses, and statuses, on the real API server. */
export async function governanceSuite(context: SuiteContext): Promise<void> {
  const { report, cluster } = context;
  for (const object of setup()) await cluster.api.create(pathOf(object), object);
  await report.check('governance: who asks is stamped, whatever was submitted', () =>
    stamped(context),
  );
  await report.check('governance: what an exception says cannot be changed', () =>
    immutable(context),
  );
  await report.check('governance: what is refused when it is written', () => refused(context));
  await report.check('governance: an emergency counts at once, where a policy allows it', () =>
    emergency(context),
  );
  await report.check('governance: who changed policies, windows and budgets is stamped', () =>
    annotated(context),
  );
  await report.check('governance: statuses and events', () => statuses(context));
  await report.check('governance: a policy that is still named is deleted with a warning', () =>
    warned(context),
  );
  await report.check(
    'governance: the API server checks stamps and rights while Sluice is away',
    () => away(context),
  );
}

async function stamped({ kubectl, cluster }: SuiteContext): Promise<string> {
  const forged = exception('forged', { requestedBy: { username: 'root', groups: ['admins'] } });
  await createAs(kubectl, 'ann', forged);
  const found = (await cluster.api.get(`${EXCEPTIONS}/forged`)) as Stamped;
  const { username = '', groups = [] } = found.spec.requestedBy ?? {};
  expect(username === 'ann', `requestedBy is ${username}`);
  expect(groups.includes('system:authenticated') && !groups.includes('admins'), groups.join());
  return username;
}

async function immutable({ kubectl }: SuiteContext): Promise<string> {
  const target = ['-n', SYSTEM_NAMESPACE, 'patch', 'policyexception', 'forged', '--type=merge'];
  const patches = [{ reason: 'another' }, { policies: [{ name: 'b' }] }, { requestedBy: null }];
  for (const spec of patches) {
    const said = await failure(kubectl([...target, '-p', JSON.stringify({ spec })]));
    const isKept = 'requestedBy' in spec && said === '';
    expect(isKept || /immutable/.test(said), `${JSON.stringify(spec)}: ${said}`);
  }
  await kubectl([...target, '-p', JSON.stringify({ metadata: { labels: { a: 'b' } } })]);
  return `${patches.length} patches`;
}

async function refused({ kubectl }: SuiteContext): Promise<string> {
  const cases: [string, string, object, RegExp][] = [
    ['too long', 'ann', exception('a', { expiresAt: later(40 * 24 * 60) }), /at most 720h/],
    ['ended', 'ann', exception('a', { expiresAt: later(-5) }), /in the future/],
    ['no end', 'ann', exception('a', { expiresAt: undefined }), /expiresAt/],
    ['no policy', 'ann', exception('a', { policies: [] }), /policies/],
    [
      'condition',
      'ann',
      exception('a', { match: { conditions: [{ name: 'c', expression: 'objekt' }] } }),
      /undeclared reference/,
    ],
    ['no breakglass', 'ann', exception('a', { type: 'Emergency' }), /"breakglass"/],
    ['long emergency', 'eva', exception('a', { type: 'Emergency', expiresAt: later(300) }), /4h/],
    ['review', 'ann', exception('a', { reviewWithin: '1h' }), /reviewWithin/],
    ['budget', 'ann', budget({ order: 'Oldest' }), /maxConcurrent or maxExposurePercent/],
    ['budget of nothing', 'ann', budget({ maxConcurrent: 0 }), /maxConcurrent/],
    [
      'scope',
      'ann',
      { ...approval('forged', 'x', 'Reject'), ...scoped('forged') },
      /scope belongs to the approval of a RolloutRun/,
    ],
    ['no subject', 'bea', approval('nobody', 'x'), /there is no PolicyException/],
  ];
  for (const [name, user, object, wanted] of cases) {
    const said = await failure(createAs(kubectl, user, object));
    expect(wanted.test(said), `${name}: ${said === '' ? 'was let through' : said}`);
  }
  return `${cases.length} objects`;
}

async function emergency({ kubectl, cluster }: SuiteContext): Promise<string> {
  const write = (team: string): Promise<string> =>
    kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(canary(team)));
  const denied = await failure(write('a'));
  expect(/a is not so/.test(denied) && /b is not so/.test(denied), denied);
  await createAs(
    kubectl,
    'eva',
    exception('glass', { type: 'Emergency', match: { names: ['web'] } }),
  );
  await waitFor(
    'the emergency counts for the policy that allows it',
    async () => {
      const said = await failure(write('a'));
      return !/a is not so/.test(said.replaceAll(/Warning: .*/g, '')) && /b is not so/.test(said)
        ? true
        : undefined;
    },
    SOON_MS,
  );
  const kept = await failure(cluster.api.remove(`${EXCEPTIONS}/glass`));
  expect(/stays until another person/.test(kept), `deleted: ${kept}`);
  const { metadata } = await cluster.api.get(`${EXCEPTIONS}/glass`);
  const uid = String((metadata as { uid?: string }).uid);
  const own = await failure(createAs(kubectl, 'eva', approval('glass', uid)));
  expect(/your own|the right (to|of)/.test(own), own);
  await createAs(kubectl, 'bea', approval('glass', uid, 'Reject'));
  await waitFor(
    'it counts no more',
    async () => (/a is not so/.test(await failure(write('a'))) ? true : undefined),
    SOON_MS,
  );
  await cluster.api.remove(`${EXCEPTIONS}/glass`);
  return 'reviewed, rejected, deleted';
}

async function annotated({ kubectl, cluster }: SuiteContext): Promise<string> {
  const stampOf = async (path: string): Promise<string> => {
    const { metadata } = (await cluster.api.get(path)) as {
      metadata: { annotations?: Record<string, string> };
    };
    const text = metadata.annotations?.['sluice.dev/changed-by'] ?? '{}';
    return (JSON.parse(text) as { username?: string }).username ?? '';
  };
  await createAs(kubectl, 'ann', budget({ maxConcurrent: 2 }));
  const path = `${OWN}/namespaces/${NAMESPACE}/rolloutbudgets/b`;
  expect((await stampOf(path)) === 'ann', await stampOf(path));
  const patch = (body: object): Promise<string> => {
    const target = ['-n', NAMESPACE, 'patch', 'rolloutbudget', 'b', '--type=merge', '--as', 'bea'];
    return kubectl([...target, '-p', JSON.stringify(body)]);
  };
  await patch({ metadata: { labels: { a: 'b' } } });
  expect((await stampOf(path)) === 'ann', 'a label changed the stamp');
  await patch({ spec: { maxConcurrent: 3 } });
  expect((await stampOf(path)) === 'bea', await stampOf(path));
  return `${await stampOf(`${OWN}/rolloutpolicies/lawn-a`)} wrote the policy`;
}

async function statuses({ cluster }: SuiteContext): Promise<string> {
  const windows = `${OWN}/namespaces/${NAMESPACE}/changewindows`;
  await cluster.api.create(windows, {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'ChangeWindow',
    metadata: { name: 'w' },
    spec: { type: 'Deny', schedule: { from: later(-5), to: later(5) } },
  });
  const reasonAt = async (path: string, type: string): Promise<string | undefined> => {
    const { status } = (await cluster.api.get(path)) as Stamped;
    return status?.conditions?.find((each) => each.type === type)?.reason;
  };
  const shows = (path: string, type: string, reason: string): Promise<true> =>
    waitFor(
      `${type} ${reason}`,
      async () => ((await reasonAt(path, type)) === reason ? true : undefined),
      SOON_MS,
    );
  await shows(`${windows}/w`, 'Active', 'Now');
  await shows(`${EXCEPTIONS}/forged`, 'InForce', 'AwaitingApproval');
  await shows(`${OWN}/namespaces/${NAMESPACE}/rolloutbudgets/b`, 'SharesReadable', 'Read');
  const events = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/events`;
  const told = await waitFor(
    'events of the emergency',
    async () => {
      const { items } = await cluster.api.list(events);
      const reasons = items.map((item) => (item as unknown as { reason?: string }).reason ?? '');
      return reasons.includes('ExceptionInForce') ? reasons : undefined;
    },
    SOON_MS,
  );
  return [...new Set(told.filter((reason) => reason.startsWith('Exception')))].join();
}

async function warned({ kubectl, cluster }: SuiteContext): Promise<string> {
  const answer = await fetchWarnings(kubectl, 'lawn-a');
  expect(/still named by PolicyException/.test(answer), answer);
  expect((await cluster.api.find(`${OWN}/rolloutpolicies/lawn-a`)) !== undefined, 'it is gone');
  return 'dry run';
}

async function away({ kubectl, cluster }: SuiteContext): Promise<string> {
  const scale = (replicas: number): Promise<string> =>
    kubectl(['-n', SYSTEM_NAMESPACE, 'scale', 'deploy/sluice-webhook', `--replicas=${replicas}`]);
  const pods = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods?labelSelector=app.kubernetes.io%2Fcomponent%3Dwebhook`;
  await scale(0);
  try {
    await waitFor(
      'no webhook runs',
      async () => ((await cluster.api.list(pods)).items.length === 0 ? true : undefined),
      RESTART_MS,
    );
    const self = { username: 'ann', uid: '', groups: ['system:authenticated'] };
    const cases: [string, string, object, RegExp | undefined][] = [
      ['unstamped', 'ann', exception('u'), /must be who writes this/],
      [
        'forged',
        'ann',
        exception('u', { requestedBy: { ...self, username: 'bea' } }),
        /must be who/,
      ],
      ['own', 'ann', exception('u', { requestedBy: self }), undefined],
      [
        'emergency without the right',
        'ann',
        exception('v', { type: 'Emergency', requestedBy: self }),
        /"breakglass"/,
      ],
      [
        'emergency with it',
        'eva',
        exception('v', { type: 'Emergency', requestedBy: { ...self, username: 'eva' } }),
        undefined,
      ],
    ];
    for (const [name, user, object, wanted] of cases) {
      const said = await failure(createAs(kubectl, user, object));
      const isRight = wanted === undefined ? said === '' : wanted.test(said);
      expect(isRight, `${name}: ${said === '' ? 'was let through' : said}`);
    }
    return `${cases.length} objects`;
  } finally {
    await scale(2);
    const rollout = ['rollout', 'status', 'deployment/sluice-webhook', '--timeout=60s'];
    await kubectl(['-n', SYSTEM_NAMESPACE, ...rollout]);
  }
}

type Run = SuiteContext['kubectl'];

function createAs(kubectl: Run, user: string, object: object): Promise<string> {
  return kubectl(['create', '--as', user, '-f', '-'], JSON.stringify(object));
}

/** What a call was refused with; '' when it was not. */
async function failure(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => '',
    (error: unknown) => String(error),
  );
}

/** kubectl writes warnings to standard error, which only a failure shows: the last name does not exist. */
async function fetchWarnings(kubectl: Run, name: string): Promise<string> {
  return failure(kubectl(['delete', 'rolloutpolicy', '--dry-run=server', name, 'lawn-nothing']));
}

function later(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+/, '');
}

function exception(name: string, spec: object = {}): object {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'PolicyException',
    metadata: { name, namespace: SYSTEM_NAMESPACE },
    spec: {
      type: 'Exception',
      policies: [{ name: 'lawn-a' }, { name: 'lawn-b' }],
      reason: 'the grass is high',
      expiresAt: later(60),
      ...spec,
    },
  };
}

function approval(name: string, uid: string, action = 'Approve'): object {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Approval',
    metadata: { generateName: `${name}-`, namespace: SYSTEM_NAMESPACE },
    spec: { subject: { kind: 'PolicyException', name, uid }, action },
  };
}

function scoped(name: string): object {
  const subject = { kind: 'PolicyException', name, uid: 'x' };
  return { spec: { subject, action: 'Reject', scope: { maxWeight: 5 } } };
}

function budget(spec: object): object {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutBudget',
    metadata: { name: 'b', namespace: NAMESPACE },
    spec,
  };
}

function canary(team: string): object {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'web', namespace: NAMESPACE, labels: { team } },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      service: { port: 80 },
      analysis: { interval: '1m', threshold: 5, maxWeight: 50, stepWeight: 10 },
    },
  };
}

function setup(): ApiObject[] {
  const labels = { 'sluice.dev/governed': 'true' };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } },
    ...['a', 'b'].flatMap((name) => policyOf(name)),
    ...roles('ann', ['admin'], SYSTEM_NAMESPACE),
    ...roles('ann', ['admin'], NAMESPACE),
    ...roles('bea', ['admin', 'sluice-approver'], SYSTEM_NAMESPACE),
    ...roles('bea', ['admin'], NAMESPACE),
    ...roles('eva', ['edit', 'sluice-breakglass'], SYSTEM_NAMESPACE),
  ] as ApiObject[];
}

function policyOf(name: string): object[] {
  const metadata = { name: `lawn-${name}` };
  const rule = {
    apiGroups: ['flagger.app'],
    apiVersions: ['*'],
    operations: ['CREATE', 'UPDATE'],
    resources: ['canaries'],
  };
  return [
    {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutPolicy',
      metadata,
      spec: {
        ...(name === 'a' ? { emergency: 'Allowed' } : {}),
        matchConstraints: {
          resourceRules: [rule],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
        },
        validations: [
          {
            expression: "object.metadata.?labels.team.orValue('') == 'c'",
            message: `${name} is not so`,
          },
        ],
      },
    },
    {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutPolicyBinding',
      metadata,
      spec: { policyName: metadata.name },
    },
  ];
}

function roles(user: string, names: readonly string[], namespace: string): object[] {
  return names.map((role) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${user}-${role}`, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  }));
}

function pathOf({ kind, metadata }: ApiObject): string {
  const namespace = metadata.namespace ?? '';
  switch (kind) {
    case 'Namespace':
      return '/api/v1/namespaces';
    case 'RoleBinding':
      return `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    case 'RolloutPolicy':
      return `${OWN}/rolloutpolicies`;
    default:
      return `${OWN}/rolloutpolicybindings`;
  }
}
