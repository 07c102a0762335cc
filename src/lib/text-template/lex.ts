import { charOf, unquote } from './literals.ts';
import { TemplateError } from './template-error.ts';

/**
 * `text` is what stands between actions, with white space trimmed; `open` and `close` are an action's braces;
 * `word` is a name or keyword; `mark` is one of `:= = | , ( )`.
 */
export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'word'
  | 'field'
  | 'dot'
  | 'variable'
  | 'string'
  | 'number'
  | 'char'
  | 'mark'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** Of a field or variable without its dot or dollar sign; of a string its value. */
  readonly text: string;
  readonly at: number;
  /** Whether white space stands before it, which tells `a .b` from `a.b`. */
  readonly spaced: boolean;
}

const WORD = /[\p{L}\p{Nd}_]+/uy;
const SPACE = /[ \t\r\n]+/y;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y;
const RAW = /`[^`]*`/y;
const QUOTED = /"(?:[^"\\\n]|\\[^\n])*"/y;
const CHAR = /'(?:[^'\\\n]|\\[^\n])+'/y;
const MARK = /:=|[=|,()]/y;
/** What may follow a name: anything else is a typing error, as in Go. */
const AFTER_NAME = /$|[\s.,|:()]|\}\}/y;

/**
 * Cuts a template into tokens, as Go's text/template does.
 * @throws TemplateError for what is no token and for an action or comment that does not end
 */
export function lex(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #trimNext = false;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    for (;;) {
      const open = this.#source.indexOf('{{', this.#at);
      if (open < 0) break;
      const trims = /^-[ \t\r\n]/.test(this.#source.slice(open + 2, open + 4));
      this.#text(open, trims);
      this.#at = open + (trims ? 4 : 2);
      if (this.#source.startsWith('/*', this.#at)) this.#comment(open);
      else this.#action(open);
    }
    this.#text(this.#source.length, false);
    this.#push('end', '', this.#source.length);
    return this.#tokens;
  }

  #text(end: number, trims: boolean): void {
    let text = this.#source.slice(this.#at, end);
    if (this.#trimNext) text = text.replace(/^[ \t\r\n]+/, '');
    if (trims) text = text.replace(/[ \t\r\n]+$/, '');
    if (text !== '') this.#push('text', text, this.#at);
    this.#trimNext = false;
  }

  #comment(open: number): void {
    const end = this.#source.indexOf('*/', this.#at);
    if (end < 0) throw this.#error('unclosed comment', open);
    this.#at = end + 2;
    const closing = /^(?:[ \t\r\n]-)?\}\}/.exec(this.#source.slice(this.#at, this.#at + 4));
    if (closing === null) throw this.#error('comment ends before closing delimiter', open);
    this.#at += closing[0].length;
    this.#trimNext = closing[0].length > 2;
  }

  #action(open: number): void {
    this.#push('open', '{{', open);
    let depth = 0;
    for (;;) {
      const spaced = this.#match(SPACE) !== undefined;
      if (this.#closes(spaced)) break;
      if (this.#at >= this.#source.length) throw this.#error('unclosed action', open);
      this.#token(spaced);
      depth += this.#nesting();
      if (depth < 0) throw this.#error('unexpected right paren', this.#at - 1);
    }
    if (depth > 0) throw this.#error('unclosed left paren', this.#at);
  }

  /** Takes the closing braces, when they are next. */
  #closes(spaced: boolean): boolean {
    const trims = spaced && this.#source.startsWith('-}}', this.#at);
    if (!trims && !this.#source.startsWith('}}', this.#at)) return false;
    this.#push('close', '}}', this.#at);
    this.#at += trims ? 3 : 2;
    this.#trimNext = trims;
    return true;
  }

  /** What the last token does to the depth of parentheses. */
  #nesting(): number {
    const last = this.#tokens.at(-1);
    if (last?.kind !== 'mark') return 0;
    return last.text === '(' ? 1 : last.text === ')' ? -1 : 0;
  }

  #token(spaced: boolean): void {
    const at = this.#at;
    const first = this.#source[at] ?? '';
    if ('"`\''.includes(first)) this.#literal(first, at, spaced);
    else if (first === '$' || /^\.(?!\d)/.test(this.#source.slice(at, at + 2))) {
      this.#reference(first, at, spaced);
    } else if (!this.#number(at, spaced) && !this.#word(at, spaced)) {
      const mark = this.#match(MARK);
      if (mark === undefined) throw this.#error('unexpected character in action', at);
      this.#push('mark', mark, at, spaced);
    }
  }

  /** A field, a variable, or the dot. */
  #reference(first: string, at: number, spaced: boolean): void {
    this.#at += 1;
    const name = this.#match(WORD) ?? '';
    const isDot = first === '.' && name === '';
    if (!isDot) this.#assertEnds();
    this.#push(isDot ? 'dot' : first === '.' ? 'field' : 'variable', name, at, spaced);
  }

  #number(at: number, spaced: boolean): boolean {
    const number = this.#match(NUMBER);
    if (number === undefined) return false;
    if (/[\p{L}\p{Nd}_]/u.test(this.#source[this.#at] ?? '')) {
      throw this.#error('bad number syntax', at);
    }
    this.#push('number', number, at, spaced);
    return true;
  }

  #word(at: number, spaced: boolean): boolean {
    const word = this.#match(WORD);
    if (word === undefined) return false;
    this.#assertEnds();
    this.#push('word', word, at, spaced);
    return true;
  }

  #literal(quote: string, at: number, spaced: boolean): void {
    const found = this.#match(quote === '"' ? QUOTED : quote === '`' ? RAW : CHAR);
    if (found === undefined) throw this.#error('unterminated quoted string', at);
    const value =
      quote === '`' ? found.slice(1, -1) : quote === '"' ? unquote(found) : charOf(found);
    if (value === undefined) throw this.#error('invalid escape or character constant', at);
    this.#push(quote === "'" ? 'char' : 'string', value, at, spaced);
  }

  #assertEnds(): void {
    AFTER_NAME.lastIndex = this.#at;
    if (!AFTER_NAME.test(this.#source)) throw this.#error('bad character in a name', this.#at);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #push(kind: TokenKind, text: string, at: number, spaced = false): void {
    this.#tokens.push({ kind, text, at, spaced });
  }

  #error(problem: string, at: number): TemplateError {
    return new TemplateError(problem, this.#source, at);
  }
}
