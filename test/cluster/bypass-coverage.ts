import type { Api, ApiObject } from './api.ts';
import { DRY, removeDry, write, type Attempt } from './bypass-attempts.ts';
import { BUSY, CALM, GOVERNED, LOOSE, OPEN } from './bypass-objects.ts';
import { at, type BypassWorld } from './bypass-world.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import { expect } from './report.ts';
import { waitFor } from './wait.ts';

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const CONFIGURATION = `${REGISTRATION}/validatingwebhookconfigurations/sluice`;
const ADMISSION_POLICY = `${REGISTRATION}/validatingadmissionpolicies/sluice-records`;
const EXECUTOR = `system:serviceaccount:${SYSTEM_NAMESPACE}:sluice-controller`;
const NAMESPACE = `/api/v1/namespaces/${OPEN}`;
const PRIMARY = at('deployments', OPEN, `${LOOSE}-primary`);
const SERVICE = at('services', OPEN, LOOSE);
const ROUTE = at('httproutes', OPEN, LOOSE);
const IMAGE = '/spec/template/spec/containers/0/image';
const FORGED_STATUS = { phase: 'Succeeded', failedChecks: 0, canaryWeight: 0, iterations: 0 };
const POLICY = '/apis/sluice.dev/v1alpha1/rolloutpolicies/canary-analysis';
const WEBHOOK = ['-n', SYSTEM_NAMESPACE] as const;
const OPERATOR = 'webhook-operator';
const AWAY_MS = 60_000;

