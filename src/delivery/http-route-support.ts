import type { HttpRoute, RouteRule } from './http-route-object.ts';
import type { RouteFilter } from './http-route-filters.ts';

/** Names of Gateway API features (pkg/features of the API's repository) by the type of filter that needs them. */
const BY_FILTER: Readonly<Record<string, string>> = {
  ResponseHeaderModifier: 'HTTPRouteResponseHeaderModification',
  RequestMirror: 'HTTPRouteRequestMirror',
  CORS: 'HTTPRouteCORS',
};

/** The extended features that a gateway must have to serve the route; what belongs to the core every gateway has. */
export function featuresOf(route: HttpRoute): ReadonlySet<string> {
  return new Set((route.spec.rules ?? []).flatMap(featuresOfRule));
}

/**
 * The feature that the route needs and the class does not list.
 * @param listed `status.supportedFeatures` of the GatewayClass; a class that lists none leaves it to the route's status
 */
export function missingFeature(
  route: HttpRoute,
  listed: readonly unknown[] | undefined,
): string | undefined {
  const names = new Set((listed ?? []).map(nameOfFeature));
  if (names.size === 0) return undefined;
  return [...featuresOf(route)].find((feature) => !names.has(feature));
}

/** An object since v1.1 of the API, a text before. */
function nameOfFeature(feature: unknown): string {
  if (typeof feature === 'string') return feature;
  const { name } = (feature ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name : '';
}

/** Not of time limits: a gateway without them serves the route as it is, while a filter that it lacks breaks it. */
function featuresOfRule({ matches, filters, backendRefs }: RouteRule): string[] {
  const mirrors = (filters ?? []).filter(({ type }) => type === 'RequestMirror').length;
  return [
    ...(filters ?? []).flatMap(featuresOfFilter),
    ...(backendRefs ?? []).flatMap((backend) => (backend.filters ?? []).flatMap(featuresOfFilter)),
    ...(mirrors > 1 ? ['HTTPRouteRequestMultipleMirrors'] : []),
    ...(matches ?? []).flatMap(({ method, queryParams }) => [
      ...(method === undefined ? [] : ['HTTPRouteMethodMatching']),
      ...(queryParams === undefined ? [] : ['HTTPRouteQueryParamMatching']),
    ]),
  ];
}

function featuresOfFilter({ type, urlRewrite }: RouteFilter): string[] {
  const byType = BY_FILTER[type];
  return [
    ...(byType === undefined ? [] : [byType]),
    ...(urlRewrite?.hostname === undefined ? [] : ['HTTPRouteHostRewrite']),
    ...(urlRewrite?.path === undefined ? [] : ['HTTPRoutePathRewrite']),
  ];
}
