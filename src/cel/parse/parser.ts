import {
  call,
  constant,
  ident,
  list,
  map,
  select,
  struct,
  type Expr,
  type ListElement,
  type MapEntry,
  type StructField,
} from './ast.ts';
import { SyntaxIssue, type Issue } from './issue.ts';
import type { Token } from './lexer.ts';
import { literalOf } from './literals.ts';
import { expandMacro, type MacroSet } from './macros.ts';
import { KEYWORDS, MAX_DEPTH, TokenReader, isKeyword } from './token-reader.ts';
import { codePoints } from '../standard/size.ts';

/** Either a tree or at least one issue. */
export type ParseResult =
  | { readonly ok: true; readonly expression: Expr }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const MAX_CODE_POINTS = 100_000;

/**
 * Parses CEL with the grammar, macros and limits of the API server.
 * @param source CEL text
 * @param macros which optional parts of the language there are
 */
export function parse(source: string, macros: MacroSet): ParseResult {
  const size = codePoints(source);
  if (size > MAX_CODE_POINTS) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${MAX_CODE_POINTS}`;
    return { ok: false, issues: [{ errorClass: 'syntax', message, offset: 0 }] };
  }
  const issues: Issue[] = [];
  try {
    const expression = new Parser(source, macros, issues).parse();
    if (expression.depth > MAX_DEPTH) {
      const message = TOO_DEEP;
      issues.push({ errorClass: 'other', message, offset: 0 });
    }
    return issues.length === 0 ? { ok: true, expression } : { ok: false, issues };
  } catch (error) {
    if (!(error instanceof SyntaxIssue)) throw error;
    return { ok: false, issues: [...issues, error.issue] };
  }
}

/** What the API server says of an expression that nests too deeply once its macros are written out. */
export const TOO_DEEP = 'max recursion depth exceeded';

const RELATIONS = new Set(['<', '<=', '>=', '>', '==', '!=', 'in']);
const PRECEDENCE: Readonly<Record<string, number>> = { '*': 2, '/': 2, '%': 2, '+': 1, '-': 1 };
// Legal as field names, not as names of variables or functions.
const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Recursive descent; one method a grammar rule, with the nesting limit counted per rule as ANTLR's listener does. */
class Parser extends TokenReader {
  readonly #macros: MacroSet;
  readonly #issues: Issue[];

  constructor(source: string, macros: MacroSet, issues: Issue[]) {
    super(source);
    this.#macros = macros;
    this.#issues = issues;
  }

  parse(): Expr {
    const expression = this.#expression();
    if (this.token.kind !== 'end') this.unexpected();
    return expression;
  }

  #expression(): Expr {
    return this.nested('expr', () => {
      const condition = this.#or();
      const question = this.accept('?');
      if (question === undefined) return condition;
      const whenTrue = this.#or();
      this.expect(':');
      const args = [condition, whenTrue, this.#expression()];
      return call(question.offset, '_?_:_', args, { weight: 1 });
    });
  }

  #or(): Expr {
    return this.nested('or', () => this.#terms('||', '_||_', () => this.#and()));
  }

  #and(): Expr {
    return this.nested('and', () => this.#terms('&&', '_&&_', () => this.#relation(1)));
  }

  #terms(operator: string, name: string, next: () => Expr): Expr {
    const first = next();
    const token = this.accept(operator);
    if (token === undefined) return first;
    const terms = [first, next()];
    while (this.accept(operator) !== undefined) terms.push(next());
    return call(token.offset, name, terms);
  }

  #relation(minimum: number): Expr {
    return this.nested('relation', () => {
      let left = this.#calc(1);
      while (minimum <= 1 && RELATIONS.has(this.token.text) && this.isOperator()) {
        const { text, offset } = this.take();
        const name = text === 'in' ? '@in' : `_${text}_`;
        left = call(offset, name, [left, this.#relation(2)], { weight: 1 });
      }
      return left;
    });
  }

  #calc(minimum: number): Expr {
    return this.nested('calc', () => {
      let left = this.#unary();
      for (;;) {
        const precedence = this.token.kind === 'operator' ? PRECEDENCE[this.token.text] : undefined;
        if (precedence === undefined || precedence < minimum) return left;
        const { text, offset } = this.take();
        left = call(offset, `_${text}_`, [left, this.#calc(precedence + 1)], { weight: 1 });
      }
    });
  }

  #unary(): Expr {
    return this.nested('unary', () => {
      const { text, kind, offset } = this.token;
      const isMinus = text === '-' && !this.#isNumberAhead();
      if (kind !== 'operator' || (text !== '!' && !isMinus)) return this.#member();
      let isOdd = false;
      while (this.accept(text) !== undefined) isOdd = !isOdd;
      const operand = this.#member();
      return isOdd ? call(offset, `${text}_`, [operand]) : operand;
    });
  }

  #isNumberAhead(): boolean {
    const next = this.following;
    return next?.kind === 'int' || next?.kind === 'float';
  }

  #member(): Expr {
    return this.nested('member', () => {
      let operand = this.#primary();
      for (;;) {
        const dot = this.accept('.');
        const bracket = dot === undefined ? this.accept('[') : undefined;
        if (dot !== undefined) operand = this.#selection(operand, dot.offset);
        else if (bracket !== undefined) operand = this.#indexing(operand, bracket.offset);
        else return operand;
      }
    });
  }

  #selection(operand: Expr, offset: number): Expr {
    const isOptional = this.accept('?') !== undefined;
    const token = this.token;
    const field = this.#field();
    const open = token.kind === 'ident' && !isOptional ? this.accept('(') : undefined;
    if (open !== undefined) return this.#callOrMacro(open.offset, token.text, operand);
    if (!isOptional) return select(offset, operand, field);
    this.#requireOptionals(offset, "unsupported syntax '.?'");
    return call(offset, '_?._', [operand, constant(token.offset, field)], { weight: 1 });
  }

  #indexing(operand: Expr, offset: number): Expr {
    const isOptional = this.accept('?') !== undefined;
    const index = this.#expression();
    this.expect(']');
    if (isOptional) this.#requireOptionals(offset, "unsupported syntax '[?'");
    return call(offset, isOptional ? '_[?_]' : '_[_]', [operand, index], { weight: 1 });
  }

  #requireOptionals(offset: number, message: string): void {
    if (!this.#macros.optionals) this.#issues.push({ errorClass: 'other', message, offset });
  }

  #callOrMacro(offset: number, name: string, target: Expr | undefined): Expr {
    const args: Expr[] = [];
    if (this.accept(')') === undefined) {
      do args.push(this.#expression());
      while (this.accept(',') !== undefined);
      this.expect(')');
    }
    const expansion = expandMacro({ offset, name, target, args }, this.#macros);
    if (expansion !== undefined && 'issue' in expansion) this.#issues.push(expansion.issue);
    else if (expansion !== undefined) return expansion.expression;
    const options = target === undefined ? {} : { target, weight: 1 };
    return call(offset, name, args, options);
  }

  #primary(): Expr {
    const token = this.token;
    if (token.kind === 'operator') return this.#bracketed(token);
    if (token.kind === 'ident') return this.#named('');
    if (token.kind === 'end' || token.kind === 'escaped') return this.unexpected();
    return this.#literal(this.take(), '');
  }

  #bracketed(token: Token): Expr {
    switch (token.text) {
      case '(': {
        this.take();
        const expression = this.#expression();
        this.expect(')');
        return expression;
      }
      case '[':
        return list(
          this.take().offset,
          this.sequence(']', () => this.#listElement()),
        );
      case '{':
        return map(
          this.take().offset,
          this.sequence('}', () => this.#mapEntry()),
        );
      case '.':
        this.take();
        return this.token.kind === 'ident' ? this.#named('.') : this.unexpected();
      case '-':
        if (!this.#isNumberAhead()) return this.unexpected();
        this.take();
        return this.#literal(this.take(), '-');
      default:
        return this.unexpected();
    }
  }

  #named(dot: string): Expr {
    const message = this.messageName();
    if (message !== undefined) {
      const { offset } = this.expect('{');
      const fields = this.sequence('}', () => this.#structField());
      return struct(offset, dot + message, fields);
    }
    const { text, offset } = this.token;
    const keyword = KEYWORDS.get(text);
    if (text === 'in' || (dot !== '' && keyword !== undefined)) return this.unexpected();
    this.take();
    if (keyword !== undefined) return constant(offset, keyword);
    if (RESERVED.has(text)) {
      this.#issues.push({ errorClass: 'other', message: `reserved identifier: ${text}`, offset });
    }
    const open = this.accept('(');
    return open === undefined
      ? ident(offset, dot + text)
      : this.#callOrMacro(open.offset, dot + text, undefined);
  }

  #optionalMark(): boolean {
    const token = this.accept('?');
    if (token !== undefined) this.#requireOptionals(token.offset, "unsupported syntax '?'");
    return token !== undefined;
  }

  #listElement(): ListElement {
    const isOptional = this.#optionalMark();
    return { value: this.#expression(), isOptional };
  }

  #mapEntry(): MapEntry {
    const isOptional = this.#optionalMark();
    const key = this.#expression();
    this.expect(':');
    return { key, value: this.#expression(), isOptional };
  }

  #structField(): StructField {
    const isOptional = this.#optionalMark();
    const name = this.#field();
    const { offset } = this.expect(':');
    return { offset, name, value: this.#expression(), isOptional };
  }

  #field(): string {
    const { kind, text } = this.token;
    if (kind === 'escaped') return this.take().text.slice(1, -1);
    if (kind === 'ident' && !isKeyword(text)) return this.take().text;
    return this.unexpected();
  }

  #literal({ kind, text, offset }: Token, sign: string): Expr {
    const literal = literalOf(kind, sign + text);
    if ('value' in literal) return constant(offset, literal.value);
    this.#issues.push({ ...literal.problem, offset });
    return constant(offset, null);
  }
}
