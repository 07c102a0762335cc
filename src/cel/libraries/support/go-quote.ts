const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ['"', '\\"'],
]);
const PRINTABLE = /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]$/u;

/** A double-quoted Go string literal, as `%q`: what is not printable is escaped. */
export function goQuote(text: string): string {
  let quoted = '"';
  for (const point of text) quoted += SHORT_ESCAPES.get(point) ?? escapeUnprintable(point);
  return `${quoted}"`;
}

/** As {@link goQuote}, only what has a short escape of its own is escaped: CEL's `strings.quote`. */
export function celQuote(text: string): string {
  let quoted = '"';
  for (const point of text.toWellFormed()) quoted += SHORT_ESCAPES.get(point) ?? point;
  return `${quoted}"`;
}

function escapeUnprintable(point: string): string {
  if (PRINTABLE.test(point)) return point;
  const code = point.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x20 || code === 0x7f) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
