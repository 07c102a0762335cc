import type { CanaryService, HeaderOperations } from '../domain/canary.ts';
import { parseDuration } from './duration.ts';

/** One filter of a rule or backend; the member that `type` names is present. */
export interface RouteFilter {
  type: string;
  requestMirror?: { backendRef?: { name?: string; [field: string]: unknown } };
  responseHeaderModifier?: HeaderModifier;
  urlRewrite?: { hostname?: string; path?: Record<string, unknown> };
  [member: string]: unknown;
}

interface HeaderModifier {
  add?: { name: string; value: string }[];
  set?: { name: string; value: string }[];
  remove?: string[];
}

/** Filters of `spec.service`, in Flagger's order: headers, rewrite, mirrors, CORS. */
export function filtersOf(
  service: CanaryService,
  { cors }: { readonly cors: boolean },
): RouteFilter[] {
  const { request, response } = service.headers ?? {};
  const { rewrite, corsPolicy, mirror = [] } = service;
  const filters: RouteFilter[] = [];
  if (request !== undefined) {
    const requestHeaderModifier = headerModifier(request);
    filters.push({ type: 'RequestHeaderModifier', requestHeaderModifier });
  }
  if (response !== undefined) {
    const responseHeaderModifier = headerModifier(response);
    filters.push({ type: 'ResponseHeaderModifier', responseHeaderModifier });
  }
  if (rewrite !== undefined) filters.push({ type: 'URLRewrite', urlRewrite: rewriteOf(rewrite) });
  for (const { backendRef } of mirror as { backendRef?: Record<string, unknown> }[]) {
    filters.push({ type: 'RequestMirror', requestMirror: { backendRef: { ...backendRef } } });
  }
  if (cors && corsPolicy !== undefined) filters.push({ type: 'CORS', cors: corsOf(corsPolicy) });
  return filters;
}

/** Copies of every request to a Service of the route's namespace. */
export function mirrorTo(name: string, port: number): RouteFilter {
  const backendRef = { group: '', kind: 'Service', name, port };
  return { type: 'RequestMirror', requestMirror: { backendRef } };
}

/** Whether the filter copies requests to this Service. */
export function mirrorsTo({ requestMirror }: RouteFilter, name: string): boolean {
  return requestMirror?.backendRef?.name === name;
}

/** A cookie that is set with each answer. */
export function setCookieFilter(value: string): RouteFilter {
  const add = [{ name: 'Set-Cookie', value }];
  return { type: 'ResponseHeaderModifier', responseHeaderModifier: { add } };
}

/** The filters with one more cookie; the API refuses a second filter of this type in one rule. */
export function withSetCookie(filters: readonly RouteFilter[] = [], value: string): RouteFilter[] {
  const filter = setCookieFilter(value);
  const at = filters.findIndex(({ type }) => type === filter.type);
  const found = filters[at]?.responseHeaderModifier;
  if (found === undefined) return [...filters, filter];
  const add = [...(found.add ?? []), ...(filter.responseHeaderModifier?.add ?? [])];
  return filters.with(at, { ...filter, responseHeaderModifier: { ...found, add } });
}

/** The time limits of `spec.service`; undefined when it has none. */
export function timeoutsOf({
  timeout = '',
  backendTimeout = '',
}: CanaryService): { request?: string; backendRequest?: string } | undefined {
  if (timeout === '' && backendTimeout === '') return undefined;
  return {
    ...(timeout === '' ? {} : { request: timeout }),
    ...(backendTimeout === '' ? {} : { backendRequest: backendTimeout }),
  };
}

/**
 * What of `corsPolicy` the CORS filter cannot say: it takes origins as they are, no patterns.
 * @returns one sentence; undefined when it can say all of it
 */
export function unroutableCors({ corsPolicy = {} }: CanaryService): string | undefined {
  const pattern = originMatches(corsPolicy).find(({ exact = '' }) => exact === '');
  return (
    pattern &&
    'spec.service.corsPolicy.allowOrigins without exact cannot be expressed in an HTTPRoute'
  );
}

function corsOf(policy: Record<string, unknown>): Record<string, unknown> {
  const exact = originMatches(policy).flatMap(({ exact: origin = '' }) =>
    origin === '' ? [] : [origin],
  );
  const age = parseDuration(typeof policy['maxAge'] === 'string' ? policy['maxAge'] : '');
  const seconds = age === undefined ? 0 : Math.floor(age / 1000);
  return {
    ...listed('allowOrigins', [...texts(policy['allowOrigin']), ...exact]),
    ...listed('allowMethods', texts(policy['allowMethods'])),
    ...listed('allowHeaders', texts(policy['allowHeaders'])),
    ...listed('exposeHeaders', texts(policy['exposeHeaders'])),
    ...(policy['allowCredentials'] === true ? { allowCredentials: true } : {}),
    ...(seconds > 0 ? { maxAge: seconds } : {}),
  };
}

function originMatches(policy: Record<string, unknown>): { exact?: string }[] {
  const { allowOrigins } = policy;
  return Array.isArray(allowOrigins) ? (allowOrigins as { exact?: string }[]) : [];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

function listed(name: string, values: readonly unknown[]): Record<string, unknown> {
  return values.length === 0 ? {} : { [name]: values };
}

function headerModifier({ add, set, remove = [] }: HeaderOperations): HeaderModifier {
  return {
    ...listed('add', namedValues(add)),
    ...listed('set', namedValues(set)),
    ...listed('remove', remove),
  };
}

function namedValues(headers: Record<string, string> = {}): { name: string; value: string }[] {
  return Object.entries(headers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

function rewriteOf({
  uri = '',
  authority = '',
  type,
}: NonNullable<CanaryService['rewrite']>): NonNullable<RouteFilter['urlRewrite']> {
  const path =
    type === 'ReplacePrefixMatch'
      ? { type: 'ReplacePrefixMatch', replacePrefixMatch: uri }
      : { type: 'ReplaceFullPath', replaceFullPath: uri };
  return {
    ...(authority === '' ? {} : { hostname: authority }),
    ...(uri === '' ? {} : { path }),
  };
}
