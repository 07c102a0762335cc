import { CelUint, type CelValue } from '../values.ts';
import type { Issue } from './issue.ts';
import type { TokenKind } from './lexer.ts';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** What a literal means, or what is wrong with it. */
export type Literal<T> = { readonly value: T } | { readonly problem: Omit<Issue, 'offset'> };

/** The value of a literal token. @param text with the sign of a number */
export function literalOf(kind: TokenKind, text: string): Literal<CelValue> {
  switch (kind) {
    case 'int':
      return intLiteral(text);
    case 'float':
      return doubleLiteral(text);
    case 'uint':
      return uintLiteral(text);
    case 'bytes':
      return bytesLiteral(text);
    default:
      return stringLiteral(text);
  }
}

const problem = (message: string): { readonly problem: Omit<Issue, 'offset'> } => ({
  problem: { errorClass: message.includes('invalid') ? 'literal' : 'other', message },
});

function intLiteral(text: string): Literal<bigint> {
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX ? { value } : problem('invalid int literal');
}

function uintLiteral(text: string): Literal<CelUint> {
  const value = BigInt(text.slice(0, -1));
  return value <= UINT64_MAX ? { value: new CelUint(value) } : problem('invalid uint literal');
}

function doubleLiteral(text: string): Literal<number> {
  const value = Number(text);
  return Number.isFinite(value) ? { value } : problem('invalid double literal');
}

/** @param text with quotes and an optional `r` before them */
function stringLiteral(text: string): Literal<string> {
  const { body, isRaw } = unquote(text);
  if (isRaw || !body.includes('\\')) return { value: body };
  const points = [...body.matchAll(ESCAPE)].map(([, code = '']) => codePointOf(code));
  if (points.some((point) => point !== undefined && !isScalar(point))) {
    return problem('invalid unicode code point');
  }
  const value = body.replace(ESCAPE, (_match, code: string) => {
    const point = codePointOf(code);
    return point === undefined ? (SIMPLE[code] ?? '') : String.fromCodePoint(point);
  });
  return { value };
}

const isScalar = (point: number): boolean =>
  point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);

/** @param text with the leading `b`; `\x` and octal escapes are bytes, other characters are UTF-8 */
function bytesLiteral(text: string): Literal<Uint8Array> {
  const { body, isRaw } = unquote(text.slice(1));
  if (isRaw || !body.includes('\\')) return { value: new TextEncoder().encode(body) };
  if (/(?:^|[^\\])(?:\\\\)*\\[uU]/.test(body)) return problem('unable to unescape string');
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const match of body.matchAll(ESCAPE)) {
    parts.push(new TextEncoder().encode(body.slice(end, match.index)));
    const code = match[1] ?? '';
    const point = codePointOf(code);
    parts.push(
      point === undefined ? new TextEncoder().encode(SIMPLE[code]) : Uint8Array.of(point & 0xff),
    );
    end = match.index + match[0].length;
  }
  parts.push(new TextEncoder().encode(body.slice(end)));
  return { value: new Uint8Array(Buffer.concat(parts)) };
}

const ESCAPE = /\\([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7][0-7]|[^])/g;
const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};

function codePointOf(code: string): number | undefined {
  if (/^[xXuU]./.test(code)) return Number.parseInt(code.slice(1), 16);
  return /^[0-3][0-7][0-7]$/.test(code) ? Number.parseInt(code, 8) : undefined;
}

function unquote(text: string): { readonly body: string; readonly isRaw: boolean } {
  const isRaw = /^[rR]/.test(text);
  const quoted = (isRaw ? text.slice(1) : text).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  const isTriple = quoted.length >= 6 && /^(?:"""|''')/.test(quoted);
  const width = isTriple ? 3 : 1;
  return { body: quoted.slice(width, -width), isRaw };
}
