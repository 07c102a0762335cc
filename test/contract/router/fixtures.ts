import type { CanarySpec } from '../../../src/domain/canary.ts';
import type { KubeObject, ResourceType } from '../../../src/domain/object.ts';
import { ROUTERS } from '../../../src/delivery/router/index.ts';
import type { RouteContext, Router } from '../../../src/delivery/router/types.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { canaryOf } from '../../support/plan-fixture.ts';
import { RouterWorld } from '../../support/router-world.ts';

/** What a router needs to be tried out, and where its objects carry what the contract asks about. */
export interface RouterFixture {
  readonly spec: Partial<CanarySpec>;
  /** What stands in the cluster before the router writes. */
  readonly objects: readonly (readonly [ResourceType, KubeObject])[];
  /** Whether the router makes objects of its own, which belong to the Canary. */
  readonly owns: boolean;
  /** Divides every weight by ten in a live object of this kind; absent where the data plane takes percents alone. */
  readonly inTenths?: (object: KubeObject) => KubeObject;
  /** Something else than weights that somebody changes by hand. */
  readonly tamper?: (object: KubeObject) => KubeObject;
}

const SERVICE = { port: 9898, hosts: ['app.example.com'] };
const gatewayRefs = [{ name: 'gateway', namespace: 'infra' }];

const GATEWAY: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'gateway', namespace: 'infra' },
};

const INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'app.example.com',
        http: {
          paths: [
            {
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name: 'app', port: { number: 9898 } } },
            },
          ],
        },
      },
    ],
  },
} as KubeObject;

const KNATIVE = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: {
    name: 'app',
    namespace: 'shop',
    annotations: { 'flagger.app/primary-revision': 'app-00001' },
  },
  spec: { template: { spec: { containers: [{ image: 'app:2' }] } } },
  status: { latestCreatedRevisionName: 'app-00002' },
} as KubeObject;

interface Changeable extends KubeObject {
  spec: Record<string, unknown>;
}

/** The object with every number under this name divided by ten. */
function inTenths(name: string, object: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(object), (member, value: unknown) =>
    member === name && typeof value === 'number' ? value / 10 : value,
  ) as KubeObject;
}

function withSpec(object: KubeObject, members: Record<string, unknown>): KubeObject {
  const { spec } = object as Changeable;
  return { ...object, spec: { ...spec, ...members } } as KubeObject;
}

const gatewayApi: RouterFixture = {
  spec: { service: { ...SERVICE, gatewayRefs } },
  objects: [[RESOURCES.gateways, GATEWAY]],
  owns: true,
  inTenths: (object) => inTenths('weight', object),
  tamper: (object) => withSpec(object, { hostnames: ['elsewhere.example.com'] }),
};

/** Every router by the provider that the contract tries it with. */
const FIXTURES: Readonly<Record<string, RouterFixture>> = {
  'gatewayapi:v1': gatewayApi,
  'gatewayapi:v1beta1': gatewayApi,
  istio: {
    spec: { service: SERVICE },
    objects: [],
    owns: true,
    tamper: (object) =>
      withSpec(object, object.kind === 'VirtualService' ? { hosts: ['else'] } : { host: 'else' }),
  },
  nginx: {
    spec: {
      service: SERVICE,
      ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' },
    },
    objects: [[RESOURCES.ingresses, INGRESS]],
    owns: true,
    tamper: (object) => withSpec(object, { rules: [{ host: 'elsewhere.example.com' }] }),
  },
  knative: {
    spec: {
      service: SERVICE,
      targetRef: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'app' },
    },
    objects: [[RESOURCES.knativeServices, KNATIVE]],
    owns: false,
  },
  kubernetes: { spec: { service: SERVICE }, objects: [], owns: false },
};

const routers: readonly Router[] = ROUTERS;

/** Providers that the contract tries, each with its router. */
export const TRIED = Object.keys(FIXTURES).map((provider) => ({
  provider,
  router: routerFor(provider),
  fixture: fixtureFor(provider),
}));

/** The router of a provider. */
export function routerFor(provider: string): Router {
  const found = routers.find(({ providers }) => providers.includes(provider));
  if (found === undefined) throw new Error(`no router ${provider}`);
  return found;
}

function fixtureFor(provider: string): RouterFixture {
  const found = FIXTURES[provider];
  if (found === undefined) throw new Error(`no fixture for ${provider}`);
  return found;
}

/**
 * A Canary of this provider, with what its router needs.
 * @param more what differs from the fixture's spec
 */
export async function worldOf(
  provider: string,
  more: Partial<CanarySpec> = {},
  context: Partial<RouteContext> = {},
): Promise<RouterWorld> {
  const { spec, objects } = fixtureFor(provider);
  const { analysis = {} } = more;
  const canary = canaryOf({
    provider,
    ...spec,
    ...more,
    analysis: { stepWeight: 10, ...analysis },
  });
  const world = new RouterWorld(routerFor(provider), canary, context);
  for (const [type, object] of objects) await world.client.create(type, object);
  return world;
}
