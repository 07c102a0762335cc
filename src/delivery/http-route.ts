import type { Canary } from '../domain/canary.ts';
import { apiVersionOf, type ResourceType } from '../domain/object.ts';
import type { Weights } from '../domain/run.ts';
import { affinityRules } from './http-route-affinity.ts';
import { filtersOf, mirrorTo, timeoutsOf } from './http-route-filters.ts';
import { analysisMatches, mergedMatches, serviceMatches } from './http-route-matches.ts';
import type {
  ParentReference,
  BackendReference,
  RouteRule,
  HttpRoute,
} from './http-route-object.ts';
import { ownerOf, RECONCILE_DISABLED } from './names.ts';
import type { RouteContext } from './router/types.ts';

/** What the two versions of the API, as Flagger drives them, can say. */
export interface RouteDialect {
  readonly provider: string;
  /** HTTPRoute in the version that is written. */
  readonly routes: ResourceType;
  /** Gateway in that version. */
  readonly gateways: ResourceType;
  readonly timeouts: boolean;
  readonly cors: boolean;
  /** Whether clients of the primary get a cookie, too. */
  readonly primaryCookie: boolean;
}

/** `spec.service.gatewayRefs` with Gateway API's defaults filled in. */
export function parentsOf(canary: Canary): ParentReference[] {
  return (canary.spec.service?.gatewayRefs ?? []).map((reference) => ({
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    ...(reference as unknown as Partial<ParentReference> & { name: string }),
  }));
}

/**
 * The HTTPRoute of a Canary as Flagger writes it.
 * @param weights percent, `primary + canary` is 100
 */
export function httpRouteOf(
  context: RouteContext,
  dialect: RouteDialect,
  weights: Weights,
): HttpRoute {
  const { canary, names, selector } = context;
  const { hosts = [], apex } = canary.spec.service ?? {};
  // As in Flagger: the labels of the apex Service, its selector label among them, where the spec names any for it.
  const label = apex === undefined || selector === undefined ? {} : { [selector.key]: names.apex };
  return {
    apiVersion: apiVersionOf(dialect.routes),
    kind: dialect.routes.kind,
    metadata: {
      name: names.apex,
      namespace: names.namespace,
      labels: { ...apex?.labels, ...label },
      annotations: { ...apex?.annotations, ...RECONCILE_DISABLED },
      ownerReferences: [ownerOf(canary)],
    },
    spec: {
      parentRefs: parentsOf(canary),
      ...(hosts.length === 0 ? {} : { hostnames: hosts }),
      rules: rulesOf(context, dialect, weights),
    },
  };
}

function rulesOf(context: RouteContext, dialect: RouteDialect, weights: Weights): RouteRule[] {
  const { canary, names } = context;
  const weighted = weightedRule(context, dialect, weights);
  const matches = analysisMatches(canary);
  if (matches.length === 0) {
    return affinityRules(context, { weighted, weights, primaryCookie: dialect.primaryCookie });
  }
  const { port } = canary.spec.service ?? { port: 80 };
  const others = { ...weighted, backendRefs: [backendOf(names.primaryService, port, 100)] };
  return [{ ...weighted, matches: mergedMatches(matches, weighted.matches ?? []) }, others];
}

/** The rule with the two weights, for whatever the service matches. */
function weightedRule(
  { canary, names, strategy }: RouteContext,
  dialect: RouteDialect,
  weights: Weights,
): RouteRule {
  const service = canary.spec.service ?? { port: 80 };
  // As in Flagger, traffic is mirrored only while iterations are counted.
  const mirrors = weights.mirrored && strategy === 'blue-green';
  const filters = [
    ...filtersOf(service, dialect),
    ...(mirrors ? [mirrorTo(names.canaryService, service.port)] : []),
  ];
  const timeouts = dialect.timeouts ? timeoutsOf(service) : undefined;
  return {
    matches: serviceMatches(canary),
    ...(filters.length === 0 ? {} : { filters }),
    ...(timeouts === undefined ? {} : { timeouts }),
    backendRefs: [
      backendOf(names.primaryService, service.port, weights.primary),
      backendOf(names.canaryService, service.port, weights.canary),
    ],
  };
}

function backendOf(name: string, port: number, weight: number): BackendReference {
  return { group: '', kind: 'Service', name, port, weight };
}
