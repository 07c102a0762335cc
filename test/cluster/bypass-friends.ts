import type { Api } from './api.ts';
import { shareOf } from './bypass-coverage.ts';
import { BUSY, CALM, GOVERNED, LOOSE, OPEN, WEB } from './bypass-objects.ts';
import { at, type BypassWorld } from './bypass-world.ts';
import { expect } from './report.ts';
import { waitFor } from './wait.ts';

const PRIMARY = `${CALM}-primary`;
const KEDA = 'system:serviceaccount:keda:keda-operator';
const MESH = 'system:serviceaccount:mesh:mesh-controller';
const HPA = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler';
const GONE_MS = 30_000;

/** Somebody whose work must go on, and that work. */
export interface Friend {
  readonly what: string;
  readonly work: (world: BypassWorld) => Promise<unknown>;
}

/** What must go on working although fields are protected. */
export const FRIENDS: readonly Friend[] = [
  {
    what: 'kubectl scale of a primary, up and down',
    work: async ({ people }) => {
      await people.user.kubectl(['-n', GOVERNED, 'scale', `deployment/${PRIMARY}`, '--replicas=2']);
      await people.user.kubectl(['-n', GOVERNED, 'scale', `deployment/${PRIMARY}`, '--replicas=1']);
    },
  },
  {
    what: 'replicas of a primary by an edit of the Deployment',
    work: ({ people }) =>
      people.user.api.merge(at('deployments', GOVERNED, PRIMARY), { spec: { replicas: 1 } }),
  },
  { what: 'the HorizontalPodAutoscaler scales a primary', work: (world) => scaleAs(world, HPA) },
  { what: 'the KEDA operator scales a primary', work: (world) => scaleAs(world, KEDA) },
  {
    what: 'kubectl rollout restart of target and primary',
    work: async ({ people, api }) => {
      for (const name of [CALM, PRIMARY]) {
        await people.user.kubectl(['-n', GOVERNED, 'rollout', 'restart', `deployment/${name}`]);
      }
      const restarted = JSON.stringify(await api.get(at('deployments', GOVERNED, PRIMARY)));
      expect(restarted.includes('kubectl.kubernetes.io/restartedAt'), 'it was not restarted');
    },
  },
  {
    what: "a mesh's labels and annotations on primary, Service and route",
    work: async (world) => {
      const metadata = { labels: { mesh: 'yes' }, annotations: { 'mesh.example.com/seen': 'yes' } };
      for (const [kind, name] of [
        ['deployment', PRIMARY],
        ['service', CALM],
        ['httproute', CALM],
      ] as const) {
        await patchAs(world, MESH, [kind, name], { metadata });
      }
    },
  },
  {
    what: "a mesh's status of a route and of a Service",
    work: async (world) => {
      const seen = { type: 'Seen', status: 'True', reason: 'Mesh', message: '' };
      const status = { conditions: [{ ...seen, lastTransitionTime: '2026-01-01T00:00:00Z' }] };
      await patchAs(world, MESH, ['service', CALM, '--subresource=status'], { status });
      const parents = { status: { parents: [] } };
      await patchAs(world, MESH, ['httproute', CALM, '--subresource=status'], parents);
    },
  },
  {
    what: "an ingress controller's status of a canary's Ingress, and somebody's note on it",
    work: async ({ people }) => {
      const path = at('ingresses', GOVERNED, `${WEB}-canary`);
      const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
      await people.admin.api.merge(`${path}/status`, { status });
      await people.user.api.merge(path, { metadata: { annotations: { note: 'seen' } } });
    },
  },
  {
    what: "the canary's share lowered by hand, in a rollout",
    work: async ({ people, api }) => {
      const path = at('httproutes', GOVERNED, BUSY);
      await people.deployer.api.jsonPatch(path, [
        { op: 'replace', path: '/spec/rules/0/backendRefs/0/weight', value: 90 },
        { op: 'replace', path: '/spec/rules/0/backendRefs/1/weight', value: 10 },
      ]);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const share = shareOf(await api.get(path));
      expect(share === 10, `the share is ${share}`);
    },
  },
  {
    what: 'a Canary deleted: the garbage collector takes what it generated',
    work: async ({ people, api }) => {
      const labels = { 'sluice.dev/governed': 'true' };
      await people.deployer.api.merge(`/api/v1/namespaces/${OPEN}`, { metadata: { labels } });
      await people.deployer.api.remove(at('canaries', OPEN, LOOSE));
      await untilGone(api, [
        at('deployments', OPEN, `${LOOSE}-primary`),
        at('services', OPEN, LOOSE),
        at('services', OPEN, `${LOOSE}-canary`),
        at('httproutes', OPEN, LOOSE),
      ]);
    },
  },
  {
    what: 'a namespace deleted while a rollout is under way in it',
    work: async ({ api }) => {
      await api.remove(`/api/v1/namespaces/${GOVERNED}`);
      await untilGone(api, [`/api/v1/namespaces/${GOVERNED}`]);
    },
  },
];

async function untilGone(api: Api, paths: readonly string[]): Promise<void> {
  await waitFor(
    'all of it is gone',
    async () => {
      const found = await Promise.all(paths.map((path) => api.find(path)));
      return found.every((object) => object === undefined) ? true : undefined;
    },
    GONE_MS,
  );
}

/** By the scale subresource, with the name of the controller and nothing but the rights for this. */
async function scaleAs(world: BypassWorld, user: string): Promise<void> {
  await grant(world, user, {
    apiGroups: ['apps'],
    resources: ['deployments/scale'],
    verbs: ['get', 'patch', 'update'],
  });
  const patch = { spec: { replicas: 1 } };
  await patchAs(world, user, ['deployment', PRIMARY, '--subresource=scale'], patch);
}

async function patchAs(
  world: BypassWorld,
  user: string,
  object: readonly string[],
  patch: unknown,
): Promise<void> {
  if (user === MESH) await grant(world, user, MESH_RIGHTS);
  const args = ['-n', GOVERNED, 'patch', ...object, '--type=merge', '-p', JSON.stringify(patch)];
  await world.context.kubectl([...args, '--as', user]);
}

const MESH_RIGHTS = {
  apiGroups: ['', 'apps', 'gateway.networking.k8s.io'],
  resources: ['deployments', 'services', 'services/status', 'httproutes', 'httproutes/status'],
  verbs: ['get', 'patch', 'update'],
};

async function grant({ api }: BypassWorld, user: string, rule: object): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const name = user.split(':').at(-1) ?? '';
  const rbac = `/apis/${apiGroup}/v1/namespaces/${GOVERNED}`;
  if ((await api.find(`${rbac}/roles/${name}`)) !== undefined) return;
  await api.create(`${rbac}/roles`, { metadata: { name }, rules: [rule] });
  await api.create(`${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup, kind: 'Role', name },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  });
}
