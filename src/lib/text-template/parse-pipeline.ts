import { lex, type Token } from './lex.ts';
import { numberOf } from './literals.ts';
import type { Command, Operand, Pipeline } from './nodes.ts';
import { TemplateError } from './template-error.ts';

/** Words that are no functions. */
const KEYWORDS = new Set(
  'block break continue define else end if nil range template with true false'.split(' '),
);
/** How deep parentheses may be nested. */
const MAX_DEPTH = 100;

/** The part of the parser that reads what stands within an action. */
export class PipelineParser {
  readonly #source: string;
  readonly #functions: ReadonlySet<string>;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #variables: string[] = [''];

  constructor(source: string, functions: ReadonlySet<string>) {
    this.#source = source;
    this.#functions = functions;
    this.#tokens = lex(source);
  }

  protected next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  protected peek(ahead = 0): Token {
    const last: Token = { kind: 'end', text: '', at: this.#source.length, spaced: false };
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] ?? last;
  }

  protected previous(): Token {
    return this.peek(-1);
  }

  protected expectClose(context: string): void {
    const token = this.next();
    if (token.kind !== 'close') throw this.error(`unexpected ${shown(token)} in ${context}`, token);
  }

  protected expectString(context: string): string {
    const token = this.next();
    if (token.kind !== 'string') {
      throw this.error(`unexpected ${shown(token)} in ${context}: its name is a string`, token);
    }
    return token.text;
  }

  /** How many variables are known: `leave` forgets those that came later. */
  protected scope(): number {
    return this.#variables.length;
  }

  protected leave(scope: number): void {
    this.#variables.length = scope;
  }

  protected isolate(): string[] {
    const outside = this.#variables;
    this.#variables = [''];
    return outside;
  }

  protected restore(outside: string[]): void {
    this.#variables = outside;
  }

  protected error(problem: string, { at }: { at: number }): TemplateError {
    return new TemplateError(problem, this.#source, at);
  }

  protected unclosed(kind: string, at: number): TemplateError {
    return this.error(`{{${kind}}} has no {{end}}`, { at });
  }

  /** @param context what it is of: names it in errors; a range may declare two variables */
  protected pipeline(context: string): Pipeline {
    const { at } = this.peek();
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.error('parentheses are nested too deep', { at });
    const { variables, sets } = this.#declaration(context);
    const commands: Command[] = [this.#command(context)];
    while (this.#isMark('|')) {
      this.next();
      commands.push(this.#command(context));
      this.#assertExecutable(commands.at(-1));
    }
    if (sets === 'declare') this.#variables.push(...variables);
    this.#depth -= 1;
    return { variables, sets, commands, at };
  }

  #declaration(context: string): Pick<Pipeline, 'variables' | 'sets'> {
    const first = this.peek();
    if (first.kind !== 'variable') return { variables: [], sets: undefined };
    const names = [first.text];
    let length = 1;
    if (this.#isMark(',', 1) && context === 'range') {
      const second = this.peek(2);
      if (second.kind !== 'variable')
        throw this.error('range can only initialize variables', first);
      names.push(second.text);
      length = 3;
    }
    const mark = this.peek(length);
    if (mark.kind !== 'mark' || (mark.text !== ':=' && mark.text !== '=')) {
      return { variables: [], sets: undefined };
    }
    for (let read = 0; read <= length; read++) this.next();
    const sets = mark.text === ':=' ? 'declare' : 'assign';
    if (sets === 'assign') for (const name of names) this.#assertKnown(name, first);
    return { variables: names, sets };
  }

  #command(context: string): Command {
    const { at } = this.peek();
    const operands: Operand[] = [];
    while (!this.#endsCommand()) {
      const token = this.peek();
      if (operands.length > 0 && !token.spaced) {
        throw this.error(`unexpected ${shown(token)} after an operand`, token);
      }
      operands.push(this.#operand(context));
    }
    if (operands.length > 0) return { operands, at };
    throw this.error(`missing value for ${context}`, { at });
  }

  #endsCommand(): boolean {
    return this.peek().kind === 'close' || this.#isMark('|') || this.#isMark(')');
  }

  #operand(context: string): Operand {
    const token = this.next();
    const term = this.#term(token, context);
    const names: string[] = [];
    while (this.peek().kind === 'field' && !this.peek().spaced) names.push(this.next().text);
    if (names.length === 0) return term;
    switch (term.kind) {
      case 'field':
      case 'variable':
        return { ...term, names: [...term.names, ...names] };
      case 'dot':
      case 'nil':
      case 'constant':
        throw this.error(`unexpected . after ${shown(token)}`, token);
      default:
        return { kind: 'chain', of: term, names, at: token.at };
    }
  }

  #term(token: Token, context: string): Operand {
    const { kind, text, at } = token;
    switch (kind) {
      case 'word':
        return this.#word(token);
      case 'dot':
        return { kind, at };
      case 'field':
        return { kind, names: [text], at };
      case 'variable':
        this.#assertKnown(text, token);
        return { kind, name: text, names: [], at };
      case 'string':
        return { kind: 'constant', value: text, at };
      case 'char':
        return { kind: 'constant', value: BigInt(text), at };
      case 'number': {
        const value = numberOf(text);
        if (value === undefined) throw this.error('number is not valid or too large', token);
        return { kind: 'constant', value, at };
      }
      default:
        if (text !== '(') throw this.error(`unexpected ${shown(token)} in ${context}`, token);
        return this.#parenthesis(at);
    }
  }

  #parenthesis(at: number): Operand {
    const pipeline = this.pipeline('parenthesized pipeline');
    // The lexer has seen to it that each parenthesis is closed.
    this.next();
    return { kind: 'pipeline', pipeline, at };
  }

  #word(token: Token): Operand {
    const { text: name, at } = token;
    if (name === 'nil') return { kind: 'nil', at };
    if (name === 'true' || name === 'false') {
      return { kind: 'constant', value: name === 'true', at };
    }
    if (KEYWORDS.has(name)) throw this.error(`unexpected {{${name}}}`, token);
    if (!this.#functions.has(name)) {
      const known = [...this.#functions].join(', ');
      throw this.error(`function ${cut(name)} is not defined (known: ${known})`, token);
    }
    return { kind: 'function', name, at };
  }

  #assertKnown(name: string, token: Token): void {
    if (this.#variables.includes(name)) return;
    throw this.error(`undefined variable $${cut(name)}`, token);
  }

  #assertExecutable(command: Command | undefined): void {
    const first = command?.operands[0];
    if (first?.kind !== 'constant' && first?.kind !== 'dot' && first?.kind !== 'nil') return;
    throw this.error('what follows | must be a function', first);
  }

  #isMark(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'mark' && token.text === text;
  }
}

function shown({ kind, text }: Token): string {
  if (kind === 'end') return 'end of the template';
  if (kind === 'string' || kind === 'text') return `a ${kind}`;
  if (kind === 'field') return `.${cut(text)}`;
  return kind === 'variable' ? `$${cut(text)}` : cut(text);
}

function cut(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}
