import type { Query, Selector } from './query.ts';
import { tokenize, unsupportedQuery, type Token } from './tokens.ts';

const MAX_LENGTH = 4096;
const MAX_DEPTH = 20;
const MATCH_OPERATORS = ['=', '!=', '=~', '!~'] as const;

/**
 * Parses a query of the supported part of PromQL.
 * @throws SluiceError SLUICE_UNSUPPORTED for anything else
 */
export function parseQuery(text: string): Query {
  if (text.length > MAX_LENGTH) throw unsupportedQuery('the query is too long');
  const parser = new Parser(tokenize(text));
  const query = parser.sum(0);
  parser.end();
  return query;
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    const rest = this.#peek();
    if (rest !== undefined) throw unsupportedQuery(`unexpected ${rest.text} at ${rest.at}`);
  }

  sum(depth: number): Query {
    let left = this.#product(depth);
    for (;;) {
      const operator = this.#oneOf(['+', '-'] as const);
      if (operator === undefined) return left;
      left = { type: 'binary', operator, left, right: this.#product(depth) };
    }
  }

  #product(depth: number): Query {
    let left = this.#primary(depth);
    for (;;) {
      const operator = this.#oneOf(['*', '/'] as const);
      if (operator === undefined) return left;
      left = { type: 'binary', operator, left, right: this.#primary(depth) };
    }
  }

  #primary(depth: number): Query {
    if (depth > MAX_DEPTH) throw unsupportedQuery('too many parentheses');
    const token = this.#next();
    if (token.type === 'number') return { type: 'number', value: Number(token.text) };
    switch (token.text) {
      case '(': {
        const inner = this.sum(depth + 1);
        this.#expect(')');
        return inner;
      }
      case 'vector':
        return { type: 'vector', value: this.#inParentheses(() => this.#number()) };
      case 'histogram_quantile':
        return this.#inParentheses(() => this.#quantile());
      case 'sum': {
        const { type, selector, intervalMs } = this.#aggregate(false);
        return { type: 'sum', function: type, selector, intervalMs };
      }
      default:
        throw unsupportedQuery(`unexpected ${token.text} at ${token.at}`);
    }
  }

  #quantile(): Query {
    const quantile = this.#number();
    this.#expect(',');
    const token = this.#next();
    if (token.text !== 'sum') throw unsupportedQuery(`expected sum at ${token.at}`);
    const { type, selector, intervalMs } = this.#aggregate(true);
    if (type !== 'rate') throw unsupportedQuery('histogram_quantile takes a rate');
    return { type: 'quantile', quantile, selector, intervalMs };
  }

  /** What follows `sum`: `(rate(SELECTOR[5m]))`, with `by (le)` before or after when it is for a histogram. */
  #aggregate(byLe: boolean): {
    type: 'rate' | 'increase';
    selector: Selector;
    intervalMs: number;
  } {
    const before = this.#grouping();
    const range = this.#inParentheses(() => this.#range());
    const after = before ?? this.#grouping();
    if (after !== (byLe ? 'le' : undefined))
      throw unsupportedQuery('grouping is by (le) in a histogram only');
    return range;
  }

  #grouping(): string | undefined {
    if (this.#peek()?.text !== 'by') return undefined;
    this.#next();
    return this.#inParentheses(() => this.#next().text);
  }

  #range(): { type: 'rate' | 'increase'; selector: Selector; intervalMs: number } {
    const name = this.#next();
    if (name.text !== 'rate' && name.text !== 'increase') {
      throw unsupportedQuery(`expected rate at ${name.at}`);
    }
    const type = name.text;
    return this.#inParentheses(() => {
      const selector = this.#selector();
      this.#expect('[');
      const intervalMs = this.#duration();
      this.#expect(']');
      return { type, selector, intervalMs };
    });
  }

  #selector(): Selector {
    const metric = this.#take('name');
    const matchers: Selector['matchers'][number][] = [];
    if (this.#peek()?.text !== '{') return { metric, matchers };
    this.#next();
    while (this.#peek()?.text !== '}') {
      const label = this.#take('name');
      const operator = this.#oneOf(MATCH_OPERATORS);
      if (operator === undefined) throw unsupportedQuery('a label matcher without an operator');
      matchers.push({ label, operator, value: unquote(this.#take('string')) });
      if (this.#peek()?.text !== ',') break;
      this.#next();
    }
    this.#expect('}');
    return { metric, matchers };
  }

  #duration(): number {
    let total = 0;
    for (const [, amount, unit = ''] of this.#take('duration').matchAll(/(\d+)(ms|[a-z])/g)) {
      total += Number(amount) * (UNITS_MS[unit] ?? NaN);
    }
    return total;
  }

  #number(): number {
    return Number(this.#take('number'));
  }

  #inParentheses<T>(parse: () => T): T {
    this.#expect('(');
    const value = parse();
    this.#expect(')');
    return value;
  }

  #oneOf<T extends string>(texts: readonly T[]): T | undefined {
    const text = this.#peek()?.text;
    const found = texts.find((one) => one === text);
    if (found !== undefined) this.#next();
    return found;
  }

  #expect(text: string): void {
    const token = this.#next();
    if (token.text !== text) throw unsupportedQuery(`expected ${text} at ${token.at}`);
  }

  #take(type: Token['type']): string {
    const token = this.#next();
    if (token.type !== type) throw unsupportedQuery(`expected a ${type} at ${token.at}`);
    return token.text;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#position];
  }

  #next(): Token {
    const token = this.#peek();
    if (token === undefined) throw unsupportedQuery('the query ends too early');
    this.#position += 1;
    return token;
  }
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}
