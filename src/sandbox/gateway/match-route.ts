import { RE2JS } from 're2js';
import type { NetworkRequest } from '../network.ts';
import type { HttpRoute, RouteMatch, RouteRule, ValueMatch } from './route.ts';

/** The rule that serves a request. `rule` is its index. */
export interface MatchedRule {
  readonly route: HttpRoute;
  readonly index: number;
  readonly rule: RouteRule;
}

/**
 * Finds the rule for a request by the precedence of Gateway API: the more exact hostname, an exact path, the longest
 * prefix, a method, more headers, more query parameters, the older route, the route's name, the earlier rule.
 */
export function matchRoute(
  routes: readonly HttpRoute[],
  request: Pick<NetworkRequest, 'method' | 'path' | 'headers'>,
): MatchedRule | undefined {
  const host = (request.headers['host'] ?? '').replace(/:\d+$/, '').toLowerCase();
  const candidates = routes.flatMap((route) => candidatesOf(route, host, request));
  return candidates.sort((a, b) => compare(a.rank, b.rank))[0]?.matched;
}

interface Candidate {
  readonly rank: Rank;
  readonly matched: MatchedRule;
}

function candidatesOf(
  route: HttpRoute,
  host: string,
  request: Pick<NetworkRequest, 'method' | 'path' | 'headers'>,
): Candidate[] {
  const hostRank = rankHost(route.spec.hostnames ?? [], host);
  if (hostRank === undefined) return [];
  return (route.spec.rules ?? []).flatMap((rule, index) =>
    (rule.matches ?? [{}])
      .filter((match) => matches(match, request))
      .map((match) => ({
        rank: rankOf(route, hostRank, match, index),
        matched: { route, index, rule },
      })),
  );
}

type Rank = readonly (number | string)[];

/** Lower is better, element by element. */
function rankOf(route: HttpRoute, hostRank: number, match: RouteMatch, index: number): Rank {
  const path = match.path;
  return [
    hostRank,
    path?.type === 'Exact' ? 0 : 1,
    -(path?.value ?? '/').length,
    match.method === undefined ? 1 : 0,
    -(match.headers?.length ?? 0),
    -(match.queryParams?.length ?? 0),
    route.metadata.creationTimestamp ?? '',
    `${route.metadata.namespace ?? ''}/${route.metadata.name}`,
    index,
  ];
}

function compare(a: Rank, b: Rank): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? left;
    if (left < right) return -1;
    if (left > right) return 1;
  }
  return 0;
}

/** 0 no hostnames apply but all match is 1000; an exact name is best, then the longest wildcard. */
function rankHost(hostnames: readonly string[], host: string): number | undefined {
  if (hostnames.length === 0) return 1000;
  const ranks = hostnames.flatMap((name) => {
    if (name.toLowerCase() === host) return [0];
    const suffix = name.startsWith('*.') ? name.slice(1).toLowerCase() : undefined;
    return suffix !== undefined && host.endsWith(suffix) ? [500 - suffix.length] : [];
  });
  return ranks.length === 0 ? undefined : Math.min(...ranks);
}

function matches(
  match: RouteMatch,
  request: Pick<NetworkRequest, 'method' | 'path' | 'headers'>,
): boolean {
  const [path = '/', query = ''] = request.path.split('?', 2);
  const parameters = new URLSearchParams(query);
  return (
    matchesPath(match.path, path) &&
    (match.method === undefined || match.method === request.method) &&
    (match.headers ?? []).every((header) =>
      matchesValue(header, request.headers[header.name.toLowerCase()]),
    ) &&
    (match.queryParams ?? []).every((parameter) =>
      matchesValue(parameter, parameters.get(parameter.name) ?? undefined),
    )
  );
}

function matchesPath(match: RouteMatch['path'], path: string): boolean {
  const value = match?.value ?? '/';
  switch (match?.type ?? 'PathPrefix') {
    case 'Exact':
      return path === value;
    case 'RegularExpression':
      return matchesPattern(value, path);
    case 'PathPrefix': {
      const prefix = value.replace(/\/$/, '');
      return path === prefix || path.startsWith(`${prefix}/`);
    }
  }
}

function matchesValue(match: ValueMatch, actual: string | undefined): boolean {
  if (actual === undefined) return false;
  return match.type === 'RegularExpression'
    ? matchesPattern(match.value, actual)
    : actual === match.value;
}

function matchesPattern(pattern: string, text: string): boolean {
  return RE2JS.compile(pattern).matches(text);
}
