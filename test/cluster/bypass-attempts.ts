import type { Api, ApiObject } from './api.ts';
import { BUSY, CALM, GOVERNED, STRICT, WEB, canary, target } from './bypass-objects.ts';
import type { Actor } from './bypass-row.ts';
import { at, type BypassWorld } from './bypass-world.ts';

/** How a bypass is tried, and how it is seen what became of it. */
export interface Attempt {
  /** The write; it rejects when it is refused. */
  readonly try: (world: BypassWorld, actor: Actor) => Promise<unknown>;
  /** Whether nothing is left of it; absent: nobody is expected to undo it. */
  readonly isUndone?: (world: BypassWorld) => Promise<boolean>;
  /** Whether the cluster has a record of it. */
  readonly isRecorded?: (world: BypassWorld) => Promise<boolean>;
  /** Puts back what stays. */
  readonly restore?: (world: BypassWorld) => Promise<unknown>;
}

/** As somebody, by the API alone. */
export function write(work: (api: Api) => Promise<unknown>): Attempt {
  return { try: ({ people }, actor) => work(people[actor].api) };
}

export const DRY = '?dryRun=All';
const PRIMARY = at('deployments', GOVERNED, `${CALM}-primary`);
const COPY = at('configmaps', GOVERNED, 'settings-primary');
const APEX = at('services', GOVERNED, CALM);
const ROUTE = at('httproutes', GOVERNED, BUSY);
const INGRESS = at('ingresses', GOVERNED, `${WEB}-canary`);
const CALM_CANARY = at('canaries', GOVERNED, CALM);
const BUSY_CANARY = at('canaries', GOVERNED, BUSY);
const RUN = at('rolloutruns', GOVERNED, `${BUSY}-1`);
const FORGED = JSON.stringify({ username: 'somebody-else', uid: '', groups: [] });
const WITHOUT_OWNER = [{ op: 'remove', path: '/metadata/ownerReferences' }];
const EDITED = 'podinfo:6.9.9';
const OTHER_IMAGE = [
  { op: 'replace', path: '/spec/template/spec/containers/0/image', value: EDITED },
];

const merge = (path: string, patch: unknown): Attempt => write((api) => api.merge(path, patch));
const json = (path: string, patch: unknown[]): Attempt =>
  write((api) => api.jsonPatch(path, patch));
const remove = (path: string): Attempt => write((api) => api.remove(path));
const LEFT = { metadata: { annotations: { 'sluice.dev/executor': 'flagger' } } };
/** A deletion heeds the options in its body alone. */
export const removeDry = (path: string): Attempt =>
  write((api) => api.remove(path, { dryRun: ['All'] }));
const analysis = (namespace: string, patch: unknown): Attempt =>
  merge(at('canaries', namespace, CALM), { spec: { analysis: patch } });

function ingress(path: string, name: string, value: string): Attempt {
  return merge(path, {
    metadata: { annotations: { [`nginx.ingress.kubernetes.io/${name}`]: value } },
  });
}

