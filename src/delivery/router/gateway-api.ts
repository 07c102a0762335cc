import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { Weights } from '../../domain/run.ts';
import { httpRouteOf, parentsOf, routeProblem, type HttpRoute } from '../http-route.ts';
import type { ObjectWrite } from '../object-write.ts';
import type { Problem } from '../problem.ts';
import {
  ALL_TO_PRIMARY,
  type LiveObjects,
  type ReadObject,
  type RouteContext,
  type RouteObservation,
  type Router,
} from './types.ts';

/** Gateway API v1: one HTTPRoute with the apex's name, whose first rule carries the two weights. */
export const router: Router = {
  providers: ['gatewayapi:v1'],
  capabilities: {
    weighted: true,
    mirror: false,
    mirrorsWeighted: false,
    match: false,
    affinity: false,
  },
  metricFamily: 'pods',
  kinds: [RESOURCES.httpRoutes],
  objects: ({ names }) => [
    { type: RESOURCES.httpRoutes, key: { namespace: names.namespace, name: names.apex } },
  ],
  check,
  observe,
  writes,
};

async function check(
  { canary, names }: RouteContext,
  read: ReadObject,
): Promise<Problem | undefined> {
  const parents = parentsOf(canary);
  if (parents.length === 0) {
    return {
      reason: 'GatewayRefsMissing',
      message:
        'spec.service.gatewayRefs is empty; the provider gatewayapi:v1 needs a parent for its route',
    };
  }
  const unsupported = routeProblem(canary);
  if (unsupported !== undefined) return unsupported;
  for (const parent of parents.filter(({ kind }) => kind === 'Gateway')) {
    const key = { namespace: parent.namespace ?? names.namespace, name: parent.name };
    if ((await read(RESOURCES.gateways, key)) === undefined) {
      const message = `Gateway ${key.name}.${key.namespace} not found`;
      return { reason: 'GatewayMissing', message };
    }
  }
  return undefined;
}

function observe(live: LiveObjects, context: RouteContext): RouteObservation {
  const route = live[0] as HttpRoute | undefined;
  if (route === undefined) return { present: false, weights: ALL_TO_PRIMARY, drifted: false };
  const problem = notAccepted(route);
  const weights = weightsOf(route, context);
  const drifted = writes(live, context, weights).length > 0;
  return { present: true, weights, drifted, ...(problem === undefined ? {} : { problem }) };
}

function writes(live: LiveObjects, context: RouteContext, weights: Weights): ObjectWrite[] {
  const route = live[0] as HttpRoute | undefined;
  const wanted = httpRouteOf(context.canary, context.names, weights);
  const type = RESOURCES.httpRoutes;
  if (route === undefined) return [{ op: 'create', type, object: wanted }];
  const merged = merge(route, wanted);
  return sameRoute(route, merged) ? [] : [{ op: 'replace', type, object: merged }];
}

/** Members that no default fills in: when the spec no longer has one, neither may the route. */
const REMOVABLE = ['filters', 'timeouts', 'hostnames'] as const;

/** Labels and annotations of others stay; the spec is ours as a whole. */
function merge(live: HttpRoute, wanted: HttpRoute): HttpRoute {
  const { metadata } = wanted;
  return {
    ...live,
    metadata: {
      ...live.metadata,
      labels: { ...live.metadata.labels, ...metadata.labels },
      annotations: { ...live.metadata.annotations, ...metadata.annotations },
      ...(metadata.ownerReferences === undefined
        ? {}
        : { ownerReferences: metadata.ownerReferences }),
    },
    spec: wanted.spec,
  };
}

function sameRoute(live: HttpRoute, merged: HttpRoute): boolean {
  const labels = isDeepStrictEqual(live.metadata.labels ?? {}, merged.metadata.labels);
  const annotations = isDeepStrictEqual(
    live.metadata.annotations ?? {},
    merged.metadata.annotations,
  );
  return labels && annotations && sameOwner(live, merged) && covers(live.spec, merged.spec);
}

/** An owner that is gone would take the route with it. */
function sameOwner({ metadata: live }: HttpRoute, { metadata: wanted }: HttpRoute): boolean {
  const owners = new Set(live.ownerReferences?.map(({ uid }) => uid));
  return wanted.ownerReferences?.every(({ uid }) => owners.has(uid)) ?? true;
}

/** Whether the live value says everything that is wanted; members added by the API server's defaults do not matter. */
function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      live.length === wanted.length &&
      wanted.every((item, i) => covers(live[i], item))
    );
  }
  if (wanted === null || typeof wanted !== 'object') return Object.is(live, wanted);
  if (live === null || typeof live !== 'object') return false;
  const members = live as Record<string, unknown>;
  if (REMOVABLE.some((name) => members[name] !== undefined && !(name in wanted))) return false;
  return Object.entries(wanted).every(([name, value]) => covers(members[name], value));
}

function weightsOf(route: HttpRoute, context: RouteContext): Weights {
  const backends = route.spec.rules?.[0]?.backendRefs ?? [];
  const canary = backends.find(({ name }) => name === context.names.canaryService)?.weight ?? 0;
  return { primary: 100 - canary, canary, mirrored: false };
}

function notAccepted(route: HttpRoute): Problem | undefined {
  for (const parent of route.status?.parents ?? []) {
    const state = refusalOf(parent, route.metadata.generation ?? 0);
    if (state === undefined) continue;
    const message = `HTTPRoute ${keyOf(route)} parent ${parent.parentRef?.name ?? ''} is not ready, ${state}`;
    return { reason: 'RouteNotAccepted', message };
  }
  return undefined;
}

type ParentStatus = NonNullable<NonNullable<HttpRoute['status']>['parents']>[number];

function refusalOf({ conditions }: ParentStatus, generation: number): string | undefined {
  const accepted = conditions?.find(({ type }) => type === 'Accepted');
  if (accepted === undefined) return undefined;
  const current = (accepted.observedGeneration ?? generation) >= generation;
  if (!current) return 'it has not seen the latest change';
  return accepted.status === 'True' ? undefined : `status is ${accepted.status}`;
}

function keyOf(route: KubeObject): string {
  return `${route.metadata.name}.${route.metadata.namespace ?? ''}`;
}
