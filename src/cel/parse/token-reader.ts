import type { CelValue } from '../values.ts';
import { SyntaxIssue } from './issue.ts';
import { tokenize, type Token } from './lexer.ts';

/** How deep each rule of the grammar may nest. */
export const MAX_DEPTH = 250;

/** Rules of the grammar whose nesting is counted. */
export type Rule = 'expr' | 'or' | 'and' | 'relation' | 'calc' | 'unary' | 'member';

/** Names that stand for constants. */
export const KEYWORDS: ReadonlyMap<string, CelValue> = new Map<string, CelValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Whether a name has a meaning of its own in every place. */
export function isKeyword(text: string): boolean {
  return text === 'in' || KEYWORDS.has(text);
}

/** The tokens of a source, one after the other, and how deeply the rules that read them nest. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #depths: Record<Rule, number> = {
    expr: 0,
    or: 0,
    and: 0,
    relation: 0,
    calc: 0,
    unary: 0,
    member: 0,
  };
  #index = 0;

  constructor(source: string) {
    this.#tokens = tokenize(source);
  }

  protected get token(): Token {
    return this.#tokens[this.#index] as Token;
  }

  /** The token after this one. */
  protected get following(): Token | undefined {
    return this.#tokens[this.#index + 1];
  }

  /** Reads what a rule reads. @throws SyntaxIssue when rules of its kind nest too deeply */
  protected nested<T>(rule: Rule, body: () => T): T {
    if (++this.#depths[rule] > MAX_DEPTH) {
      throw new SyntaxIssue(0, `expression recursion limit exceeded: ${MAX_DEPTH}`);
    }
    const result = body();
    this.#depths[rule]--;
    return result;
  }

  protected isOperator(): boolean {
    return this.token.kind === 'operator' || this.token.text === 'in';
  }

  /** `a.b.c` when it stands before an opening brace. */
  protected messageName(): string | undefined {
    const names: string[] = [];
    let index = this.#index;
    for (;;) {
      const token = this.#tokens[index];
      if (token?.kind !== 'ident' || isKeyword(token.text)) return undefined;
      names.push(token.text);
      const next = this.#tokens[index + 1]?.text;
      if (next === '{') break;
      if (next !== '.') return undefined;
      index += 2;
    }
    this.#index = index + 1;
    return names.join('.');
  }

  /** Items with commas between them and perhaps after the last, up to the closing mark. */
  protected sequence<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (this.token.text !== close || this.token.kind !== 'operator') {
      if (items.length === 0 && this.accept(',') !== undefined) break;
      items.push(item());
      if (this.accept(',') === undefined) break;
    }
    this.expect(close);
    return items;
  }

  protected take(): Token {
    const token = this.token;
    this.#index++;
    return token;
  }

  protected accept(operator: string): Token | undefined {
    const { kind, text } = this.token;
    return kind === 'operator' && text === operator ? this.take() : undefined;
  }

  protected expect(operator: string): Token {
    return this.accept(operator) ?? this.unexpected(operator);
  }

  protected unexpected(wanted?: string): never {
    const { text, offset } = this.token;
    const tail = wanted === undefined ? '' : ` expecting '${wanted}'`;
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    throw new SyntaxIssue(offset, `Syntax error: mismatched input '${shown}'${tail}`);
  }
}