/** Attempts at records and at Canaries. */
export const CANARY_ATTEMPTS: Readonly<Record<string, Attempt>> = {
  'status-phase': merge(`${BUSY_CANARY}/status`, {
    status: { phase: 'Succeeded', canaryWeight: 0, failedChecks: 0 },
  }),
  'status-digest': merge(`${CALM_CANARY}/status`, {
    status: { lastAppliedSpec: 'sluice.v1:forged' },
  }),
  'run-status': merge(`${RUN}/status`, { status: { phase: 'Succeeded' } }),
  'run-delete': remove(RUN),
  'skip-analysis': merge(at('canaries', STRICT, CALM), { spec: { skipAnalysis: true } }),
  'no-metrics': analysis(STRICT, { metrics: [] }),
  'huge-threshold': analysis(GOVERNED, { threshold: 1_000_000 }),
  'long-interval': analysis(GOVERNED, { interval: '525600m' }),
  'void-metric': analysis(GOVERNED, { metrics: [{ name: 'x', query: '1', thresholdRange: {} }] }),
  'skip-in-flight': merge(BUSY_CANARY, { spec: { skipAnalysis: true } }),
  'suspend-in-flight': merge(BUSY_CANARY, { spec: { suspend: true } }),
  'weaker-in-flight': merge(`${BUSY_CANARY}${DRY}`, { spec: { analysis: { threshold: 100 } } }),
  'target-moved': merge(CALM_CANARY, { spec: { targetRef: { name: 'other' } } }),
  'second-canary': write((api) => {
    const rival = canary(GOVERNED, 'rival');
    const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: CALM };
    const spec = { ...(rival['spec'] as object), targetRef };
    return api.create(at('canaries', GOVERNED), { ...rival, spec });
  }),
  'foreign-template': analysis(GOVERNED, {
    metrics: [
      {
        name: 'x',
        templateRef: { name: 'x', namespace: 'default' },
        thresholdRange: { min: 1 },
        interval: '10s',
      },
    ],
  }),
  'delete-in-flight': remove(BUSY_CANARY),
  'revert-in-flight': {
    try: async ({ people, api }, actor) => {
      const own = people[actor].api;
      await own.merge(BUSY_CANARY, { spec: { revertOnDeletion: true } });
      await own
        .remove(BUSY_CANARY)
        .finally(() => api.merge(BUSY_CANARY, { spec: { revertOnDeletion: false } }));
    },
  },
  'delete-settled': removeDry(CALM_CANARY),
  'left-in-flight': merge(BUSY_CANARY, LEFT),
  'left-settled': merge(`${CALM_CANARY}${DRY}`, LEFT),
  'first-deployment': {
    ...write((api) => api.create(`${at('canaries', GOVERNED)}${DRY}`, canary(GOVERNED, 'first'))),
    isRecorded: async (world) =>
      (await world.events('Synced')).some((event) => event.includes('Initialization done! calm')),
  },
  'approval-forged': {
    try: async ({ api, people }, actor) => {
      const { uid } = (await api.get(RUN)).metadata;
      return people[actor].api.create(at('approvals', GOVERNED), {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'Approval',
        metadata: { name: `forged-${actor}` },
        spec: {
          subject: { kind: 'RolloutRun', name: `${BUSY}-1`, uid },
          action: 'Promote',
          approver: { username: 'somebody-else', uid: '', groups: [] },
        },
      });
    },
  },
  'exception-forged': {
    try: ({ people }, actor) =>
      people[actor].api.create(at('policyexceptions', GOVERNED), {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'PolicyException',
        metadata: { name: `forged-${actor}` },
        spec: {
          type: 'Exception',
          policies: [{ name: 'canary-analysis' }],
          reason: 'none',
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
          requestedBy: { username: 'somebody-else', uid: '', groups: [] },
        },
      }),
    isUndone: async ({ api }) => {
      const { items } = await api.list(at('policyexceptions', GOVERNED));
      return items.length > 0 && !JSON.stringify(items.map(specOf)).includes('somebody-else');
    },
  },
};

function specOf(object: ApiObject): unknown {
  return object['spec'];
}

const REPLICA_SETS = `/apis/apps/v1/namespaces/${GOVERNED}/replicasets`;

/** ReplicaSets of the primary, with their number of pods and whether they run what somebody put there. */
async function replicaSets(
  api: Api,
): Promise<{ path: string; replicas: number; isOurs: boolean }[]> {
  const { items } = await api.list(`${REPLICA_SETS}?labelSelector=app=${CALM}-primary`);
  return items.map((set) => ({
    path: `${REPLICA_SETS}/${set.metadata.name}`,
    replicas: (set as { spec?: { replicas?: number } }).spec?.replicas ?? 0,
    isOurs: !JSON.stringify(set).includes(EDITED),
  }));
}

