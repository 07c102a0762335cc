import type { Weights } from '../domain/run.ts';
import { parseDuration } from './duration.ts';
import {
  cookiePattern,
  expireCookie,
  sessionAffinityOf,
  setCanaryCookie,
  setCookieOf,
  type SessionAffinity,
} from './session-affinity.ts';
import {
  destinationOf,
  type HttpRule,
  type RouteDestination,
  type VirtualServiceSource,
} from './virtual-service-rule.ts';
import { mergedMatches } from './virtual-service-match.ts';

const DEFAULT_INTERVAL_MS = 60_000;
const SET_COOKIE = 'Set-Cookie';

/**
 * The rules that keep clients on the side that they got, before the one with the weights; without session affinity
 * that one alone.
 * @param weighted the rule with the weights
 */
export function affinityRules(
  source: VirtualServiceSource,
  weighted: HttpRule,
  weights: Weights,
): HttpRule[] {
  const affinity = sessionAffinityOf(source.canary);
  if (affinity === undefined) return [weighted];
  return weights.canary > 0
    ? sticky(source, affinity, weighted)
    : [...expiring(source, weighted), weighted];
}

/** Whoever has a cookie stays; whoever has none is told one by the side that the weights choose. */
function sticky(
  source: VirtualServiceSource,
  affinity: SessionAffinity,
  weighted: HttpRule,
): HttpRule[] {
  const { canary, primary } = source.cookies;
  if (canary === undefined) return [weighted];
  const toCanary = setCanaryCookie(canary, affinity);
  const rules = [staying(source, weighted, canary, { primary: 0, canary: 100 })];
  if (primary === undefined) return [...rules, withCookies(source, weighted, { toCanary })];
  const toPrimary = setCookieOf(primary, affinity, intervalSeconds(source));
  return [
    ...rules,
    staying(source, weighted, primary, { primary: 100, canary: 0 }),
    withCookies(source, weighted, { toCanary, toPrimary }),
  ];
}

/** The primary's cookie lasts until the next step, which shall reach its clients, too. */
function intervalSeconds({ canary }: VirtualServiceSource): number {
  const interval = parseDuration(canary.spec.analysis?.interval ?? '') ?? DEFAULT_INTERVAL_MS;
  return Math.floor(interval / 1000);
}

function staying(
  { canary, names }: VirtualServiceSource,
  weighted: HttpRule,
  cookie: string,
  weights: Pick<Weights, 'primary' | 'canary'>,
): HttpRule {
  const service = canary.spec.service ?? { port: 80 };
  return {
    ...weighted,
    match: mergedMatches([cookieMatch(cookie)], service.match),
    route: [
      destinationOf(names.primaryService, service, weights.primary),
      destinationOf(names.canaryService, service, weights.canary),
    ],
  };
}

function cookieMatch(cookie: string): Record<string, unknown> {
  return { headers: { Cookie: { regex: cookiePattern(cookie) } } };
}

function withCookies(
  { names }: VirtualServiceSource,
  weighted: HttpRule,
  { toCanary, toPrimary }: { toCanary: string; toPrimary?: string },
): HttpRule {
  const cookieFor = new Map([
    [names.canaryService, toCanary],
    ...(toPrimary === undefined ? [] : ([[names.primaryService, toPrimary]] as const)),
  ]);
  const route = weighted.route.map((share): RouteDestination => {
    const cookie = cookieFor.get(share.destination.host);
    return cookie === undefined
      ? share
      : { ...share, headers: { response: { add: { [SET_COOKIE]: cookie } } } };
  });
  return { ...weighted, route };
}

/** Clients of the canary before lose their cookie with their next request. */
function expiring({ cookies, canary }: VirtualServiceSource, weighted: HttpRule): HttpRule[] {
  const { previous } = cookies;
  if (previous === undefined) return [];
  const { headers } = canary.spec.service ?? {};
  const add = { ...headers?.response?.add, [SET_COOKIE]: expireCookie(previous) };
  return [
    {
      ...withoutMirror(weighted),
      match: mergedMatches([cookieMatch(previous)], canary.spec.service?.match),
      headers: { ...headers, response: { ...headers?.response, add } },
    },
  ];
}

function withoutMirror(rule: HttpRule): HttpRule {
  const others = Object.entries(rule).filter(([member]) => !member.startsWith('mirror'));
  return { route: rule.route, ...Object.fromEntries(others) };
}
