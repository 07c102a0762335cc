import { partsOf } from './format.ts';
import { BUILTINS, type TemplateFunction } from './functions.ts';
import type { Branch, Command, Node, Operand, Pipeline } from './nodes.ts';
import type { ParsedTemplate } from './parse.ts';
import { isTrue, sortedEntries, Text, typeName, type TextPart, type Value } from './values.ts';

/** Nodes and function calls that one run may take. */
const MAX_STEPS = 10_000;
/** Characters that one run may write. */
const MAX_OUTPUT = 65_536;
const MAX_DEPTH = 100;

/** What stops a loop, or a round of it. */
type Signal = 'break' | 'continue' | undefined;

export interface EvaluateOptions {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  /** Makes the error of a place in the source. */
  readonly error: (problem: string, at: number) => Error;
}

/**
 * Runs a template on nil, as `Execute(out, nil)` does with the option `missingkey=error`.
 * @throws what `error` makes
 */
export function evaluate(template: ParsedTemplate, options: EvaluateOptions): TextPart[] {
  return new Evaluator(template, options).run();
}

class Evaluator {
  readonly #template: ParsedTemplate;
  readonly #options: EvaluateOptions;
  readonly #out: TextPart[] = [];
  #variables: { name: string; value: Value }[] = [{ name: '', value: null }];
  #steps = 0;
  #length = 0;
  #depth = 0;

  constructor(template: ParsedTemplate, options: EvaluateOptions) {
    this.#template = template;
    this.#options = options;
  }

  run(): TextPart[] {
    this.#walk(this.#template.nodes, null);
    return this.#out;
  }

