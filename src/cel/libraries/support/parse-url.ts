import { toByteString } from './byte-string.ts';
import { parseAddress } from './ip-address.ts';
import { succeeds } from './succeeds.ts';
import { escapeUrl, invalidUrl, unescapeUrl } from './url-escape.ts';

/** A URL in the parts of Go's net/url, as byte strings. */
export interface UrlParts {
  readonly scheme: string;
  readonly opaque: string;
  readonly user: { readonly name: string; readonly password?: string } | undefined;
  readonly host: string;
  readonly path: string;
  /** The path as written, when escaping `path` gives something else. */
  readonly rawPath: string;
  readonly query: string;
  /** A `?` with nothing after it. */
  readonly forceQuery: boolean;
  /** `scheme:/path`, without an authority. */
  readonly omitHost: boolean;
  readonly fragment: string;
  readonly rawFragment: string;
}

const EMPTY: UrlParts = {
  scheme: '',
  opaque: '',
  user: undefined,
  host: '',
  path: '',
  rawPath: '',
  query: '',
  forceQuery: false,
  omitHost: false,
  fragment: '',
  rawFragment: '',
};

/**
 * Checks an absolute URI or absolute path as `url.ParseRequestURI` does (a `#` is an ordinary character there).
 * @throws CelRuntimeError `conversion` or `other`, as Go words it
 */
export function checkRequestUri(text: string): void {
  parse(toByteString(text), true);
}

/**
 * Reads a URL: must pass {@link checkRequestUri}, then the fragment is cut off.
 * @throws CelRuntimeError
 */
export function parseUrl(text: string): UrlParts {
  checkRequestUri(text);
  const [rest, fragment] = cut(toByteString(text), '#');
  const url = parse(rest, false);
  if (fragment === '') return url;
  const plain = unescapeUrl(fragment, 'fragment');
  const isUsual = escapeUrl(plain, 'fragment') === fragment;
  return { ...url, fragment: plain, rawFragment: isUsual ? '' : fragment };
}

function parse(raw: string, viaRequest: boolean): UrlParts {
  if (/[\u0000-\u001f\u007f]/.test(raw))
    throw invalidUrl('net/url: invalid control character in URL');
  if (raw === '' && viaRequest) throw invalidUrl('empty url');
  if (raw === '*') return { ...EMPTY, path: '*' };
  const { scheme, rest: afterScheme } = splitScheme(raw);
  const { rest, query, forceQuery } = splitQuery(afterScheme);
  const url = { ...EMPTY, scheme: scheme.toLowerCase(), query, forceQuery };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...url, opaque: rest };
    if (viaRequest) throw invalidUrl('invalid URI for request');
    if (cut(rest, '/')[0].includes(':'))
      throw invalidUrl('first path segment in URL cannot contain colon');
  }
  return withAuthority(url, rest, viaRequest);
}

function splitScheme(raw: string): { scheme: string; rest: string } {
  if (raw.startsWith(':')) throw invalidUrl('missing protocol scheme');
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(raw);
  if (match === null) return { scheme: '', rest: raw };
  return { scheme: match[1] ?? '', rest: raw.slice(match[0].length) };
}

function splitQuery(rest: string): { rest: string; query: string; forceQuery: boolean } {
  const at = rest.indexOf('?');
  if (at < 0) return { rest, query: '', forceQuery: false };
  const query = rest.slice(at + 1);
  return { rest: rest.slice(0, at), query, forceQuery: query === '' };
}

function withAuthority(url: UrlParts, rest: string, viaRequest: boolean): UrlParts {
  const mayHaveHost = url.scheme !== '' || (!viaRequest && !rest.startsWith('///'));
  if (!mayHaveHost || !rest.startsWith('//')) {
    const omitHost = url.scheme !== '' && rest.startsWith('/');
    return { ...url, omitHost, ...parsePath(rest) };
  }
  const end = rest.indexOf('/', 2);
  const authority = end < 0 ? rest.slice(2) : rest.slice(2, end);
  const path = end < 0 ? '' : rest.slice(end);
  return { ...url, ...parseAuthority(url.scheme, authority), ...parsePath(path) };
}

function parsePath(path: string): Pick<UrlParts, 'path' | 'rawPath'> {
  const plain = unescapeUrl(path, 'path');
  return { path: plain, rawPath: escapeUrl(plain, 'path') === path ? '' : path };
}

function parseAuthority(scheme: string, authority: string): Pick<UrlParts, 'user' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return { user: undefined, host };
  const userinfo = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo))
    throw invalidUrl('net/url: invalid userinfo');
  const [name, password] = cut(userinfo, ':');
  const user = { name: unescapeUrl(name, 'userinfo') };
  if (!userinfo.includes(':')) return { user, host };
  return { user: { ...user, password: unescapeUrl(password, 'userinfo') }, host };
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[');
  if (open > 0) throw invalidUrl('invalid IP-literal');
  if (open === 0) return parseIpLiteral(host);
  const first = host.indexOf(':');
  if (first >= 0) {
    const isWeb = scheme === 'http' || scheme === 'https';
    checkPort(host.slice(isWeb ? first : host.lastIndexOf(':')));
  }
  return unescapeUrl(host, 'host');
}

function parseIpLiteral(host: string): string {
  const close = host.lastIndexOf(']');
  if (close < 0) throw invalidUrl("missing ']' in host");
  const port = host.slice(close + 1);
  checkPort(port);
  const name = host.slice(1, close);
  const zone = name.indexOf('%25');
  const plain =
    zone < 0
      ? unescapeUrl(name, 'host')
      : unescapeUrl(name.slice(0, zone), 'host') + unescapeUrl(name.slice(zone), 'zone');
  if (!plain.includes(':') || !succeeds(() => parseAddress(plain))) {
    throw invalidUrl('invalid IP-literal');
  }
  return `[${plain}]${unescapeUrl(port, 'host')}`;
}

function checkPort(port: string): void {
  if (!isOptionalPort(port)) throw invalidUrl('invalid port', port, ' after host');
}

/** '' or a colon and digits (or none). */
export function isOptionalPort(port: string): boolean {
  return /^(?::\d*)?$/.test(port);
}

/** Before and after the first separator; the rest is '' when there is none. */
export function cut(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
