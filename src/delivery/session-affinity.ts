import { createHash } from 'node:crypto';
import type { Canary } from '../domain/canary.ts';
import type { RolloutRun } from '../domain/run.ts';

/** The cookies that keep a client on one side, each as `name=value`; absent when there is none. */
export interface SessionCookies {
  /** Of clients that got the canary; a route with a weight above 0 sets it. */
  readonly canary?: string;
  /** Of clients that got the primary meanwhile; only with `primaryCookieName`. */
  readonly primary?: string;
  /** Of the canary before: a route without a weight lets it expire. */
  readonly previous?: string;
}

/** `spec.analysis.sessionAffinity`. `maxAge` is seconds. */
export interface SessionAffinity {
  readonly cookieName: string;
  readonly primaryCookieName?: string;
  readonly domain?: string;
  readonly httpOnly?: boolean;
  readonly maxAge?: number;
  readonly partitioned?: boolean;
  readonly path?: string;
  readonly sameSite?: string;
  readonly secure?: boolean;
}

/** The fields of a Canary's status that keep the cookies, as Flagger names them. */
export interface CookieFields {
  /** Undefined takes it away. */
  sessionAffinityCookie?: string | undefined;
  primarySessionAffinityCookie?: string;
  previousSessionAffinityCookie?: string;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const VALUE_LENGTH = 10;
const DAY_SECONDS = 86_400;

/** The Canary's session affinity; undefined when it asks for none. */
export function sessionAffinityOf(canary: Canary): SessionAffinity | undefined {
  return canary.spec.analysis?.sessionAffinity as SessionAffinity | undefined;
}

/**
 * The cookies that the Canary's route has to know. What its status says comes first, so that the clients of a run that
 * another executor began keep theirs.
 */
export function cookiesOf(canary: Canary, run: RolloutRun | undefined): SessionCookies {
  const affinity = sessionAffinityOf(canary);
  if (affinity === undefined) return {};
  const made = run && madeFor(run, affinity);
  const live = text(canary.status?.sessionAffinityCookie);
  return {
    ...named('canary', live ?? made?.canary),
    ...named('primary', primaryCookie(canary, affinity, made)),
    ...named('previous', live ?? previousCookie(canary, run, made)),
  };
}

/**
 * What the Canary's status says about cookies once the run's weights are live: as Flagger, the primary's value is there
 * with an empty name, too, and stays; the canary's moves when its weight is taken back.
 */
export function cookieFields(canary: Canary, run: RolloutRun): CookieFields {
  const affinity = sessionAffinityOf(canary);
  if (affinity === undefined) return {};
  const live = text(canary.status?.sessionAffinityCookie);
  if ((run.status?.weights.canary ?? 0) > 0) {
    const made = madeFor(run, affinity);
    const kept = text(canary.status?.primarySessionAffinityCookie);
    return {
      sessionAffinityCookie: live ?? made.canary,
      primarySessionAffinityCookie: kept ?? made.primary,
    };
  }
  if (live === undefined) return {};
  return { sessionAffinityCookie: undefined, previousSessionAffinityCookie: live };
}

function named(name: keyof SessionCookies, cookie: string | undefined): SessionCookies {
  return cookie === undefined ? {} : { [name]: cookie };
}

/** Without a name for it no client gets one. */
function primaryCookie(
  { status }: Canary,
  { primaryCookieName = '' }: SessionAffinity,
  made: Made | undefined,
): string | undefined {
  if (primaryCookieName === '') return undefined;
  const kept = text(status?.primarySessionAffinityCookie);
  return kept === undefined || kept.startsWith('=') ? made?.primary : kept;
}

function previousCookie(
  { status }: Canary,
  run: RolloutRun | undefined,
  made: Made | undefined,
): string | undefined {
  const kept = text(status?.previousSessionAffinityCookie);
  return kept ?? (run !== undefined && everRouted(run) ? made?.canary : undefined);
}

/**
 * The value of a `Set-Cookie` header.
 * @param cookie `name=value`
 * @param maxAgeSeconds how long a client keeps it
 */
export function setCookieOf(
  cookie: string,
  affinity: SessionAffinity,
  maxAgeSeconds: number,
): string {
  const { domain = '', path = '', sameSite = '' } = affinity;
  return [
    `${cookie}; Max-Age=${maxAgeSeconds}`,
    ...(domain === '' ? [] : [`Domain=${domain}`]),
    ...(affinity.httpOnly === true ? ['HttpOnly'] : []),
    ...(affinity.partitioned === true ? ['Partitioned'] : []),
    ...(path === '' ? [] : [`Path=${path}`]),
    ...(sameSite === '' ? [] : [`SameSite=${sameSite}`]),
    ...(affinity.secure === true ? ['Secure'] : []),
  ].join('; ');
}

/** The `Set-Cookie` by which the canary's clients keep theirs: a day unless the spec says otherwise. */
export function setCanaryCookie(cookie: string, affinity: SessionAffinity): string {
  const { maxAge = 0 } = affinity;
  return setCookieOf(cookie, affinity, maxAge === 0 ? DAY_SECONDS : maxAge);
}

/** The `Set-Cookie` that makes a client forget a cookie. */
export function expireCookie(cookie: string): string {
  return `${cookie}; Max-Age=-1`;
}

/** What a `Cookie` header with this cookie looks like, as a regular expression. */
export function cookiePattern(cookie: string): string {
  const [name = '', value = ''] = cookie.split('=');
  return `.*${name}.*${value}.*`;
}

/** The cookies of a run, whether or not a client gets them. */
interface Made {
  readonly canary: string;
  readonly primary: string;
}

function madeFor(
  { metadata }: RolloutRun,
  { cookieName, primaryCookieName = '' }: SessionAffinity,
): Made {
  const { uid = metadata.name } = metadata;
  return {
    canary: `${cookieName}=${valueOf(`canary/${uid}`)}`,
    primary: `${primaryCookieName}=${valueOf(`primary/${uid}`)}`,
  };
}

/** Ten letters that are the same whenever they are asked for. */
function valueOf(seed: string): string {
  const digest = createHash('sha256').update(seed).digest().subarray(0, VALUE_LENGTH);
  return [...digest].map((byte) => LETTERS.charAt(byte % LETTERS.length)).join('');
}

function everRouted({ status }: RolloutRun): boolean {
  if (status === undefined) return false;
  return status.weights.canary > 0 || status.steps.some(({ weight }) => weight > 0);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
