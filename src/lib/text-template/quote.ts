const NAMED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** A text as a Go literal: what cannot be printed becomes an escape. */
export function quote(text: string, mark: '"' | "'" = '"'): string {
  return mark + Array.from(text, (character) => escaped(character, mark)).join('') + mark;
}

function escaped(character: string, mark: string): string {
  if (character === mark) return `\\${mark}`;
  const named = NAMED[character];
  if (named !== undefined) return named;
  if (isPrintable(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  if (point < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return point > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** What Go's unicode.IsPrint takes for printable: letters, marks, numbers, punctuation, symbols and the space. */
export function isPrintable(character: string): boolean {
  return character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);
}
