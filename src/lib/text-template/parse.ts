import type { Node, Pipeline } from './nodes.ts';
import { PipelineParser } from './parse-pipeline.ts';
import type { Token } from './lex.ts';

/** A parsed template: its own nodes and those of the templates that it defines. */
export interface ParsedTemplate {
  readonly nodes: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

/** What ended a list of nodes. */
type Ending = 'end' | 'else' | 'source';

/**
 * Parses a template by Go's grammar.
 * @param functions names that may be called
 * @throws TemplateError with the first thing that is wrong
 */
export function parse(source: string, functions: ReadonlySet<string>): ParsedTemplate {
  return new TemplateParser(source, functions).run();
}

class TemplateParser extends PipelineParser {
  readonly #defined = new Map<string, readonly Node[]>();
  #loops = 0;
  /** How many lists are being read: templates are defined in the outermost alone. */
  #lists = 0;

  run(): ParsedTemplate {
    const { nodes, ending } = this.#list();
    if (ending !== 'source') throw this.error(`unexpected {{${ending}}}`, this.previous());
    return { nodes, defined: this.#defined };
  }

  /** Nodes up to an `else`, whose braces are then still open, or an `end`, whose are not. */
  #list(): { nodes: Node[]; ending: Ending } {
    this.#lists += 1;
    const parsed = this.#nodes();
    this.#lists -= 1;
    return parsed;
  }

  #nodes(): { nodes: Node[]; ending: Ending } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.next();
      if (token.kind === 'end') return { nodes, ending: 'source' };
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text, at: token.at });
        continue;
      }
      const keyword = this.peek();
      if (keyword.kind === 'word' && (keyword.text === 'end' || keyword.text === 'else')) {
        this.next();
        if (keyword.text === 'end') this.expectClose('end');
        return { nodes, ending: keyword.text };
      }
      const node = this.#action(keyword);
      if (node !== undefined) nodes.push(node);
    }
  }

  #action(token: Token): Node | undefined {
    const { at } = token;
    const keyword = token.kind === 'word' ? token.text : '';
    switch (keyword) {
      case 'if':
      case 'with':
      case 'range':
        this.next();
        return this.#branch(keyword, at);
      case 'break':
      case 'continue':
        this.next();
        this.expectClose(keyword);
        if (this.#loops === 0) throw this.error(`{{${keyword}}} outside {{range}}`, token);
        return { kind: keyword, at };
      case 'define':
        if (this.#lists > 1) throw this.error('{{define}} inside of another action', token);
        this.next();
        this.#define(token);
        return undefined;
      case 'block':
      case 'template':
        this.next();
        return this.#template(keyword, at);
      default: {
        const pipeline = this.pipeline('action');
        this.expectClose('action');
        return { kind: 'action', pipeline, at };
      }
    }
  }

  #branch(kind: 'if' | 'with' | 'range', at: number): Node {
    const scope = this.scope();
    const pipeline = this.pipeline(kind);
    this.expectClose(kind);
    const { nodes: body, ending } = this.#body(kind === 'range' ? 1 : 0);
    const otherwise = ending === 'else' ? this.#otherwise(kind) : [];
    if (ending === 'source') throw this.unclosed(kind, at);
    this.leave(scope);
    return { kind, pipeline, body, otherwise, at };
  }

  #body(loops: 0 | 1): { nodes: Node[]; ending: Ending } {
    this.#loops += loops;
    const parsed = this.#list();
    this.#loops -= loops;
    return parsed;
  }

  /** After `else`: to the end, or an `else if` or `else with`, which shares the end. */
  #otherwise(kind: 'if' | 'with' | 'range'): Node[] {
    const token = this.peek();
    if (token.kind === 'word' && token.text === kind && kind !== 'range') {
      this.next();
      return [this.#branch(kind, token.at)];
    }
    this.expectClose('else');
    const { nodes, ending } = this.#list();
    if (ending !== 'end') throw this.unclosed(kind, token.at);
    return nodes;
  }

  #define(token: Token): void {
    const name = this.expectString('define');
    this.expectClose('define');
    this.#keep(name, token);
  }

  #template(kind: 'block' | 'template', at: number): Node {
    const name = this.expectString(kind);
    let pipeline: Pipeline | undefined;
    if (this.peek().kind !== 'close' || kind === 'block') pipeline = this.pipeline(kind);
    this.expectClose(kind);
    if (kind === 'block') this.#keep(name, { kind: 'word', text: kind, at, spaced: false });
    return { kind: 'template', name, pipeline, at };
  }

  /** The body of a template of its own, which sees no variables from outside. */
  #keep(name: string, token: Token): void {
    const outside = this.isolate();
    const loops = this.#loops;
    this.#loops = 0;
    const { nodes, ending } = this.#list();
    if (ending !== 'end') throw this.unclosed(token.text, token.at);
    this.#loops = loops;
    this.restore(outside);
    const isEmpty = nodes.every((node) => node.kind === 'text' && node.text.trim() === '');
    const earlier = this.#defined.get(name) ?? [];
    if (isEmpty && earlier.length > 0) return;
    if (earlier.length > 0) throw this.error('that template is defined twice', token);
    this.#defined.set(name, isEmpty ? [] : nodes);
  }
}