/** Attempts at Sluice itself. */
export const COVERAGE_ATTEMPTS: Readonly<Record<string, Attempt>> = {
  impersonation: {
    try: async ({ api, people }, actor) => {
      const path = at('canaries', GOVERNED, BUSY);
      const forged = { ...(await api.get(path)), status: FORGED_STATUS };
      const args = ['replace', '--raw', `${path}/status${DRY}`, '-f', '-', '--as', EXECUTOR];
      return people[actor].kubectl(args, JSON.stringify(forged));
    },
  },
  'policy-edited': {
    ...write((api) => api.merge(POLICY, { spec: { failurePolicy: 'Ignore' } })),
    isRecorded: async ({ api }) => {
      const { metadata } = await api.get(POLICY);
      return (metadata.annotations?.['sluice.dev/changed-by'] ?? '').includes('"root"');
    },
    restore: ({ api }) => api.merge(POLICY, { spec: { failurePolicy: 'Fail' } }),
  },
  'binding-label': write((api) =>
    api.merge(`${NAMESPACE}${DRY}`, { metadata: { labels: { team: 'another' } } }),
  ),
  'secret-deleted': removeDry(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets/sluice-webhook-tls`),
  'policy-deleted': removeDry('/apis/sluice.dev/v1alpha1/rolloutpolicybindings/bypass-strict'),
  'webhook-edited': {
    ...write((api) => api.merge(CONFIGURATION, { webhooks: [] })),
    isUndone: async ({ api }) => webhooksOf(await api.get(CONFIGURATION)) > 0,
    isRecorded: recordedGap('ValidatingWebhookConfiguration sluice was changed'),
  },
  'webhook-deleted': {
    ...write((api) => api.remove(CONFIGURATION)),
    isUndone: async ({ api }) => webhooksOf(await api.find(CONFIGURATION)) > 0,
    isRecorded: recordedGap('ValidatingWebhookConfiguration sluice was deleted'),
  },
  'admission-policy-edited': {
    ...write((api) => api.merge(ADMISSION_POLICY, { spec: { failurePolicy: 'Ignore' } })),
    isRecorded: recordedGap('ValidatingAdmissionPolicy sluice-records was changed'),
    restore: ({ api }) => api.merge(ADMISSION_POLICY, { spec: { failurePolicy: 'Fail' } }),
  },
  'governed-label': {
    ...write((api) =>
      api.merge(NAMESPACE, { metadata: { labels: { 'sluice.dev/governed': null } } }),
    ),
    isRecorded: recordedGap(`Namespace ${OPEN} is not governed any more`),
  },
  'open-primary': {
    ...write((api) =>
      api.jsonPatch(PRIMARY, [{ op: 'replace', path: IMAGE, value: 'podinfo:6.9.9' }]),
    ),
    isUndone: async ({ api }) => !JSON.stringify(await api.get(PRIMARY)).includes('6.9.9'),
    isRecorded: recorded('DriftRepaired', `Deployment ${LOOSE}-primary.${OPEN} was changed`),
  },
  'open-owner': {
    ...write((api) =>
      api.jsonPatch(PRIMARY, [{ op: 'remove', path: '/metadata/ownerReferences' }]),
    ),
    isUndone: async ({ api }) => 'ownerReferences' in (await api.get(PRIMARY)).metadata,
    isRecorded: recorded('DriftRepaired', `Deployment ${LOOSE}-primary.${OPEN} was taken from`),
  },
  'open-service': {
    ...write((api) => api.merge(SERVICE, { spec: { selector: { app: 'elsewhere' } } })),
    isUndone: async ({ api }) => !JSON.stringify(await api.get(SERVICE)).includes('elsewhere'),
    isRecorded: recorded('DriftRepaired', `A Service of ${LOOSE}.${OPEN} was changed`),
  },
  'open-route': {
    ...write((api) =>
      api.jsonPatch(ROUTE, [
        { op: 'replace', path: '/spec/rules/0/backendRefs/0/weight', value: 20 },
        { op: 'replace', path: '/spec/rules/0/backendRefs/1/weight', value: 80 },
      ]),
    ),
    isUndone: async ({ api }) => shareOf(await api.get(ROUTE)) === 0,
    isRecorded: recorded('DriftRepaired', `Canary weight of ${LOOSE}.${OPEN} was raised to 80`),
  },
  'open-route-deleted': {
    ...write((api) => api.remove(ROUTE)),
    isUndone: async ({ api }) => (await api.find(ROUTE)) !== undefined,
    isRecorded: recorded('DriftRepaired', `The route of ${LOOSE}.${OPEN} was deleted`),
  },
  'sluice-away': {
    try: ({ people }, actor) =>
      people[actor].kubectl([...WEBHOOK, 'scale', 'deployment/sluice-webhook', '--replicas=0']),
    isRecorded: async (world) => refusesWhileAway(world, world.people.deployer.api),
    restore: async ({ context }) => {
      const webhook = 'deployment/sluice-webhook';
      await context.kubectl([...WEBHOOK, 'scale', webhook, '--replicas=2']);
      await context.kubectl([...WEBHOOK, 'rollout', 'status', webhook, '--timeout=60s']);
    },
  },
};

function webhooksOf(configuration: ApiObject | undefined): number {
  const { webhooks = [] } = (configuration ?? {}) as { webhooks?: unknown[] };
  return webhooks.length;
}

interface Route {
  readonly spec: { rules: { backendRefs: { weight?: number }[] }[] };
}

/** The canary's weight. */
export function shareOf(route: ApiObject): number {
  return (route as unknown as Route).spec.rules[0]?.backendRefs[1]?.weight ?? 0;
}

function recordedGap(text: string): NonNullable<Attempt['isRecorded']> {
  return recorded('CoverageGap', text);
}

function recorded(reason: string, text: string): NonNullable<Attempt['isRecorded']> {
  return async (world) => (await world.events(reason)).some((event) => event.includes(text));
}

/** Somebody who runs other webhooks, and may write every configuration, may still not take governance away. */
export async function operatorIsRefused({ context, api }: BypassWorld): Promise<string> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const rbac = `/apis/${apiGroup}/v1`;
  const rule = {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations'],
    verbs: ['*'],
  };
  await api.create(`${rbac}/clusterroles`, { metadata: { name: OPERATOR }, rules: [rule] });
  await api.create(`${rbac}/clusterrolebindings`, {
    metadata: { name: OPERATOR },
    roleRef: { apiGroup, kind: 'ClusterRole', name: OPERATOR },
    subjects: [{ apiGroup, kind: 'User', name: OPERATOR }],
  });
  const path = `${REGISTRATION}/validatingwebhookconfigurations`;
  const tries = [
    ['delete', '--raw', `${path}/sluice`],
    ['delete', '--raw', path],
    ['patch', 'validatingwebhookconfiguration', 'sluice', '--type=merge', '-p', '{"webhooks":[]}'],
  ];
  for (const args of tries) {
    const answer = await context.kubectl([...args, '--as', OPERATOR]).catch(String);
    expect(answer.includes("ValidatingAdmissionPolicy 'sluice-coverage'"), answer);
  }
  return `${tries.length} ways`;
}

/** Once no replica is left the API server refuses what it cannot ask about. */
async function refusesWhileAway({ context }: BypassWorld, api: Api): Promise<boolean> {
  await waitFor(
    'every replica is away',
    () =>
      context.pods.workers(SYSTEM_NAMESPACE, 'sluice-webhook').length === 0 ? true : undefined,
    AWAY_MS,
  );
  // Another one each time: what changes nothing is not asked about.
  const patch = { metadata: { labels: { away: String(Math.round(performance.now())) } } };
  const answer = await api.merge(at('canaries', GOVERNED, CALM), patch).then(String, String);
  return answer.includes('failed calling webhook');
}