  #walk(nodes: readonly Node[], dot: Value): Signal {
    for (const node of nodes) {
      this.#count(node.at);
      const signal = this.#node(node, dot);
      if (signal !== undefined) return signal;
    }
    return undefined;
  }

  #node(node: Node, dot: Value): Signal {
    switch (node.kind) {
      case 'text':
        this.#write([{ text: node.text, foreign: false }], node.at);
        return undefined;
      case 'action': {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.sets === undefined) this.#print(value, node.at);
        return undefined;
      }
      case 'break':
      case 'continue':
        return node.kind;
      case 'template':
        this.#invoke(node.name, this.#argument(node.pipeline, dot), node.at);
        return undefined;
      default:
        return this.#branch(node, dot);
    }
  }

  #branch(branch: Branch, dot: Value): Signal {
    const mark = this.#variables.length;
    const value = this.#pipeline(branch.pipeline, dot);
    let signal: Signal;
    if (branch.kind === 'range') signal = this.#range(branch, value, dot);
    else if (!isTrue(value)) signal = this.#walk(branch.otherwise, dot);
    else signal = this.#walk(branch.body, branch.kind === 'with' ? value : dot);
    this.#variables.length = mark;
    return signal;
  }

  #range(branch: Branch, value: Value, dot: Value): Signal {
    const mark = this.#variables.length;
    let rounds = 0;
    for (const [key, item] of this.#items(branch, value)) {
      rounds += 1;
      this.#count(branch.at);
      this.#setLoopVariables(branch.pipeline, key, item, mark);
      const signal = this.#walk(branch.body, item);
      this.#variables.length = mark;
      if (signal === 'break') return undefined;
    }
    return rounds === 0 ? this.#walk(branch.otherwise, dot) : undefined;
  }

  *#items({ pipeline, at }: Branch, value: Value): Iterable<[Value, Value]> {
    if (value === null) return;
    if (value instanceof Map) {
      for (const [key, item] of sortedEntries(value as ReadonlyMap<string, Value>)) {
        yield [Text.foreign(key), item];
      }
    } else if (Array.isArray(value)) {
      let index = 0n;
      for (const item of value as readonly Value[]) yield [index++, item];
    } else if (typeof value !== 'bigint') {
      throw this.#error(`range can't iterate over a value of type ${typeName(value)}`, at);
    } else if (pipeline.variables.length > 1) {
      throw this.#error("range can't iterate over an int with more than one variable", at);
    } else {
      for (let index = 0n; index < value; index++) yield [null, index];
    }
  }

  #setLoopVariables({ variables, sets }: Pipeline, key: Value, item: Value, mark: number): void {
    const values = variables.length > 1 ? [key, item] : [item];
    values.slice(0, variables.length).forEach((value, index) => {
      const declared = this.#variables[mark - variables.length + index];
      if (sets === 'assign') this.#assign(variables[index] ?? '', value);
      else if (declared !== undefined) declared.value = value;
    });
  }

  #argument(pipeline: Pipeline | undefined, dot: Value): Value {
    return pipeline === undefined ? null : this.#pipeline(pipeline, dot);
  }

  #invoke(name: string, dot: Value, at: number): void {
    const nodes = this.#template.defined.get(name);
    if (nodes === undefined) throw this.#error('that template is not defined', at);
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error('templates are nested too deep', at);
    const outside = this.#variables;
    this.#variables = [{ name: '', value: dot }];
    this.#walk(nodes, dot);
    this.#variables = outside;
    this.#depth -= 1;
  }

  #pipeline(pipeline: Pipeline, dot: Value): Value {
    let value: Value | undefined;
    for (const command of pipeline.commands) value = this.#command(command, dot, value);
    const result = value ?? null;
    for (const name of pipeline.variables) {
      if (pipeline.sets === 'assign') this.#assign(name, result);
      else this.#variables.push({ name, value: result });
    }
    return result;
  }

  /** @param piped the value of the command before, which becomes the last argument */
  #command({ operands }: Command, dot: Value, piped: Value | undefined): Value {
    const [first, ...rest] = operands;
    if (first === undefined) return null;
    if (first.kind === 'function') return this.#call(first, { rest, piped }, dot);
    if (rest.length > 0 || piped !== undefined) {
      throw this.#error('arguments are given to what is no function', first.at);
    }
    if (first.kind === 'nil') throw this.#error('nil is not a command', first.at);
    return this.#operand(first, dot);
  }

  #call(
    { name, at }: { name: string; at: number },
    { rest, piped }: { rest: readonly Operand[]; piped: Value | undefined },
    dot: Value,
  ): Value {
    this.#count(at);
    const operands = rest.map((operand) => () => this.#operand(operand, dot));
    if (piped !== undefined) operands.push(() => piped);
    if (name === 'and' || name === 'or') return this.#logical(name, operands, at);
    const found = this.#options.functions.get(name) ?? BUILTINS.get(name);
    if (found === undefined) throw this.#error('that function is not defined', at);
    const [least, most] = found.arity;
    if (operands.length < least || operands.length > most) {
      const wanted = least === most ? String(least) : `at least ${least}`;
      const text = `wrong number of arguments for ${name}: want ${wanted}, got ${operands.length}`;
      throw this.#error(text, at);
    }
    const values = operands.map((operand) => operand());
    return this.#guarded(() => found.call(values), `error calling ${name}`, at);
  }

  /** Go's `and` and `or` answer the argument that decided, and evaluate none after it. */
  #logical(name: 'and' | 'or', operands: readonly (() => Value)[], at: number): Value {
    let value: Value | undefined;
    for (const operand of operands) {
      value = operand();
      if (isTrue(value) === (name === 'or')) return value;
    }
    if (value !== undefined) return value;
    throw this.#error(`wrong number of arguments for ${name}: want at least 1, got 0`, at);
  }

  #operand(operand: Operand, dot: Value): Value {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'constant': {
        const { value } = operand;
        return typeof value === 'string' ? Text.own(value) : value;
      }
      case 'field':
        return this.#fields(dot, operand);
      case 'variable':
        return this.#fields(this.#find(operand.name, operand.at).value, operand);
      case 'function':
        return this.#call(operand, { rest: [], piped: undefined }, dot);
      case 'chain':
        return this.#fields(this.#operand(operand.of, dot), operand);
      case 'pipeline':
        return this.#pipeline(operand.pipeline, dot);
    }
  }

  #fields(from: Value, { names, at }: { names: readonly string[]; at: number }): Value {
    let value = from;
    for (const name of names) {
      if (value === null) throw this.#error(`nil has no entry for key ${shown(name)}`, at);
      if (!(value instanceof Map)) {
        const type = typeName(value);
        throw this.#error(`can't evaluate field ${shown(name)} in type ${type}`, at);
      }
      const found = (value as ReadonlyMap<string, Value>).get(name);
      if (found === undefined) throw this.#error(`map has no entry for key ${shown(name)}`, at);
      value = found;
    }
    return value;
  }

  #find(name: string, at: number): { value: Value } {
    const found = this.#variables.findLast((variable) => variable.name === name);
    if (found === undefined) throw this.#error(`undefined variable $${shown(name)}`, at);
    return found;
  }

  #assign(name: string, value: Value): void {
    const found = this.#variables.findLast((variable) => variable.name === name);
    if (found !== undefined) found.value = value;
  }

  #print(value: Value, at: number): void {
    if (value === null) this.#write([{ text: '<no value>', foreign: false }], at);
    else this.#write(partsOf(value), at);
  }

  #write(parts: readonly TextPart[], at: number): void {
    for (const part of parts) this.#length += part.text.length;
    if (this.#length > MAX_OUTPUT) throw this.#error(`more than ${MAX_OUTPUT} characters`, at);
    this.#out.push(...parts);
  }

  #count(at: number): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) throw this.#error(`more than ${MAX_STEPS} steps`, at);
  }

  #guarded(call: () => Value, what: string, at: number): Value {
    try {
      return call();
    } catch (error) {
      throw this.#error(`${what}: ${error instanceof Error ? error.message : 'it failed'}`, at);
    }
  }

  #error(problem: string, at: number): Error {
    return this.#options.error(problem, at);
  }
}

function shown(name: string): string {
  return name.length > 40 ? `${name.slice(0, 40)}…` : name;
}
