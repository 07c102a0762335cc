/**
 * Most patterns of policies are simple: characters, classes, groups and alternatives, repeated only one character at a
 * time. JavaScript's own engine matches those thirty times faster than RE2 written in JavaScript, and means the same by
 * them in ASCII. It backtracks, so it gets a pattern only together with a text for which all ways to try are few.
 */

/** Most ways to match that JavaScript's engine may have to try. */
const MAX_WAYS = 20_000;

/** A pattern that both engines read alike. */
export interface NativeRegex {
  readonly regex: RegExp;
  /** Whether a text is ASCII and of a length that is matched in few steps, whatever it holds. */
  readonly isQuick: (text: string) => boolean;
}

/** @returns undefined for a pattern with anything that the two engines may read differently, or that may be slow */
export function nativeRegex(pattern: string): NativeRegex | undefined {
  if (NOT_ASCII.test(pattern)) return undefined;
  const reader = new Reader(pattern);
  const read = reader.alternatives(0);
  if (read === undefined || !reader.isAtEnd) return undefined;
  // Without an anchor every place of the text is tried.
  const { ways, isAnchored } = read;
  const tries: Ways = isAnchored ? ways : (length) => ways(length) * (length + 1);
  return {
    regex: new RegExp(read.source),
    isQuick: (text) => tries(text.length) <= MAX_WAYS && !NOT_ASCII.test(text),
  };
}

/** Number of ways to match texts of up to a length. */
type Ways = (length: number) => number;

interface Part {
  readonly source: string;
  readonly ways: Ways;
  /** Whether it can match at the beginning of the text only. */
  readonly isAnchored: boolean;
}

interface Atom extends Part {
  /** Whether it is one character, so that it may be repeated. */
  readonly isSingle: boolean;
}

const NOT_ASCII = /[\u0080-\uffff]/;
const ONE: Ways = () => 1;
const MAX_DEPTH = 20;
const MAX_REPEAT = 200;

/** Sets that are the same in both; RE2 has ASCII ones only, and fewer spaces. */
const SETS: Readonly<Record<string, string>> = { d: '0-9', w: '0-9A-Za-z_', s: '\\t\\n\\f\\r ' };
const CONTROLS: Readonly<Record<string, string>> = { t: '\\t', n: '\\n', r: '\\r', f: '\\f' };
const MARKS: ReadonlySet<string> = new Set(['*', '+', '?', '{']);
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;

