import type { Environment } from '../base-environment.ts';
import type { CelErrorClass, FunctionDeclaration, Overload } from '../library.ts';
import { MESSAGES } from '../messages.ts';
import type {
  CallExpr,
  Expr,
  FoldExpr,
  IdentExpr,
  ListExpr,
  MapExpr,
  SelectExpr,
  StructExpr,
} from '../parse/ast.ts';
import type { Issue } from '../parse/issue.ts';
import { runtimeType } from '../standard/runtime-type.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  ERROR,
  INT,
  NULL,
  STRING,
  UINT,
  listOf,
  mapOf,
  optionalOf,
  param,
  formatType,
  type CelType,
  type StructType,
} from '../types.ts';
import {
  areAssignable,
  isAssignable,
  isDyn,
  isExact,
  mostGeneral,
  substitute,
  type Mapping,
} from './mapping.ts';
import { instantiate } from './instantiate.ts';
import { Scope } from './scope.ts';

/** Types of constants. */
const CONSTANTS: ReadonlyMap<string, CelType> = new Map([
  ['null_type', NULL],
  ['bool', BOOL],
  ['int', INT],
  ['uint', UINT],
  ['double', DOUBLE],
  ['string', STRING],
  ['bytes', BYTES],
]);

/** Fills in the types, references and overloads of a tree; @returns what is wrong with it */
export function check(expression: Expr, environment: Environment): readonly Issue[] {
  const checker = new Checker(environment);
  checker.check(expression);
  checker.finish();
  return checker.issues;
}

