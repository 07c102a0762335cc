/** The value of a scalar, and where each of its UTF-16 code units stands in the file. */
export interface ScalarMap {
  readonly value: string;
  /** One offset more than the value has units: the last is where the scalar ends. */
  readonly offsets: readonly number[];
}

/** Collects a value unit by unit. */
class Builder {
  value = '';
  readonly offsets: number[] = [];

  add(text: string, offset: number): void {
    for (let index = 0; index < text.length; index++) this.offsets.push(offset);
    this.value += text;
  }

  /** Text that stands in the file as it is. */
  copy(source: string, from: number, to: number): void {
    for (let offset = from; offset < to; offset++) this.offsets.push(offset);
    this.value += source.slice(from, to);
  }

  /** Takes back blanks that turned out to end a line, but none before `from`. */
  trim(from: number): void {
    let { length } = this.value;
    while (length > from && /[ \t]/.test(this.value[length - 1] ?? '')) length--;
    this.value = this.value.slice(0, length);
    this.offsets.length = length;
  }

  end(offset: number): ScalarMap {
    const last = this.offsets.at(-1) ?? offset;
    return { value: this.value, offsets: [...this.offsets, Math.max(offset, last)] };
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
};
const HEX: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * Reads a plain or quoted scalar (YAML 1.2.2 §7.3): lines fold, escapes stand for what they name.
 * @param from its first character, the quote included; @param to behind its last
 */
export function flowScalarMap(source: string, from: number, to: number): ScalarMap {
  const quote = source[from] === '"' || source[from] === "'" ? source[from] : '';
  const end = to - quote.length;
  const built = new Builder();
  // Blanks that an escape made are not trimmed.
  let kept = 0;
  let offset = from + quote.length;
  while (offset < end) {
    const unit = source[offset] ?? '';
    if (isBreak(source, offset)) {
      built.trim(kept);
      offset = fold(built, source, offset, end);
      kept = built.value.length;
    } else if (quote === '"' && unit === '\\') {
      offset = escape(built, source, offset);
      kept = built.value.length;
    } else if (quote === "'" && unit === "'") {
      built.add("'", offset);
      offset += 2;
    } else {
      built.copy(source, offset, ++offset);
    }
  }
  return built.end(end);
}

function isBreak(source: string, offset: number): boolean {
  return source[offset] === '\n' || (source[offset] === '\r' && source[offset + 1] === '\n');
}

/** Line breaks and the blanks around them: one is a space, n are n - 1 line feeds. @returns where the text goes on */
function fold(built: Builder, source: string, start: number, end: number): number {
  const breaks = breaksFrom(source, start, end);
  const [first = start, ...others] = breaks.at;
  if (others.length === 0) built.add(' ', first);
  else for (const each of others) built.add('\n', each);
  return breaks.next;
}

function breaksFrom(
  source: string,
  start: number,
  end: number,
): { readonly at: readonly number[]; readonly next: number } {
  const at: number[] = [];
  let offset = start;
  while (offset < end) {
    if (isBreak(source, offset)) {
      at.push(offset);
      offset += source[offset] === '\r' ? 2 : 1;
    } else if (source[offset] === ' ' || source[offset] === '\t') offset++;
    else break;
  }
  return { at, next: Math.min(offset, end) };
}

/** A backslash and what it stands for. @returns where the text goes on */
function escape(built: Builder, source: string, offset: number): number {
  if (isBreak(source, offset + 1)) {
    const { at, next } = breaksFrom(source, offset + 1, source.length);
    for (const each of at.slice(1)) built.add('\n', each);
    return next;
  }
  const name = source[offset + 1] ?? '';
  const digits = HEX[name];
  if (digits === undefined) {
    built.add(ESCAPES[name] ?? name, offset);
    return offset + 2;
  }
  const code = Number.parseInt(source.slice(offset + 2, offset + 2 + digits), 16);
  built.add(code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd', offset);
  return offset + 2 + digits;
}

interface Line {
  readonly start: number;
  /** Behind its last character, the line break not counted. */
  readonly end: number;
  readonly indent: number;
}

/**
 * Reads a block scalar (YAML 1.2.2 §8.1).
 * @param from its `|` or `>`; @param to behind its last line
 * @param parentIndent of the collection it stands in, for an indentation indicator
 */
export function blockScalarMap(
  source: string,
  from: number,
  to: number,
  parentIndent: number,
): ScalarMap {
  const headerEnd = lineEnd(source, from, to);
  const [, digit = '', chomp = ''] = headerOf(source.slice(from + 1, headerEnd));
  const lines = linesOf(source, nextLine(source, headerEnd, to), to);
  const first = lines.find(({ start, end, indent }) => start + indent < end);
  const indent =
    digit === '' ? (first?.indent ?? Infinity) : Math.max(parentIndent, 0) + Number(digit);
  // Blanks beyond the indentation are text.
  const last = lines.findLastIndex(({ start, end }) => start + indent < end);
  const built = new Builder();
  const content = lines.slice(0, last + 1);
  if (source[from] === '>') foldLines(built, source, content, indent);
  else keepLines(built, source, content, indent);
  const tail =
    chomp === '-' ? [] : chomp === '+' ? lines.slice(Math.max(last, 0)) : content.slice(-1);
  for (const line of tail) built.add('\n', line.end);
  return built.end(content.at(-1)?.end ?? headerEnd);
}

function headerOf(header: string): readonly string[] {
  const found = /^(?:([1-9])([-+])?|([-+])([1-9])?)?/.exec(header);
  return ['', found?.[1] ?? found?.[4] ?? '', found?.[2] ?? found?.[3] ?? ''];
}

function lineEnd(source: string, from: number, to: number): number {
  const found = source.indexOf('\n', from);
  const end = found < 0 || found > to ? to : found;
  return source[end - 1] === '\r' ? end - 1 : end;
}

function nextLine(source: string, end: number, to: number): number {
  return Math.min(to, end + (source[end] === '\r' ? 2 : 1));
}

function linesOf(source: string, from: number, to: number): readonly Line[] {
  const lines: Line[] = [];
  for (let start = from; start < to;) {
    const end = lineEnd(source, start, to);
    const indent = /^ */.exec(source.slice(start, end))?.[0].length ?? 0;
    lines.push({ start, end, indent });
    start = nextLine(source, end, to);
  }
  return lines;
}

function keepLines(built: Builder, source: string, lines: readonly Line[], indent: number): void {
  for (const [index, { start, end }] of lines.entries()) {
    if (index > 0) built.add('\n', lines[index - 1]?.end ?? start);
    built.copy(source, Math.min(start + indent, end), end);
  }
}

/** Single breaks between lines at the same level are spaces; those around deeper or blank lines stay. */
function foldLines(built: Builder, source: string, lines: readonly Line[], indent: number): void {
  let breaks: number[] = [];
  let isDeepBefore: boolean | undefined;
  for (const line of lines) {
    const from = Math.min(line.start + indent, line.end);
    const isBlank = from >= line.end;
    if (!isBlank) {
      const isDeep = /[ \t]/.test(source[from] ?? '');
      addBreaks(
        built,
        breaks,
        isDeepBefore === undefined || isDeepBefore || isDeep,
        isDeepBefore === undefined,
      );
      built.copy(source, from, line.end);
      isDeepBefore = isDeep;
      breaks = [];
    }
    breaks.push(line.end);
  }
}

function addBreaks(
  built: Builder,
  breaks: readonly number[],
  keepsAll: boolean,
  isStart: boolean,
): void {
  const [first, ...others] = breaks;
  if (first === undefined) return;
  if (keepsAll || isStart) for (const each of breaks) built.add('\n', each);
  else if (others.length === 0) built.add(' ', first);
  else for (const each of others) built.add('\n', each);
}
