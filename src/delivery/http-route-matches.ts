import type { Canary } from '../domain/canary.ts';

/** One `matches` entry of a rule; members are those of Gateway API's HTTPRouteMatch. */
export interface RouteMatch {
  path?: { type: string; value: string };
  method?: string;
  headers?: ValueMatch[];
  queryParams?: ValueMatch[];
}

export interface ValueMatch {
  name: string;
  type: string;
  value: string;
}

const EVERYTHING: RouteMatch = { path: { type: 'PathPrefix', value: '/' } };
const VALUE_TYPES: readonly (readonly [field: string, type: string])[] = [
  ['exact', 'Exact'],
  ['regex', 'RegularExpression'],
];
const PATH_TYPES: readonly (readonly [field: string, type: string])[] = [
  ['regex', 'RegularExpression'],
  ['exact', 'Exact'],
  ['prefix', 'PathPrefix'],
];
const ROUTABLE_FIELDS = new Set(['name', 'uri', 'method', 'headers', 'queryParams']);

/** What `spec.service.match` asks for, or every path. */
export function serviceMatches(canary: Canary): RouteMatch[] {
  const matches = matchesOf(canary.spec.service?.match);
  return matches.length === 0 ? [EVERYTHING] : matches;
}

/** What `spec.analysis.match` asks for. */
export function analysisMatches(canary: Canary): RouteMatch[] {
  return matchesOf(canary.spec.analysis?.match);
}

/** Each of `narrow` within each of `wide`; headers and query parameters of `narrow` replace those of `wide`, as in Flagger. */
export function mergedMatches(
  narrow: readonly RouteMatch[],
  wide: readonly RouteMatch[],
): RouteMatch[] {
  return narrow.flatMap(({ headers, queryParams }) =>
    wide.map((each) => ({
      ...each,
      ...(headers === undefined ? {} : { headers }),
      ...(queryParams === undefined ? {} : { queryParams }),
    })),
  );
}

/** Whoever sends a cookie of this pattern. */
export function cookieMatch(pattern: string): RouteMatch {
  return { headers: [{ name: 'Cookie', type: 'RegularExpression', value: pattern }] };
}

/**
 * What of the Canary's matches an HTTPRoute cannot say.
 * @returns one sentence that names the field; undefined when it can say all of it
 */
export function unroutableMatch({ spec }: Canary): string | undefined {
  const service = spec.service?.match ?? [];
  const analysis = spec.analysis?.match ?? [];
  const found =
    firstUnroutable(service, 'spec.service.match') ??
    firstUnroutable(analysis, 'spec.analysis.match');
  return found && `${found} cannot be expressed in an HTTPRoute`;
}

function firstUnroutable(
  matches: readonly Record<string, unknown>[],
  path: string,
): string | undefined {
  for (const match of matches) {
    const field = Object.keys(match).find((name) => !ROUTABLE_FIELDS.has(name));
    if (field !== undefined) return `${path}.${field}`;
    if (match['uri'] !== undefined && typed(match['uri'], PATH_TYPES) === undefined) {
      return `${path}.uri without exact, prefix or regex`;
    }
    if (match['method'] !== undefined && strings(match['method'])['exact'] === undefined) {
      return `${path}.method without exact`;
    }
    for (const name of ['headers', 'queryParams']) {
      const untyped = Object.entries(members(match[name])).find(
        ([, value]) => typed(value, VALUE_TYPES) === undefined,
      );
      if (untyped !== undefined) return `${path}.${name}.${untyped[0]} without exact or regex`;
    }
  }
  return undefined;
}

function matchesOf(matches: readonly Record<string, unknown>[] = []): RouteMatch[] {
  return matches
    .map((match): RouteMatch => {
      const path = typed(match['uri'], PATH_TYPES);
      const method = strings(match['method'])['exact'];
      const headers = namedMatches(match['headers']);
      const queryParams = namedMatches(match['queryParams']);
      return {
        ...(path === undefined ? {} : { path }),
        ...(method === undefined ? {} : { method }),
        ...(headers.length === 0 ? {} : { headers }),
        ...(queryParams.length === 0 ? {} : { queryParams }),
      };
    })
    .filter((match) => Object.keys(match).length > 0);
}

/** By name, because the order of a map's members says nothing. */
function namedMatches(value: unknown): ValueMatch[] {
  return Object.entries(members(value))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, match]) => {
      const found = typed(match, VALUE_TYPES);
      return found === undefined ? [] : [{ name, ...found }];
    });
}

function typed(
  value: unknown,
  types: typeof VALUE_TYPES,
): { type: string; value: string } | undefined {
  const match = strings(value);
  for (const [field, type] of types) {
    const text = match[field] ?? '';
    if (text !== '') return { type, value: text };
  }
  return undefined;
}

function members(value: unknown): Record<string, unknown> {
  return value === null || typeof value !== 'object' ? {} : { ...value };
}

function strings(value: unknown): Partial<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(members(value)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
