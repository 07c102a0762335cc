import type { Environment } from '../base-environment.ts';
import { MESSAGES, NULL_VALUE } from '../messages.ts';
import type { Reference } from '../parse/ast.ts';
import { INT, struct, typeOf, type CelType } from '../types.ts';

/** What a name stands for, with its type. */
export interface Resolved {
  readonly reference: Reference;
  readonly type: CelType;
}

/** Names in sight: those of comprehensions around, then those of the environment. */
export class Scope {
  readonly #environment: Environment;
  readonly #locals: { readonly name: string; readonly type: CelType }[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  push(name: string, type: CelType): void {
    this.#locals.push({ name, type });
  }

  pop(): void {
    this.#locals.pop();
  }

  #local(name: string): CelType | undefined {
    return this.#locals.findLast((local) => local.name === name)?.type;
  }

  /** @param name with a leading dot when it is meant to be global */
  ident(name: string): Resolved | undefined {
    const local = name.startsWith('.') ? undefined : this.#local(name);
    if (local !== undefined) return { reference: { kind: 'local', name }, type: local };
    return this.#global(name.replace(/^\./, ''));
  }

  /** A name with dots, unless its first part is a local variable. */
  qualified(names: readonly string[]): Resolved | undefined {
    const [first = ''] = names;
    if (!first.startsWith('.') && this.#local(first) !== undefined) return undefined;
    return this.#global(names.join('.').replace(/^\./, ''));
  }

  #global(name: string): Resolved | undefined {
    const variable = this.#environment.variables.get(name);
    if (variable !== undefined) return { reference: { kind: 'variable', name }, type: variable };
    const type = this.type(name);
    return type === undefined
      ? wellKnown(name)
      : { reference: { kind: 'type', type }, type: typeOf(type) };
  }

  /** The type that a name stands for. */
  type(name: string): CelType | undefined {
    const bare = name.replace(/^\./, '');
    const declared = this.#environment.types.get(bare);
    if (declared !== undefined) return declared;
    const found = this.#environment.findStruct(bare);
    return found === undefined ? undefined : struct(found);
  }
}

function wellKnown(name: string): Resolved | undefined {
  if (name === NULL_VALUE) {
    return { reference: { kind: 'constant', name, value: 0n }, type: INT };
  }
  const message = MESSAGES.get(name);
  return message && { reference: { kind: 'message', name }, type: typeOf(message.type) };
}
