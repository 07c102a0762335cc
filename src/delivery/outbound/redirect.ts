/** An answer and the call that it belongs to. */
export interface Redirecting {
  readonly status: number;
  readonly location: string | undefined;
  readonly url: URL;
  /** Redirects followed so far. */
  readonly hops: number;
}

/** Where to go on. */
export interface Redirect {
  readonly url: URL;
  /** The next request is a GET without a body, as browsers and Go's client make it of 301, 302 and 303. */
  readonly becomesGet: boolean;
}

const MAX_HOPS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * What a redirect asks for.
 * @returns undefined when the answer is no redirect; a text when it may not be followed
 */
export function redirectOf(answer: Redirecting): Redirect | string | undefined {
  if (!REDIRECTS.has(answer.status) || answer.location === undefined) return undefined;
  const url = URL.parse(answer.location, answer.url.href);
  if (url === null) return 'the server redirects to no URL';
  // Headers with credentials go along: never to another host, never from TLS into the clear.
  if (url.hostname !== answer.url.hostname) return 'the server redirects to another host';
  const isTls = url.protocol === 'https:';
  if (!isTls && (url.protocol !== 'http:' || answer.url.protocol === 'https:')) {
    return 'the server redirects away from https';
  }
  if (answer.hops >= MAX_HOPS) return `the server redirects more than ${MAX_HOPS} times`;
  return { url, becomesGet: answer.status <= 303 };
}
