// An underscore may stand between digits, and after 0x.
const MISPLACED = /(?<!\d)_|_(?!\d)/;
const MISPLACED_IN_HEX = /(?<![0-9a-fx])_|_(?![0-9a-f])/i;

/** Reads a double as Go's `strconv.ParseFloat(text, 64)`; undefined when that would fail. */
export function parseDouble(literal: string): number | undefined {
  const isHex = /^[+-]?0x/i.test(literal);
  if ((isHex ? MISPLACED_IN_HEX : MISPLACED).test(literal)) return undefined;
  const text = literal.replaceAll('_', '');
  const special = /^([+-]?)(?:inf|infinity)$/i.exec(text);
  if (special !== null) return special[1] === '-' ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (isHex) return parseHexDouble(text);
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function parseHexDouble(text: string): number | undefined {
  const match = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)$/i.exec(text);
  const [, sign, whole = '', fraction = '', power] = match ?? [];
  if (match === null || whole + fraction === '') return undefined;
  const mantissa = Number(BigInt(`0x${whole}${fraction}`));
  const value = mantissa * 2 ** (Number(power) - 4 * fraction.length);
  if (!Number.isFinite(value)) return undefined;
  return sign === '-' ? -value : value;
}
