import { CelRuntimeError } from '../../library.ts';
import { fromByteString } from './byte-string.ts';
import { goQuote } from './go-quote.ts';

/** Which part of a URL is escaped: each leaves other characters as they are. */
export type UrlPart = 'path' | 'host' | 'zone' | 'userinfo' | 'query' | 'fragment';

const UNRESERVED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';
const HOST = new Set(`${UNRESERVED}!"$&'()*+,:;<=>[]`);
const PLAIN: Readonly<Record<UrlPart, ReadonlySet<string>>> = {
  path: new Set(`${UNRESERVED}$&+,/:;=@`),
  host: HOST,
  zone: HOST,
  userinfo: new Set(`${UNRESERVED}$&+,;=`),
  query: new Set(UNRESERVED),
  fragment: new Set(`${UNRESERVED}!$&()*+,/:;=?@`),
};

/** Whether a byte stands for itself in this part. */
export function isPlain(byte: string, part: UrlPart): boolean {
  return PLAIN[part].has(byte);
}

/** Percent-encodes a byte string as Go's net/url does. */
export function escapeUrl(bytes: string, part: UrlPart): string {
  let escaped = '';
  for (const byte of bytes) {
    if (isPlain(byte, part)) escaped += byte;
    else if (byte === ' ' && part === 'query') escaped += '+';
    else escaped += `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}

/**
 * Decodes a byte string as Go's net/url does.
 * @throws CelRuntimeError `conversion` for a broken escape, or a character that a host must not hold
 */
export function unescapeUrl(escaped: string, part: UrlPart): string {
  let bytes = '';
  for (let i = 0; i < escaped.length; i += 1) {
    const byte = escaped.charAt(i);
    if (byte === '%') {
      bytes += decodeEscape(escaped.slice(i, i + 3), part);
      i += 2;
    } else {
      if (isForbiddenInHost(byte, part))
        throw invalidUrl('invalid character', byte, ' in host name');
      bytes += byte === '+' && part === 'query' ? ' ' : byte;
    }
  }
  return bytes;
}

function isForbiddenInHost(byte: string, part: UrlPart): boolean {
  return (part === 'host' || part === 'zone') && byte < '\u0080' && !isPlain(byte, part);
}

function decodeEscape(escape: string, part: UrlPart): string {
  if (!/^%[0-9a-fA-F]{2}$/.test(escape)) throw invalidUrl('invalid URL escape', escape);
  const code = Number.parseInt(escape.slice(1), 16);
  const byte = String.fromCharCode(code);
  // RFC 6874 allows only %25 in a host; in a zone anything that a host may hold, and a space.
  const isAllowed =
    escape === '%25' ||
    (part === 'host' && code >= 0x80) ||
    (part === 'zone' && (byte === ' ' || isPlain(byte, 'host')));
  if ((part === 'host' || part === 'zone') && !isAllowed)
    throw invalidUrl('invalid URL escape', escape);
  return byte;
}

/** What a text that is no URL is answered with. */
export class UrlError extends CelRuntimeError {
  /** Go's own words, with the part of the text that is wrong: for a value, never for a message. */
  readonly detail: string;

  constructor(problem: string, detail = problem) {
    super(
      problem.includes('invalid') ? 'conversion' : 'other',
      `URL parse error during conversion from string: ${problem}`,
    );
    this.detail = detail;
  }
}

/** @param culprit the part of the text that is wrong, which follows `problem` in Go's words */
export function invalidUrl(problem: string, culprit?: string, after = ''): UrlError {
  if (culprit === undefined) return new UrlError(problem);
  const quoted = goQuote(fromByteString(culprit));
  return new UrlError(problem + after, `${problem} ${quoted}${after}`);
}
