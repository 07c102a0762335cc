import type { Weights } from '../domain/run.ts';
import { parseDuration } from './duration.ts';
import type { BackendReference, RouteRule } from './http-route-object.ts';
import { setCookieFilter, withSetCookie } from './http-route-filters.ts';
import { cookieMatch, mergedMatches } from './http-route-matches.ts';
import type { DeliveryNames } from './names.ts';
import type { RouteContext } from './router/types.ts';
import {
  cookiePattern,
  expireCookie,
  sessionAffinityOf,
  setCanaryCookie,
  setCookieOf,
  type SessionAffinity,
} from './session-affinity.ts';

const DEFAULT_INTERVAL_MS = 60_000;

interface Weighted {
  /** The rule with the two weights. */
  readonly weighted: RouteRule;
  readonly weights: Weights;
  /** Whether clients of the primary may get a cookie, too. */
  readonly primaryCookie: boolean;
}

/**
 * The rules that keep a client on the side that it got, before the one with the weights; without session affinity that
 * one alone.
 */
export function affinityRules(context: RouteContext, parts: Weighted): RouteRule[] {
  const affinity = sessionAffinityOf(context.canary);
  if (affinity === undefined) return [parts.weighted];
  return parts.weights.canary > 0
    ? stickyRules(context, affinity, parts)
    : [...expiringRules(context, parts.weighted), parts.weighted];
}

/** Whoever has a cookie stays; whoever has none is told one by the side that the weights choose. */
function stickyRules(
  context: RouteContext,
  affinity: SessionAffinity,
  { weighted, primaryCookie }: Weighted,
): RouteRule[] {
  const { names } = context;
  const sides = [
    ...canarySide(context, affinity),
    ...(primaryCookie ? primarySide(context, affinity) : []),
  ];
  const told = new Map(sides.map(({ service, setCookie }) => [service, setCookie]));
  const backendRefs = (weighted.backendRefs ?? []).map((each) => withCookie(each, told));
  return [...sides.map((side) => stayRule(weighted, names, side)), { ...weighted, backendRefs }];
}

/** One side of the weights whose clients get a cookie. */
interface Side {
  readonly service: string;
  readonly cookie: string;
  readonly setCookie: string;
  /** Percent of the cookie's requests that the canary gets. */
  readonly canary: 0 | 100;
}

function canarySide({ names, cookies }: RouteContext, affinity: SessionAffinity): Side[] {
  const { canary: cookie } = cookies;
  if (cookie === undefined) return [];
  const setCookie = setCanaryCookie(cookie, affinity);
  return [{ service: names.canaryService, cookie, setCookie, canary: 100 }];
}

/** The primary's clients are free again at the next step, which shall reach them, too. */
function primarySide({ canary, names, cookies }: RouteContext, affinity: SessionAffinity): Side[] {
  const { primary: cookie } = cookies;
  if (cookie === undefined || (affinity.primaryCookieName ?? '') === '') return [];
  const interval = parseDuration(canary.spec.analysis?.interval ?? '') ?? DEFAULT_INTERVAL_MS;
  const setCookie = setCookieOf(cookie, affinity, Math.floor(interval / 1000));
  return [{ service: names.primaryService, cookie, setCookie, canary: 0 }];
}

function withCookie(
  backend: BackendReference,
  told: ReadonlyMap<string, string>,
): BackendReference {
  const cookie = told.get(backend.name);
  return cookie === undefined ? backend : { ...backend, filters: [setCookieFilter(cookie)] };
}

function stayRule(
  weighted: RouteRule,
  { canaryService }: DeliveryNames,
  { cookie, canary }: Side,
): RouteRule {
  return {
    ...weighted,
    matches: mergedMatches([cookieMatch(cookiePattern(cookie))], weighted.matches ?? []),
    backendRefs: (weighted.backendRefs ?? []).map((backend) => ({
      ...backend,
      weight: backend.name === canaryService ? canary : 100 - canary,
    })),
  };
}

/** Clients of the canary before lose their cookie with their next request. */
function expiringRules({ cookies: { previous } }: RouteContext, weighted: RouteRule): RouteRule[] {
  if (previous === undefined) return [];
  return [
    {
      ...weighted,
      matches: mergedMatches([cookieMatch(cookiePattern(previous))], weighted.matches ?? []),
      filters: withSetCookie(weighted.filters, expireCookie(previous)),
    },
  ];
}
