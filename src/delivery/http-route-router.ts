import type { Weights } from '../domain/run.ts';
import { httpRouteOf, type RouteDialect } from './http-route.ts';
import type { HttpRoute } from './http-route-object.ts';
import { checkHttpRoute } from './http-route-check.ts';
import { mergedRoute, reweighted, sameRoute, weightsOf } from './http-route-live.ts';
import { refusalOf } from './http-route-status.ts';
import type { ObjectWrite } from './object-write.ts';
import {
  ALL_TO_PRIMARY,
  type LiveObjects,
  type RouteContext,
  type RouteObservation,
  type Router,
} from './router/types.ts';

/** A router that writes one HTTPRoute with the apex's name. */
export function httpRouteRouter(dialect: RouteDialect): Router {
  const { provider, routes } = dialect;
  return {
    providers: [provider],
    capabilities: {
      weighted: true,
      mirror: true,
      mirrorsWeighted: false,
      match: true,
      affinity: true,
    },
    metricFamily: 'pods',
    kinds: [routes],
    objects: ({ names: { namespace, apex } }) => [{ type: routes, key: { namespace, name: apex } }],
    check: (context, read) => checkHttpRoute(dialect, context, read),
    observe: (live, context) => observe(dialect, live, context),
    writes: (live, context, weights) => writes(dialect, { live, context }, weights),
  };
}

interface Scene {
  readonly live: LiveObjects;
  readonly context: RouteContext;
}

function observe(
  dialect: RouteDialect,
  live: LiveObjects,
  context: RouteContext,
): RouteObservation {
  const route = live[0] as HttpRoute | undefined;
  if (route === undefined) return { present: false, weights: ALL_TO_PRIMARY, drifted: false };
  const weights = weightsOf(route, context.names);
  const drifted = writes(dialect, { live, context }, weights).length > 0;
  const refusal = refusalOf(route);
  if (refusal === undefined) return { present: true, weights, drifted };
  const { problem, refused } = refusal;
  return { present: true, weights, drifted, problem, ...(refused ? { refused } : {}) };
}

function writes(dialect: RouteDialect, { live, context }: Scene, weights: Weights): ObjectWrite[] {
  const route = live[0] as HttpRoute | undefined;
  const type = dialect.routes;
  const wanted = wantedRoute(dialect, context, weights);
  if (route === undefined) return [{ op: 'create', type, object: wanted }];
  const merged = mergedRoute(route, wanted);
  return sameRoute(route, merged) ? [] : [{ op: 'replace', type, object: merged }];
}

function wantedRoute(dialect: RouteDialect, context: RouteContext, weights: Weights): HttpRoute {
  const wanted = httpRouteOf(context, dialect, weights);
  const served = context.served?.[0] as HttpRoute | undefined;
  if (served === undefined) return wanted;
  return { ...wanted, spec: reweighted(served, context.names, weights).spec };
}
