import { formatFloat } from './number-format.ts';
import { quote } from './quote.ts';
import { isForeign, sortedEntries, Text, typeName, type TextPart, type Value } from './values.ts';

const DIRECTIVE = /%([-+# 0]*)(\d*)(?:\.(\d*))?(\[|\*|[^])?/gu;
const MAX_WIDTH = 1000;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly verb: string;
}

/**
 * Go's fmt.Sprintf for the values of templates.
 * @throws Error for what is not supported: `[n]`, `*`, the flag `#`, widths above 1,000, and `%b` and `%x` of floats
 */
export function printf(format: Text, values: readonly Value[]): Text {
  const parts: TextPart[] = [];
  const foreign = format.hasForeign;
  const source = format.toString();
  let used = 0;
  let end = 0;
  for (const found of source.matchAll(DIRECTIVE)) {
    parts.push({ text: source.slice(end, found.index), foreign });
    end = found.index + found[0].length;
    const directive = directiveOf(found);
    if (directive.verb === '') parts.push({ text: '%!(NOVERB)', foreign });
    else if (directive.verb === '%') parts.push({ text: '%', foreign });
    else parts.push(formatted(directive, values, used++));
  }
  parts.push({ text: source.slice(end), foreign });
  return new Text([...parts, ...extra(values.slice(used))]);
}

function directiveOf([, flags = '', width = '', precision, verb = '']: RegExpExecArray): Directive {
  if (verb === '[' || verb === '*' || flags.includes('#')) {
    throw new Error('printf: argument indexes, * and the flag # are not supported');
  }
  if (Number(width) > MAX_WIDTH || Number(precision ?? 0) > MAX_WIDTH) {
    throw new Error(`printf: widths above ${MAX_WIDTH} are not supported`);
  }
  return {
    flags,
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
    verb,
  };
}

function formatted(directive: Directive, values: readonly Value[], index: number): TextPart {
  const value = values[index];
  if (value === undefined) return { text: `%!${directive.verb}(MISSING)`, foreign: false };
  return { text: one(directive, value), foreign: isForeign(value) };
}

function extra(values: readonly Value[]): TextPart[] {
  if (values.length === 0) return [];
  const said = values.map((value) =>
    value === null ? '<nil>' : `${typeName(value)}=${plain(value)}`,
  );
  return [{ text: `%!(EXTRA ${said.join(', ')})`, foreign: values.some(isForeign) }];
}

function one(directive: Directive, value: Value): string {
  const { verb } = directive;
  if (verb === 'T') return padded(directive, value === null ? '<nil>' : typeName(value));
  if (value === null) return verb === 'v' ? padded(directive, '<nil>') : `%!${verb}(<nil>)`;
  if (value instanceof Map || Array.isArray(value)) return collection(directive, value);
  const text = scalar(directive, value as Text | bigint | number | boolean);
  // Width, precision and signs hold for what stands in its place, too.
  return text ?? `%!${verb}(${typeName(value)}=${one({ ...directive, verb: 'v' }, value)})`;
}

function scalar(directive: Directive, value: Text | bigint | number | boolean): string | undefined {
  if (value instanceof Text) return string(directive, value.toString());
  if (typeof value === 'bigint') return integer(directive, value);
  if (typeof value === 'number') return float(directive, value);
  return 'vt'.includes(directive.verb) ? padded(directive, String(value)) : undefined;
}

function string(directive: Directive, value: string): string | undefined {
  const { verb, precision } = directive;
  const text = precision === undefined ? value : Array.from(value).slice(0, precision).join('');
  if (verb === 's' || verb === 'v') return padded(directive, text);
  if (verb === 'q') return padded(directive, quote(text));
  if (verb !== 'x' && verb !== 'X') return undefined;
  const bytes = Buffer.from(value).subarray(0, precision).toString('hex');
  return padded(directive, verb === 'x' ? bytes : bytes.toUpperCase());
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, x: 16, X: 16, O: 8 };

function integer(directive: Directive, value: bigint): string | undefined {
  const { verb, precision, flags } = directive;
  if (verb === 'c') return padded(directive, character(value));
  if (verb === 'q') return padded(directive, quote(character(value), "'"));
  const size = value < 0n ? -value : value;
  if (verb === 'U') {
    const hex = BigInt.asUintN(64, value).toString(16).toUpperCase();
    return padded(directive, `U+${hex.padStart(4, '0')}`);
  }
  const base = BASES[verb];
  if (base === undefined) return undefined;
  const digits = size === 0n && precision === 0 ? '' : size.toString(base);
  const text = (verb === 'O' ? '0o' : '') + digits.padStart(precision ?? 0, '0');
  const shown = verb === 'X' ? text.toUpperCase() : text;
  // With a precision zeros do not fill the width.
  const fill = precision === undefined ? flags : flags.replaceAll('0', '');
  return signed({ ...directive, flags: fill }, value < 0n, shown);
}

function character(point: bigint): string {
  const isScalar = point >= 0n && point <= 0x10ffffn && (point < 0xd800n || point > 0xdfffn);
  return isScalar ? String.fromCodePoint(Number(point)) : '\ufffd';
}

const FLOATS: Readonly<Record<string, 'e' | 'f' | 'g'>> = {
  v: 'g',
  g: 'g',
  G: 'g',
  e: 'e',
  E: 'e',
  f: 'f',
  F: 'f',
};

function float(directive: Directive, value: number): string | undefined {
  const { verb, precision } = directive;
  if ('bxX'.includes(verb)) throw new Error(`printf: %${verb} of a float is not supported`);
  const kind = FLOATS[verb];
  if (kind === undefined) return undefined;
  const text = formatFloat(value, kind, precision ?? (kind === 'g' ? undefined : 6));
  const size = text.replace(/^[-+]/, '');
  const isNegative = text.startsWith('-');
  if (!Number.isFinite(value)) return infinite(directive, text);
  const isUpper = verb === 'E' || verb === 'G';
  return signed(directive, isNegative, isUpper ? size.toUpperCase() : size);
}

/** Infinity keeps its sign, and zeros do not fill it up. */
function infinite(directive: Directive, text: string): string {
  return padded({ ...directive, flags: directive.flags.replaceAll('0', '') }, text);
}

function signed(directive: Directive, isNegative: boolean, size: string): string {
  const { flags, width } = directive;
  const sign = isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  if (!flags.includes('0') || flags.includes('-')) return padded(directive, sign + size);
  return sign + size.padStart(width - sign.length, '0');
}

function collection(directive: Directive, value: Value): string {
  const each = { ...directive, width: directive.width };
  if (value instanceof Map) {
    const entries = sortedEntries(value as ReadonlyMap<string, Value>);
    return `map[${entries.map(([key, item]) => `${one(each, Text.own(key))}:${one(each, item)}`).join(' ')}]`;
  }
  return `[${(value as readonly Value[]).map((item) => one(each, item)).join(' ')}]`;
}

function padded({ flags, width }: Directive, text: string): string {
  const fill = Math.max(0, width - Array.from(text).length);
  if (flags.includes('-')) return text + ' '.repeat(fill);
  return (flags.includes('0') ? '0' : ' ').repeat(fill) + text;
}

const PLAIN: Directive = { flags: '', width: 0, precision: undefined, verb: 'v' };

/** As Go prints it with `%v`. */
export function plain(value: Value): string {
  return one(PLAIN, value);
}

/** Go's fmt.Sprint: a space between two that are both no strings. */
export function print(values: readonly Value[]): Text {
  const parts: TextPart[] = [];
  values.forEach((value, index) => {
    const before = values[index - 1];
    const spaced = index > 0 && !(value instanceof Text) && !(before instanceof Text);
    if (spaced) parts.push({ text: ' ', foreign: false });
    parts.push(...partsOf(value));
  });
  return new Text(parts);
}

/** Go's fmt.Sprintln. */
export function println(values: readonly Value[]): Text {
  const parts = values.flatMap((value, index) =>
    index === 0 ? partsOf(value) : [{ text: ' ', foreign: false }, ...partsOf(value)],
  );
  return new Text([...parts, { text: '\n', foreign: false }]);
}

/** What a value prints, with where it came from. */
export function partsOf(value: Value): readonly TextPart[] {
  return value instanceof Text ? value.parts : [{ text: plain(value), foreign: isForeign(value) }];
}
