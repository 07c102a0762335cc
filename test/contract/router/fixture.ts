import type { CanarySpec } from '../../../src/domain/canary.ts';
import type { KubeObject, ResourceType } from '../../../src/domain/object.ts';
import type { LiveObjects, RouteContext, Router } from '../../../src/delivery/router/types.ts';
import { canaryOf } from '../../support/plan-fixture.ts';
import { RouterWorld } from '../../support/router-world.ts';

/** Definitions of what a router writes, as their project publishes them. */
export interface PublishedDefinitions {
  /** `<path>@<version>` of a Go module. */
  readonly module: string;
  /** A file or folder in it. */
  readonly path: string;
  /** `<plural>.<group>` of those that are needed. */
  readonly names: readonly string[];
}

/** What a router needs to be tried out, and where its objects carry what the contract asks about. */
export interface RouterFixture {
  /** Value of `spec.provider`; absent: the router's first. */
  readonly provider?: string;
  readonly spec: Partial<CanarySpec>;
  /** What stands in the cluster before the router writes. */
  readonly objects: readonly (readonly [ResourceType, KubeObject])[];
  /** Whether the router makes objects of its own, which belong to the Canary. */
  readonly owns: boolean;
  /**
   * The share in percent that the live objects give the canary, read from the backends' names and not by the router's own
   * code. Every router with weights needs it.
   */
  readonly canaryShare?: (live: LiveObjects) => number | undefined;
  /** Divides every weight by ten in a live object of this kind; absent where the data plane takes percents alone. */
  readonly inTenths?: (object: KubeObject) => KubeObject;
  /** Something else than weights that somebody changes by hand. */
  readonly tamper?: (object: KubeObject) => KubeObject;
  /** What makes the spec one that `check` refuses; absent where it takes every spec. */
  readonly unfit?: Partial<CanarySpec>;
  /** Absent where the kinds are Kubernetes' own, or no Go module carries them. */
  readonly definitions?: readonly PublishedDefinitions[];
}

/** What no object, message or route may repeat: the Canary carries it in an annotation. */
export const CANARY_SECRET = 'contract-secret-of-the-canary';

/** The part of a service that every fixture has. */
export const SERVICE = { port: 9898, hosts: ['app.example.com'] };

/** Which value of `spec.provider` a fixture tries. */
export function providerOf(router: Router, { provider }: RouterFixture): string {
  return provider ?? router.providers[0] ?? '';
}

/**
 * A Canary of this provider, with what its router needs.
 * @param more what differs from the fixture's spec
 */
export async function worldOf(
  router: Router,
  fixture: RouterFixture,
  more: Partial<CanarySpec> = {},
  context: Partial<RouteContext> = {},
): Promise<RouterWorld> {
  const { analysis = {} } = more;
  const canary = canaryOf({
    provider: providerOf(router, fixture),
    ...fixture.spec,
    ...more,
    analysis: { stepWeight: 10, ...analysis },
  });
  canary.metadata.annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ token: CANARY_SECRET }),
  };
  const world = new RouterWorld(router, canary, context);
  for (const [type, object] of fixture.objects) await world.client.create(type, object);
  return world;
}

/** The object with every number under this name divided by ten. */
export function inTenths(name: string, object: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(object), (member, value: unknown) =>
    member === name && typeof value === 'number' ? value / 10 : value,
  ) as KubeObject;
}

/** The object with other members in its spec. */
export function withSpec(object: KubeObject, members: Record<string, unknown>): KubeObject {
  const { spec } = object as KubeObject & { readonly spec: Record<string, unknown> };
  return { ...object, spec: { ...spec, ...members } } as KubeObject;
}
