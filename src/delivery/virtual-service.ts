import type { CanaryService } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import type { Weights } from '../domain/run.ts';
import type { DeliveryNames } from './names.ts';
import { isTcp } from './service-protocol.ts';
import { affinityRules } from './virtual-service-affinity.ts';
import { mergedMatches } from './virtual-service-match.ts';
import {
  destinationOf,
  gatewaysOf,
  MESH,
  type HttpRule,
  type RouteDestination,
  type VirtualServiceSource,
} from './virtual-service-rule.ts';

export interface VirtualService extends KubeObject {
  readonly spec: {
    readonly hosts?: readonly string[];
    readonly gateways?: readonly string[];
    readonly http?: readonly HttpRule[];
    readonly tcp?: readonly Pick<HttpRule, 'match' | 'route'>[];
    readonly [member: string]: unknown;
  };
}

/**
 * The spec of a Canary's VirtualService as Flagger 1.44 writes it.
 * @param weights percent, `primary + canary` is 100
 */
export function virtualServiceSpec(
  source: VirtualServiceSource,
  weights: Weights,
): VirtualService['spec'] {
  const service = source.canary.spec.service ?? { port: 80 };
  const entry = { hosts: hostsOf(service, source.names.apex), ...entryGateways(service) };
  return isTcp(service)
    ? { ...entry, tcp: [tcpRule(source, service, weights)] }
    : { ...entry, http: httpRules(source, service, weights) };
}

/** A delegate is reached through another VirtualService and has no hosts or gateways of its own. */
function hostsOf({ hosts = [], ...service }: CanaryService, apex: string): string[] {
  if (service['delegation'] === true) return [];
  return hosts.includes(apex) || hosts.includes('*') ? hosts : [...hosts, apex];
}

function entryGateways(service: CanaryService): { gateways?: readonly string[] } {
  if (service['delegation'] === true) return {};
  const gateways = gatewaysOf(service);
  return { gateways: gateways.length === 0 ? [MESH] : gateways };
}

function tcpRule(
  { names }: VirtualServiceSource,
  service: CanaryService,
  weights: Weights,
): Pick<HttpRule, 'match' | 'route'> {
  const match = (service.match ?? []).map(({ port }) =>
    typeof port === 'number' && port > 0 ? { port } : {},
  );
  return { ...(match.length === 0 ? {} : { match }), route: shares(names, service, weights) };
}

function httpRules(
  source: VirtualServiceSource,
  service: CanaryService,
  weights: Weights,
): HttpRule[] {
  const { canary, names } = source;
  const { match = [], mirrorWeight = 0 } = canary.spec.analysis ?? {};
  const weighted: HttpRule = {
    ...sharedMembers(service),
    route: shares(names, service, weights),
  };
  if (match.length > 0) {
    const [primary] = weighted.route;
    return [
      { ...weighted, match: mergedMatches(match, service.match) },
      { ...weighted, route: primary === undefined ? [] : [primary] },
    ];
  }
  const mirrored: HttpRule = !weights.mirrored
    ? weighted
    : {
        ...weighted,
        mirror: { host: names.canaryService },
        ...(mirrorWeight > 0 ? { mirrorPercentage: { value: mirrorWeight } } : {}),
      };
  return affinityRules(source, mirrored, weights);
}

/** What every rule takes from `spec.service` as it stands there. */
function sharedMembers(service: CanaryService): Record<string, unknown> {
  const { match = [], rewrite, timeout = '', headers, corsPolicy } = service;
  const retries = service['retries'];
  return {
    ...(match.length === 0 ? {} : { match }),
    ...(rewrite === undefined ? {} : { rewrite: rewriteOf(rewrite) }),
    ...(timeout === '' ? {} : { timeout }),
    ...(retries === undefined ? {} : { retries: { attempts: 0, ...(retries as object) } }),
    ...(corsPolicy === undefined ? {} : { corsPolicy }),
    ...(headers === undefined ? {} : { headers }),
  };
}

/** `type` is Gateway API's: Istio replaces what the match's path says, a prefix or all of it. */
function rewriteOf({
  uri = '',
  authority = '',
}: NonNullable<CanaryService['rewrite']>): Record<string, string> {
  return { ...(uri === '' ? {} : { uri }), ...(authority === '' ? {} : { authority }) };
}

function shares(
  names: DeliveryNames,
  service: CanaryService,
  weights: Weights,
): RouteDestination[] {
  return [
    destinationOf(names.primaryService, service, weights.primary),
    destinationOf(names.canaryService, service, weights.canary),
  ];
}
