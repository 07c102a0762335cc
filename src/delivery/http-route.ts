import type { Canary, CanaryService, HeaderOperations } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import type { Weights } from '../domain/run.ts';
import { ownerOf, RECONCILE_DISABLED, type DeliveryNames } from './names.ts';
import type { Problem } from './problem.ts';

export interface ParentReference {
  group: string;
  kind: string;
  name: string;
  namespace?: string;
  sectionName?: string;
  port?: number;
}

export interface HttpRoute extends KubeObject {
  spec: {
    parentRefs?: ParentReference[];
    hostnames?: string[];
    rules?: {
      matches?: Record<string, unknown>[];
      filters?: Record<string, unknown>[];
      timeouts?: { request?: string; backendRequest?: string };
      backendRefs?: {
        group?: string;
        kind?: string;
        name: string;
        port?: number;
        weight?: number;
      }[];
    }[];
  };
  status?: {
    parents?: {
      parentRef?: { name?: string };
      conditions?: { type: string; status: string; observedGeneration?: number }[];
    }[];
  };
}

const STRING_MATCH_TYPES: readonly (readonly [field: string, type: string])[] = [
  ['exact', 'Exact'],
  ['regex', 'RegularExpression'],
];
const ROUTABLE_FIELDS = new Set(['name', 'uri', 'method', 'headers', 'queryParams']);

/** `spec.service.gatewayRefs` with Gateway API's defaults filled in. */
export function parentsOf(canary: Canary): ParentReference[] {
  return (canary.spec.service?.gatewayRefs ?? []).map((reference) => ({
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    ...(reference as unknown as Partial<ParentReference> & { name: string }),
  }));
}

/** What of `spec.service` an HTTPRoute cannot say; undefined when it can say all of it. */
export function routeProblem(canary: Canary): Problem | undefined {
  for (const match of canary.spec.service?.match ?? []) {
    const unknown = Object.keys(match).find((field) => !ROUTABLE_FIELDS.has(field));
    if (unknown !== undefined) {
      const message = `spec.service.match.${unknown} cannot be expressed in an HTTPRoute`;
      return { reason: 'RouteUnsupported', message };
    }
  }
  return undefined;
}

/**
 * The HTTPRoute of a Canary as Flagger writes it for gatewayapi:v1.
 * @param weights percent, `primary + canary` is 100
 */
export function httpRouteOf(canary: Canary, names: DeliveryNames, weights: Weights): HttpRoute {
  const service = canary.spec.service ?? { port: 80 };
  const backend = (name: string, weight: number): Record<string, unknown> & { name: string } => ({
    group: '',
    kind: 'Service',
    name,
    port: service.port,
    weight,
  });
  const filters = filtersOf(service);
  const timeouts = timeoutsOf(service);
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: {
      name: names.apex,
      namespace: names.namespace,
      labels: { ...service.apex?.labels },
      annotations: { ...service.apex?.annotations, ...RECONCILE_DISABLED },
      ownerReferences: [ownerOf(canary)],
    },
    spec: {
      parentRefs: parentsOf(canary),
      ...((service.hosts ?? []).length === 0 ? {} : { hostnames: service.hosts ?? [] }),
      rules: [
        {
          matches: matchesOf(service),
          ...(filters.length === 0 ? {} : { filters }),
          ...(timeouts === undefined ? {} : { timeouts }),
          backendRefs: [
            backend(names.primaryService, weights.primary),
            backend(names.canaryService, weights.canary),
          ],
        },
      ],
    },
  };
}

function matchesOf(service: CanaryService): Record<string, unknown>[] {
  const matches = service.match ?? [];
  if (matches.length === 0) return [{ path: { type: 'PathPrefix', value: '/' } }];
  return matches.map((match) => ({
    ...member('path', pathOf(strings(match['uri']))),
    ...member('method', strings(match['method'])['exact']),
    ...member('headers', namedMatches(match['headers'])),
    ...member('queryParams', namedMatches(match['queryParams'])),
  }));
}

function pathOf(uri: Record<string, string>): Record<string, string> | undefined {
  if (uri['prefix'] !== undefined) return { type: 'PathPrefix', value: uri['prefix'] };
  return typed(uri);
}

function typed(match: Record<string, string>): Record<string, string> | undefined {
  for (const [field, type] of STRING_MATCH_TYPES) {
    const value = match[field];
    if (value !== undefined) return { type, value };
  }
  return undefined;
}

function namedMatches(value: unknown): Record<string, unknown>[] | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, match]) => ({ name, ...typed(strings(match)) }));
}

function strings(value: unknown): Record<string, string> {
  if (value === null || typeof value !== 'object') return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function member(name: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [name]: value };
}

function timeoutsOf(
  service: CanaryService,
): { request?: string; backendRequest?: string } | undefined {
  const { timeout = '', backendTimeout = '' } = service;
  if (timeout === '' && backendTimeout === '') return undefined;
  return {
    ...(timeout === '' ? {} : { request: timeout }),
    ...(backendTimeout === '' ? {} : { backendRequest: backendTimeout }),
  };
}

function filtersOf(service: CanaryService): Record<string, unknown>[] {
  const { request, response } = service.headers ?? {};
  const filters: Record<string, unknown>[] = [];
  if (request !== undefined) {
    const requestHeaderModifier = headerModifier(request);
    filters.push({ type: 'RequestHeaderModifier', requestHeaderModifier });
  }
  if (response !== undefined) {
    const responseHeaderModifier = headerModifier(response);
    filters.push({ type: 'ResponseHeaderModifier', responseHeaderModifier });
  }
  const urlRewrite = rewriteOf(service);
  if (urlRewrite !== undefined) filters.push({ type: 'URLRewrite', urlRewrite });
  for (const requestMirror of service.mirror ?? []) {
    filters.push({ type: 'RequestMirror', requestMirror });
  }
  return filters;
}

function headerModifier(operations: HeaderOperations): Record<string, unknown> {
  const named = (headers: Record<string, string> | undefined): unknown[] | undefined =>
    headers === undefined
      ? undefined
      : Object.entries(headers)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => ({ name, value }));
  return {
    ...member('add', named(operations.add)),
    ...member('set', named(operations.set)),
    ...member('remove', operations.remove),
  };
}

function rewriteOf(service: CanaryService): Record<string, unknown> | undefined {
  const { rewrite } = service;
  if (rewrite === undefined) return undefined;
  const path =
    rewrite.type === 'ReplacePrefixMatch'
      ? { type: 'ReplacePrefixMatch', replacePrefixMatch: rewrite.uri }
      : { type: 'ReplaceFullPath', replaceFullPath: rewrite.uri };
  return {
    ...member('hostname', rewrite.authority),
    ...(rewrite.uri === undefined ? {} : { path }),
  };
}