class Reader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#characters = Array.from(pattern);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#characters.length;
  }

  #next(): string | undefined {
    return this.#characters[this.#at];
  }

  #take(expected: string): boolean {
    if (this.#next() !== expected) return false;
    this.#at++;
    return true;
  }

  alternatives(depth: number): Part | undefined {
    if (depth > MAX_DEPTH) return undefined;
    const parts: Part[] = [];
    do {
      const part = this.#sequence(depth);
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.#take('|'));
    const [only] = parts;
    if (parts.length === 1) return only;
    return {
      source: parts.map(({ source }) => source).join('|'),
      ways: (length) => parts.reduce((all, { ways }) => all + ways(length), 0),
      isAnchored: parts.every(({ isAnchored }) => isAnchored),
    };
  }

  #sequence(depth: number): Part | undefined {
    const parts: Part[] = [];
    for (let next = this.#next(); next !== undefined && next !== '|' && next !== ')';) {
      const atom = this.#atom(depth);
      const part = atom === undefined ? undefined : this.#repeated(atom);
      if (part === undefined) return undefined;
      parts.push(part);
      next = this.#next();
    }
    return {
      source: parts.map(({ source }) => source).join(''),
      ways: (length) => parts.reduce((all, { ways }) => all * ways(length), 1),
      isAnchored: parts[0]?.isAnchored ?? false,
    };
  }

  #atom(depth: number): Atom | undefined {
    const character = this.#next() ?? '';
    this.#at++;
    switch (character) {
      case '^':
        return { source: '^', ways: ONE, isAnchored: true, isSingle: false };
      case '$':
        return { source: '$', ways: ONE, isAnchored: false, isSingle: false };
      case '.':
        return single('[^\\n]');
      case '(':
        return this.#group(depth);
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      default:
        return /[*+?{}\]]/.test(character) ? undefined : single(literal(character));
    }
  }

  #group(depth: number): Atom | undefined {
    if (this.#take('?') && !this.#take(':')) return undefined;
    const inner = this.alternatives(depth + 1);
    if (inner === undefined || !this.#take(')')) return undefined;
    return { ...inner, source: `(?:${inner.source})`, isSingle: false };
  }

  #escape(): Atom | undefined {
    const item = this.#escaped();
    return item === undefined ? undefined : single(`[${item}]`);
  }

  /** What stands after a backslash, for the inside of a class. */
  #escaped(): string | undefined {
    const character = this.#next() ?? '';
    this.#at++;
    if (PUNCTUATION.test(character)) return literal(character);
    return Object.hasOwn(SETS, character) ? SETS[character] : controlOf(character);
  }

  #class(): Atom | undefined {
    const isNegated = this.#take('^');
    const items: string[] = [];
    if (this.#next() === ']') return undefined;
    while (!this.#take(']')) {
      const item = this.#classItem(items.length === 0);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return single(`[${isNegated ? '^' : ''}${items.join('')}]`);
  }

  #classItem(isFirst: boolean): string | undefined {
    const from = this.#next();
    if (from === undefined || from === '[') return undefined;
    this.#at++;
    if (from === '\\') return this.#setInClass();
    const isRange = this.#next() === '-' && this.#characters[this.#at + 1] !== ']';
    if (from === '-' && !isFirst && this.#next() !== ']') return undefined;
    return isRange ? this.#range(from) : literal(from);
  }

  #setInClass(): string | undefined {
    const item = this.#escaped();
    const isRange = this.#next() === '-' && this.#characters[this.#at + 1] !== ']';
    return isRange ? undefined : item;
  }

  #range(from: string): string | undefined {
    const to = this.#characters[this.#at + 1];
    if (to === undefined || !/^[0-9A-Za-z]{2}$/.test(from + to) || to < from) return undefined;
    this.#at += 2;
    return `${literal(from)}-${literal(to)}`;
  }

  #repeated(atom: Atom): Part | undefined {
    const mark = this.#next() ?? '';
    if (!MARKS.has(mark)) return atom;
    const repeat = this.#repeat(mark);
    // Lazy and doubled marks are left to RE2, and so are marks after an anchor.
    if (repeat === undefined || MARKS.has(this.#next() ?? '')) return undefined;
    if (atom.source === '^' || atom.source === '$') return undefined;
    const { ways: own } = atom;
    const source = `${atom.source}${repeat.source}`;
    if (repeat.isOptional) return { source, ways: (length) => own(length) + 1, isAnchored: false };
    if (!atom.isSingle) return undefined;
    return { source, ways: repeat.isFixed ? ONE : (length) => length + 1, isAnchored: false };
  }

  #repeat(mark: string): { source: string; isOptional: boolean; isFixed: boolean } | undefined {
    this.#at++;
    if (mark !== '{') return { source: mark, isOptional: mark === '?', isFixed: false };
    const end = this.#characters.indexOf('}', this.#at);
    const text = end < 0 ? '' : this.#characters.slice(this.#at, end).join('');
    const match = /^(\d{1,3})(?:(,)(\d{0,3}))?$/.exec(text);
    if (match === null) return undefined;
    const least = Number(match[1]);
    const most = match[2] === undefined ? least : match[3] === '' ? least : Number(match[3]);
    if (least > MAX_REPEAT || most > MAX_REPEAT || most < least) return undefined;
    this.#at = end + 1;
    return { source: `{${text}}`, isOptional: false, isFixed: match[2] === undefined };
  }
}

const single = (source: string): Atom => ({ source, ways: ONE, isAnchored: false, isSingle: true });

const controlOf = (character: string): string | undefined =>
  Object.hasOwn(CONTROLS, character) ? CONTROLS[character] : undefined;

/** A character that means itself wherever it stands. */
const literal = (character: string): string =>
  `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
