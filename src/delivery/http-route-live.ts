import { isDeepStrictEqual } from 'node:util';
import type { Weights } from '../domain/run.ts';
import type { BackendReference, HttpRoute, RouteRule } from './http-route-object.ts';
import { mirrorsTo } from './http-route-filters.ts';
import type { DeliveryNames } from './names.ts';

/**
 * The weights of a live route, percent. The rule that carries them is the last one with both backends: rules that keep
 * clients on one side come before it, the one for whoever an A/B test does not match has the primary alone.
 */
export function weightsOf(route: HttpRoute, names: DeliveryNames): Weights {
  const rule = weightedRule(route.spec.rules, names);
  const canary = percentOf(rule?.backendRefs ?? [], names.canaryService);
  const mirrored = rule?.filters?.some((filter) => mirrorsTo(filter, names.canaryService)) ?? false;
  return { primary: 100 - canary, canary, mirrored };
}

/**
 * The live route with other weights and nothing else changed: what the data plane serves now it goes on serving.
 * Without weight the canary keeps neither clients nor copies.
 */
export function reweighted(route: HttpRoute, names: DeliveryNames, weights: Weights): HttpRoute {
  const rules = route.spec.rules ?? [];
  const at = rules.findLastIndex((rule) => hasBoth(rule, names));
  const found = rules[at];
  if (found === undefined) return route;
  const { filters = [], ...others } = found;
  const kept = filters.filter(
    (filter) => weights.mirrored || !mirrorsTo(filter, names.canaryService),
  );
  const backendRefs = (found.backendRefs ?? []).map((backend) =>
    reweightedBackend(backend, names, weights),
  );
  const rule = { ...others, ...(kept.length === 0 ? {} : { filters: kept }), backendRefs };
  const before = weights.canary > 0 ? rules.slice(0, at) : [];
  return { ...route, spec: { ...route.spec, rules: [...before, rule, ...rules.slice(at + 1)] } };
}

function reweightedBackend(
  backend: BackendReference,
  { canaryService }: DeliveryNames,
  weights: Weights,
): BackendReference {
  const { filters, ...rest } = backend;
  const weight = backend.name === canaryService ? weights.canary : weights.primary;
  const keeps = weights.canary > 0 && filters !== undefined;
  return { ...rest, weight, ...(keeps ? { filters } : {}) };
}

/** Labels, annotations and owners of others stay; the spec is ours as a whole. */
export function mergedRoute(live: HttpRoute, wanted: HttpRoute): HttpRoute {
  const { metadata } = wanted;
  const { ownerReferences } = sameOwner(live, wanted) ? live.metadata : metadata;
  return {
    ...live,
    apiVersion: wanted.apiVersion,
    metadata: {
      ...live.metadata,
      labels: { ...live.metadata.labels, ...metadata.labels },
      annotations: { ...live.metadata.annotations, ...metadata.annotations },
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    spec: wanted.spec,
  };
}

/** Whether the live route says all that is wanted, and nothing that is not. Weights count as shares. */
export function sameRoute(live: HttpRoute, merged: HttpRoute): boolean {
  const labels = isDeepStrictEqual(live.metadata.labels ?? {}, merged.metadata.labels);
  const annotations = isDeepStrictEqual(
    live.metadata.annotations ?? {},
    merged.metadata.annotations,
  );
  if (!labels || !annotations || !sameOwner(live, merged)) return false;
  return covers(inShares(live), inShares(merged));
}

/** An owner that is gone would take the route with it. */
function sameOwner({ metadata: live }: HttpRoute, { metadata: wanted }: HttpRoute): boolean {
  const owners = new Set(live.ownerReferences?.map(({ uid }) => uid));
  return wanted.ownerReferences?.every(({ uid }) => owners.has(uid)) ?? true;
}

function inShares({ spec }: HttpRoute): HttpRoute['spec'] {
  const rules = (spec.rules ?? []).map((rule) => {
    const backends = rule.backendRefs ?? [];
    const total = totalOf(backends);
    if (total === 0) return rule;
    const share = ({ weight = 1 }: BackendReference): number => (100 * weight) / total;
    return {
      ...rule,
      backendRefs: backends.map((backend) => ({ ...backend, weight: share(backend) })),
    };
  });
  return { ...spec, rules };
}

/** Members that no default of the API fills in: when the spec no longer has one, neither may the route. */
const REMOVABLE = [
  'filters',
  'timeouts',
  'hostnames',
  'headers',
  'queryParams',
  'method',
  'namespace',
  'sectionName',
  'port',
  'retry',
  'sessionPersistence',
  'add',
  'set',
  'remove',
  'hostname',
  'percent',
  'fraction',
] as const;

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

function weightedRule(
  rules: readonly RouteRule[] | undefined,
  names: DeliveryNames,
): RouteRule | undefined {
  return rules?.findLast((rule) => hasBoth(rule, names));
}

function hasBoth({ backendRefs = [] }: RouteRule, names: DeliveryNames): boolean {
  return [names.primaryService, names.canaryService].every((service) =>
    backendRefs.some(({ name }) => name === service),
  );
}

/** A whole percent; what the data plane divides by is the sum. */
function percentOf(backends: readonly BackendReference[], name: string): number {
  const total = totalOf(backends);
  const weight = backends.find((backend) => backend.name === name)?.weight ?? 1;
  return total === 0 ? 0 : Math.round((100 * weight) / total);
}

function totalOf(backends: readonly BackendReference[]): number {
  return backends.reduce((sum, { weight = 1 }) => sum + weight, 0);
}
