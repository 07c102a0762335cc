const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};
const ESCAPE =
  /\\(?:([abfnrtv\\"'])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;

/**
 * The value of a string in double quotes, by Go's rules. Bytes given by number are read as UTF-8.
 * @returns undefined when an escape is not valid
 */
export function unquote(quoted: string): string | undefined {
  return unescaped(quoted.slice(1, -1), '"');
}

/**
 * The code point of a character constant, as decimal digits.
 * @returns undefined when it is not one character
 */
export function charOf(quoted: string): string | undefined {
  const text = unescaped(quoted.slice(1, -1), "'");
  const points = text === undefined ? [] : Array.from(text);
  return points.length === 1 ? String(points[0]?.codePointAt(0)) : undefined;
}

function unescaped(body: string, quote: string): string | undefined {
  const bytes: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const slash = body.indexOf('\\', at);
    const end = slash < 0 ? body.length : slash;
    bytes.push(Buffer.from(body.slice(at, end)));
    if (slash < 0) break;
    ESCAPE.lastIndex = slash;
    const found = ESCAPE.exec(body);
    const value = found === null ? undefined : escapeValue(found, quote);
    if (found === null || value === undefined) return undefined;
    bytes.push(value);
    at = slash + found[0].length;
  }
  return Buffer.concat(bytes).toString('utf8');
}

function escapeValue(found: RegExpExecArray, quote: string): Buffer | undefined {
  const [, simple, octal, hex, short, long] = found;
  if (simple !== undefined) {
    const value = simple === quote ? quote : SIMPLE[simple];
    return value === undefined ? undefined : Buffer.from(value);
  }
  if (octal !== undefined) return byteOf(parseInt(octal, 8));
  if (hex !== undefined) return byteOf(parseInt(hex, 16));
  const point = parseInt(short ?? long ?? '', 16);
  const isScalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return isScalar ? Buffer.from(String.fromCodePoint(point)) : undefined;
}

function byteOf(value: number): Buffer | undefined {
  return value <= 255 ? Buffer.from([value]) : undefined;
}

/**
 * The value of a number by Go's rules for untyped constants: a float when it has a point or an exponent.
 * @returns undefined when it is not valid or does not fit into 64 bits
 */
export function numberOf(text: string): bigint | number | undefined {
  const plain = text.replaceAll('_', '');
  if (/^[+-]?0[xXbBoO]/.test(plain)) return within(BigInt(plain.replace(/^[+-]/, '')), plain);
  if (/[.eE]/.test(plain)) {
    const value = Number(plain);
    return Number.isFinite(value) ? value : undefined;
  }
  const digits = plain.replace(/^[+-]/, '');
  if (!/^0\d/.test(digits)) return within(BigInt(digits), plain);
  return /^[0-7]+$/.test(digits) ? within(BigInt(`0o${digits.slice(1)}`), plain) : undefined;
}

function within(size: bigint, text: string): bigint | undefined {
  const value = text.startsWith('-') ? -size : size;
  return value === BigInt.asIntN(64, value) ? value : undefined;
}