/** Type inference as cel-go does it, in the same order, so that ambiguous cases come out the same. */
class Checker {
  readonly issues: Issue[] = [];
  readonly #environment: Environment;
  readonly #scope: Scope;
  readonly #mapping: Mapping = new Map();
  readonly #typed: Expr[] = [];
  #variables = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#scope = new Scope(environment);
  }

  /** Puts what type variables stand for into every node. */
  finish(): void {
    for (const node of this.#typed) {
      node.type = substitute(this.#mapping, node.type ?? DYN, true);
    }
  }

  check(node: Expr): CelType {
    const type = this.#infer(node);
    if (node.type === undefined) this.#typed.push(node);
    node.type = type;
    return type;
  }

  #infer(node: Expr): CelType {
    switch (node.kind) {
      case 'const':
        return CONSTANTS.get(runtimeType(node.value)) ?? DYN;
      case 'ident':
        return this.#ident(node);
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'struct':
        return this.#struct(node);
      case 'fold':
        return this.#fold(node);
    }
  }

  #report(errorClass: CelErrorClass, node: { readonly offset: number }, message: string): CelType {
    this.issues.push({ errorClass, offset: node.offset, message });
    return ERROR;
  }

  #mismatch(node: { readonly offset: number }, wanted: CelType, found: CelType): CelType {
    const message = `expected type '${formatType(wanted)}' but found '${formatType(found)}'`;
    return this.#report('type', node, message);
  }

  #undeclared(node: { readonly offset: number }, name: string): CelType {
    return this.#report('undeclared', node, `undeclared reference to '${name}' (in container '')`);
  }

  #substitute(type: CelType): CelType {
    return substitute(this.#mapping, type, false);
  }

  #newVariable(): CelType {
    return param(`_var${this.#variables++}`);
  }

  #ident(node: IdentExpr): CelType {
    const resolved = this.#scope.ident(node.name);
    if (resolved === undefined) return this.#undeclared(node, node.name);
    node.reference = resolved.reference;
    return resolved.type;
  }

  #select(node: SelectExpr): CelType {
    const names = node.isTest ? undefined : qualifiedName(node);
    const resolved = names === undefined ? undefined : this.#scope.qualified(names);
    if (resolved !== undefined) {
      node.reference = resolved.reference;
      return resolved.type;
    }
    const type = this.#field(node, node.operand, node.field, false);
    return node.isTest ? BOOL : this.#substitute(type);
  }

  #field(node: Expr, operand: Expr, field: string, isOptional: boolean): CelType {
    const operandType = this.#substitute(this.check(operand));
    const target = operandType.kind === 'optional' ? operandType.value : operandType;
    const type = this.#fieldType(node, target, field);
    return isOptional || operandType.kind === 'optional' ? optionalOf(type) : type;
  }

  #fieldType(node: Expr, target: CelType, field: string): CelType {
    if (target.kind === 'map') return target.value;
    if (target.kind === 'struct') {
      const { fields, anyField } = target.struct;
      const type = Object.hasOwn(fields, field) ? fields[field] : anyField;
      return type ?? this.#report('undefined_field', node, `undefined field '${field}'`);
    }
    if (target.kind === 'param') isAssignable(this.#mapping, DYN, target);
    else if (!isDyn(target) && target !== ERROR) {
      const message = `type '${formatType(target)}' does not support field selection`;
      this.#report('other', node, message);
    }
    return DYN;
  }

  #call(node: CallExpr): CelType {
    const [operand, field] = node.args;
    if (node.name === '_?._' && operand !== undefined && field?.kind === 'const') {
      const type = this.#field(node, operand, field.value as string, true);
      node.overloads = this.#environment.functions.get('_?._')?.overloads ?? [];
      return this.#substitute(type);
    }
    for (const argument of node.args) this.check(argument);
    if (node.target === undefined) return this.#globalCall(node, node.name);
    const prefix = qualifiedName(node.target);
    if (prefix !== undefined) {
      const qualified = `${prefix.join('.')}.${node.name}`.replace(/^\./, '');
      if (this.#environment.functions.has(qualified)) {
        node.qualified = qualified;
        return this.#globalCall(node, qualified);
      }
    }
    this.check(node.target);
    const declaration = this.#environment.functions.get(node.name);
    if (declaration === undefined) return this.#undeclared(node, node.name);
    return this.#resolve(node, declaration, [node.target, ...node.args], true);
  }

  #globalCall(node: CallExpr, name: string): CelType {
    const declaration = this.#environment.functions.get(name.replace(/^\./, ''));
    if (declaration === undefined) return this.#undeclared(node, name);
    return this.#resolve(node, declaration, node.args, false);
  }

  #resolve(
    node: CallExpr,
    declaration: FunctionDeclaration,
    args: readonly Expr[],
    isMember: boolean,
  ): CelType {
    const overloads = declaration.overloads.filter(({ member }) => member === isMember);
    if (node.name === '_&&_' || node.name === '_||_') return this.#logic(node, args, overloads);
    const types = args.map(({ type }) => type ?? ERROR);
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of overloads) {
      const signature = instantiate(overload, () => this.#newVariable());
      if (!areAssignable(this.#mapping, types, signature.params)) continue;
      fitting.push(overload);
      const type = this.#substitute(signature.result);
      if (result === undefined) result = type;
      else if (!isDyn(result) && !isExact(type, result)) result = DYN;
    }
    node.overloads = fitting;
    return result ?? this.#noOverload(node, declaration.name, types, isMember);
  }

  #logic(node: CallExpr, args: readonly Expr[], overloads: readonly Overload[]): CelType {
    node.overloads = overloads;
    let type: CelType = BOOL;
    for (const argument of args) {
      const found = argument.type ?? ERROR;
      if (!isAssignable(this.#mapping, found, BOOL)) type = this.#mismatch(argument, BOOL, found);
    }
    return type;
  }

  #noOverload(node: CallExpr, name: string, types: readonly CelType[], isMember: boolean): CelType {
    const texts = types.map((type) => formatType(substitute(this.#mapping, type, true)));
    const [receiver = '', ...rest] = texts;
    const shown = isMember ? `${receiver}.(${rest.join(', ')})` : `(${texts.join(', ')})`;
    const message = `found no matching overload for '${name}' applied to '${shown}'`;
    return this.#report('no_overload', node, message);
  }

  #list(node: ListExpr): CelType {
    let element: CelType | undefined;
    for (const { value, isOptional } of node.elements) {
      const type = this.#element(value, isOptional);
      element = this.#join(element, type, value);
    }
    return listOf(element ?? this.#newVariable());
  }

  #element(value: Expr, isOptional: boolean): CelType {
    const type = this.check(value);
    if (!isOptional) return type;
    if (type.kind === 'optional') return type.value;
    if (!isDyn(type)) this.#mismatch(value, optionalOf(type), type);
    return type;
  }

  #map(node: MapExpr): CelType {
    let keyType: CelType | undefined;
    let valueType: CelType | undefined;
    for (const { key, value, isOptional } of node.entries) {
      keyType = this.#join(keyType, this.check(key), key);
      valueType = this.#join(valueType, this.#element(value, isOptional), value);
    }
    return mapOf(keyType ?? this.#newVariable(), valueType ?? this.#newVariable());
  }

  /** Parts of different types make dyn, and the validation after this refuses them; before 1.29 the checker itself did. */
  #join(previous: CelType | undefined, current: CelType, node: Expr): CelType {
    if (previous === undefined) return current;
    if (isAssignable(this.#mapping, previous, current)) return mostGeneral(previous, current);
    if (!this.#environment.hasValidators) this.#mismatch(node, previous, current);
    return DYN;
  }

  #struct(node: StructExpr): CelType {
    const message = MESSAGES.get(node.name.replace(/^\./, ''));
    const type = message?.type ?? this.#scope.type(node.name);
    if (type === undefined) return this.#undeclared(node, node.name);
    const shape = message ?? (type.kind === 'struct' ? type.struct : undefined);
    if (shape === undefined) {
      return this.#report('other', node, `'${node.name}' is not a message type`);
    }
    this.#fields(node, shape);
    return type;
  }

  #fields(node: StructExpr, { fields, anyField }: Pick<StructType, 'fields' | 'anyField'>): void {
    for (const field of node.fields) {
      const found = this.#element(field.value, field.isOptional);
      const wanted = Object.hasOwn(fields, field.name) ? fields[field.name] : anyField;
      if (wanted === undefined) {
        this.#report('undefined_field', field, `undefined field '${field.name}'`);
      } else if (!isAssignable(this.#mapping, wanted, found)) {
        const types = `is '${formatType(wanted)}' but provided type is '${formatType(found)}'`;
        this.#report('type', field, `expected type of field '${field.name}' ${types}`);
      }
    }
  }

  #fold(node: FoldExpr): CelType {
    this.check(node.range);
    const accumulated = this.check(node.accumulator);
    const range = this.#substitute(node.range.type ?? ERROR);
    const [first, second] = this.#iterationTypes(node, range);
    this.#scope.push(node.accumulatorName, accumulated);
    this.#scope.push(node.variable, first);
    if (node.variable2 !== undefined) this.#scope.push(node.variable2, second);
    this.#assertType(node.condition, BOOL);
    this.#assertType(node.step, accumulated);
    this.#scope.pop();
    if (node.variable2 !== undefined) this.#scope.pop();
    const result = this.check(node.result);
    this.#scope.pop();
    return this.#substitute(result);
  }

  #assertType(node: Expr, wanted: CelType): void {
    const found = this.check(node);
    if (!isAssignable(this.#mapping, wanted, found)) this.#mismatch(node, wanted, found);
  }

  /** Types of the one or two variables of a comprehension over a range. */
  #iterationTypes(node: FoldExpr, range: CelType): readonly [CelType, CelType] {
    const isPair = node.variable2 !== undefined;
    if (range.kind === 'list') return isPair ? [INT, range.element] : [range.element, ERROR];
    if (range.kind === 'map') return [range.key, range.value];
    if (isDyn(range) || range === ERROR || range.kind === 'param') {
      isAssignable(this.#mapping, DYN, range);
      return [DYN, DYN];
    }
    const type = formatType(range);
    const message = `expression of type '${type}' cannot be range of a comprehension (must be list, map, or dynamic)`;
    return [this.#report('type', node.range, message), ERROR];
  }
}

/** `a.b.c` as its names, when it is nothing but names. */
function qualifiedName(node: Expr): readonly string[] | undefined {
  if (node.kind === 'ident') return [node.name];
  if (node.kind !== 'select' || node.isTest) return undefined;
  const prefix = qualifiedName(node.operand);
  return prefix === undefined ? undefined : [...prefix, node.field];
}
