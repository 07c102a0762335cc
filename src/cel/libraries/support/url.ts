import { CelOpaque, type CelValue } from '../../values.ts';
import { noSuchOverload } from './arguments.ts';
import { fromByteString } from './byte-string.ts';
import { cut, isOptionalPort, parseUrl, type UrlParts } from './parse-url.ts';
import { succeeds } from './succeeds.ts';
import { escapeUrl, isPlain, unescapeUrl } from './url-escape.ts';

/** More parameters than this and Go reads none. */
const MAX_QUERY_PARAMETERS = 10_000;

/** `kubernetes.URL`: a URL as Go's net/url splits it. */
export class Url extends CelOpaque {
  override readonly typeName = 'kubernetes.URL';
  readonly #parts: UrlParts;

  /** @throws CelRuntimeError when the text is no absolute URI and no absolute path */
  constructor(text: string) {
    super();
    this.#parts = parseUrl(text);
  }

  override equals(other: CelValue): boolean {
    if (!(other instanceof Url)) throw noSuchOverload();
    return this.display() === other.display();
  }

  override display(): string {
    return fromByteString(printUrl(this.#parts));
  }

  get scheme(): string {
    return this.#parts.scheme;
  }

  get host(): string {
    return fromByteString(this.#parts.host);
  }

  get hostname(): string {
    return fromByteString(splitHostPort(this.#parts.host)[0]);
  }

  get port(): string {
    return splitHostPort(this.#parts.host)[1];
  }

  get escapedPath(): string {
    return fromByteString(escapedPath(this.#parts));
  }

  /** Values by key, in the order in which they stand; pairs that are not well formed are left out. */
  get query(): ReadonlyMap<string, readonly string[]> {
    const query = new Map<string, string[]>();
    const pairs = this.#parts.query.split('&');
    if (pairs.length > MAX_QUERY_PARAMETERS) return query;
    for (const pair of pairs) {
      const decoded = pair === '' || pair.includes(';') ? undefined : decodePair(pair);
      if (decoded === undefined) continue;
      const [key, value] = decoded;
      const values = query.get(key);
      if (values === undefined) query.set(key, [value]);
      else values.push(value);
    }
    return query;
  }
}

function decodePair(pair: string): [string, string] | undefined {
  const [key, value] = cut(pair, '=');
  const isWellFormed = succeeds(() => {
    unescapeUrl(key, 'query');
    unescapeUrl(value, 'query');
  });
  if (!isWellFormed) return undefined;
  return [fromByteString(unescapeUrl(key, 'query')), fromByteString(unescapeUrl(value, 'query'))];
}

function splitHostPort(hostPort: string): [string, string] {
  const colon = hostPort.lastIndexOf(':');
  const hasPort = colon >= 0 && isOptionalPort(hostPort.slice(colon));
  const host = hasPort ? hostPort.slice(0, colon) : hostPort;
  const port = hasPort ? hostPort.slice(colon + 1) : '';
  return [host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host, port];
}

function escapedPath({ path, rawPath }: UrlParts): string {
  if (rawPath !== '' && isValidEncoding(rawPath, 'path')) return rawPath;
  return path === '*' ? '*' : escapeUrl(path, 'path');
}

function escapedFragment({ fragment, rawFragment }: UrlParts): string {
  if (rawFragment !== '' && isValidEncoding(rawFragment, 'fragment')) return rawFragment;
  return escapeUrl(fragment, 'fragment');
}

const ALSO_VALID = new Set("!$&'()*+,;=:@[]%");

function isValidEncoding(raw: string, part: 'path' | 'fragment'): boolean {
  for (const byte of raw) {
    if (!ALSO_VALID.has(byte) && !isPlain(byte, part)) return false;
  }
  return true;
}

function printUrl(parts: UrlParts): string {
  let text = parts.scheme === '' ? '' : `${parts.scheme}:`;
  text += parts.opaque === '' ? printHierarchy(parts, text) : parts.opaque;
  if (parts.forceQuery || parts.query !== '') text += `?${parts.query}`;
  if (parts.fragment !== '') text += `#${escapedFragment(parts)}`;
  return text;
}

function printHierarchy(parts: UrlParts, before: string): string {
  const authority = printAuthority(parts);
  const path = escapedPath(parts);
  if (path !== '' && !path.startsWith('/') && parts.host !== '') return `${authority}/${path}`;
  const needsDot = before + authority === '' && cut(path, '/')[0].includes(':');
  return authority + (needsDot ? './' : '') + path;
}

function printAuthority({ scheme, host, user, path, omitHost }: UrlParts): string {
  const isBare = host === '' && user === undefined;
  if ((isBare && (scheme === '' || omitHost)) || (isBare && path === '')) return '';
  const password = user?.password === undefined ? '' : `:${escapeUrl(user.password, 'userinfo')}`;
  const userinfo = user === undefined ? '' : `${escapeUrl(user.name, 'userinfo')}${password}@`;
  return `//${userinfo}${escapeUrl(host, 'host')}`;
}