/** Attempts at what Canaries generate. */
export const OBJECT_ATTEMPTS: Readonly<Record<string, Attempt>> = {
  'changed-by-forged': {
    ...merge(at('deployments', GOVERNED, CALM), {
      metadata: { annotations: { 'sluice.dev/changed-by': FORGED } },
    }),
    isUndone: async ({ api }) => {
      const { metadata } = await api.get(at('deployments', GOVERNED, CALM));
      return metadata.annotations?.['sluice.dev/changed-by'] !== FORGED;
    },
  },
  'changed-by-status': merge(`${at('deployments', GOVERNED, CALM)}/status`, {
    metadata: { annotations: { 'sluice.dev/changed-by': FORGED } },
  }),
  'primary-image': json(PRIMARY, OTHER_IMAGE),
  'primary-applied': {
    try: ({ people }, actor) => {
      const labels = { app: `${CALM}-primary` };
      const spec = { containers: [{ name: 'podinfod', image: EDITED }] };
      const applied = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: `${CALM}-primary`, namespace: GOVERNED },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      };
      const args = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
      return people[actor].kubectl(args, JSON.stringify(applied));
    },
  },
  'replica-set': {
    try: async ({ api, people }, actor) => {
      const serving = (await replicaSets(api)).find(({ replicas }) => replicas > 0);
      return people[actor].api.jsonPatch(serving?.path ?? REPLICA_SETS, OTHER_IMAGE);
    },
    isUndone: async ({ api }) => {
      const sets = await replicaSets(api);
      return sets.every(({ replicas, isOurs }) => isOurs || replicas === 0);
    },
  },
  'primary-zero': merge(`${PRIMARY}/scale${DRY}`, { spec: { replicas: 0 } }),
  'primary-paused': merge(PRIMARY, { spec: { paused: true } }),
  'primary-owner': json(PRIMARY, WITHOUT_OWNER),
  'primary-owner-status': json(`${PRIMARY}/status`, WITHOUT_OWNER),
  'primary-delete': remove(PRIMARY),
  'service-selector': merge(APEX, { spec: { selector: { app: CALM } } }),
  'service-external': merge(APEX, {
    spec: { type: 'ExternalName', externalName: 'elsewhere.example.com' },
  }),
  'service-owner-status': json(`${APEX}/status`, WITHOUT_OWNER),
  'service-delete': remove(APEX),
  'collection-deleted': removeDry(at('services', GOVERNED)),
  'claimed-object': {
    try: async ({ api, people }, actor) => {
      const { uid } = (await api.get(CALM_CANARY)).metadata;
      const owner = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: CALM, uid };
      const claimed = target(GOVERNED, 'claimed');
      const metadata = { ...claimed.metadata, ownerReferences: [owner] };
      return people[actor].api.create(at('deployments', GOVERNED), { ...claimed, metadata });
    },
  },
  'route-weight': json(ROUTE, [
    { op: 'replace', path: '/spec/rules/0/backendRefs/0/weight', value: 0 },
    { op: 'replace', path: '/spec/rules/0/backendRefs/1/weight', value: 100 },
  ]),
  'route-hosts': merge(ROUTE, { spec: { hostnames: ['elsewhere.example.com'] } }),
  'route-other-version': merge(ROUTE.replace('/v1/', '/v1beta1/'), {
    spec: { hostnames: ['elsewhere.example.com'] },
  }),
  'route-delete': remove(ROUTE),
  'ingress-weight': ingress(INGRESS, 'canary-weight', '100'),
  'ingress-header': ingress(INGRESS, 'canary-by-header', 'accept'),
  'ingress-status': ingress(`${INGRESS}/status`, 'canary-weight', '100'),
  'ingress-spec': merge(INGRESS, { spec: { rules: [{ host: 'elsewhere.example.com' }] } }),
  'ingress-delete': remove(INGRESS),
  'dry-run': json(`${PRIMARY}${DRY}`, OTHER_IMAGE),
  'other-route': write((api) =>
    api.create(`${at('httproutes', GOVERNED)}${DRY}`, {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'around' },
      spec: { rules: [{ backendRefs: [{ name: `${BUSY}-canary`, port: 9898 }] }] },
    }),
  ),
  'pod-label': {
    try: async ({ api, people }, actor) => {
      const { items } = await api.list(`${at('pods', GOVERNED)}?labelSelector=app=${BUSY}`);
      const name = items[0]?.metadata.name ?? 'none';
      const patch = { metadata: { labels: { app: `${BUSY}-primary` } } };
      return people[actor].api.merge(`${at('pods', GOVERNED, name)}${DRY}`, patch);
    },
  },
  'config-map': merge(`${at('configmaps', GOVERNED, 'settings')}${DRY}`, {
    data: { MOOD: 'wild' },
  }),
  'config-copy': {
    try: ({ people }, actor) => people[actor].api.merge(COPY, { data: { MOOD: 'wild' } }),
    isUndone: async ({ api }) => !JSON.stringify(await api.get(COPY)).includes('wild'),
  },
};
