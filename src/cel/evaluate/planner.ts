import type { Environment } from '../base-environment.ts';
import type {
  CallExpr,
  Expr,
  FoldExpr,
  ListExpr,
  MapExpr,
  SelectExpr,
  StructExpr,
} from '../parse/ast.ts';
import type { Overload } from '../library.ts';
import { FOLDED } from '../standard/conversions.ts';
import { STANDARD_NAMES } from '../standard/index.ts';
import type { CelValue } from '../values.ts';
import { resolver, withQualifier } from './attribute.ts';
import { callRun, type Callee } from './call.ts';
import { foldRun } from './folds.ts';
import { structRun } from './literals.ts';
import { listPlan, mapPlan } from './literal-plans.ts';
import {
  BINARY,
  UNARY,
  alternativeRun,
  binaryRun,
  equalityRun,
  logicRun,
  membershipRun,
  unaryRun,
} from './operators.ts';
import { observed, startOf, type Branch, type BranchObserver } from './observe.ts';
import { NamePlanner } from './name-planner.ts';
import { PlanIssue, type Attribute, type Plan, type Qualifier, type Run } from './plan.ts';
import {
  calleeOf,
  composedPlan,
  constantPlan,
  foldCall,
  isCompiledRegex,
  isPrimitive,
  isVariablesIdent,
  runPlan,
  toRun,
} from './plan-parts.ts';
import { isQualifier } from './qualify.ts';

/** A checked tree as a function, and how many slots its frames need. */
export interface Executable {
  readonly run: Run;
  readonly slots: number;
}

/**
 * Compiles a checked tree to closures. Constants are computed here.
 * @param observation who is told of the branches, and the source that they are places of; steps without one cost nothing
 * @throws PlanIssue when that fails
 */
export function plan(
  expression: Expr,
  environment: Environment,
  observation?: Observation,
): Executable {
  const planner = new Planner(environment, observation);
  const run = planner.branch('result', expression);
  return { run, slots: planner.slots };
}

interface Observation {
  readonly source: string;
  readonly observer: BranchObserver;
}

const isUnguarded = ({ unguarded }: Overload): boolean => unguarded === true;

/** Whether the first argument that is an error ends a call: cel-go calls it with a list of arguments. */
function isEager({ name, overloads, isResolved }: Callee): boolean {
  const hasOneBinding = STANDARD_NAMES.has(name) || overloads.every(isUnguarded);
  if (!isResolved && !hasOneBinding) return true;
  return overloads.some(({ isVariadic }) => isVariadic === true);
}

class Planner extends NamePlanner {
  slots = 0;
  readonly #observation: Observation | undefined;

  constructor(environment: Environment, observation: Observation | undefined) {
    super(environment);
    this.#observation = observation;
  }

  /** As `run`, observed when somebody asked for it. */
  branch(kind: Branch['kind'], node: Expr): Run {
    const run = this.run(node);
    if (this.#observation === undefined) return run;
    const { source, observer } = this.#observation;
    return observed(run, observer({ kind, start: startOf(source, node) }));
  }

  run(node: Expr): Run {
    return toRun(this.#plan(node));
  }

  #plan(node: Expr): Plan {
    switch (node.kind) {
      case 'const':
        return constantPlan(node.value);
      case 'ident':
        return this.name(node);
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

  #struct(node: StructExpr): Plan {
    const fields = node.fields.map((field) => ({ ...field, run: this.run(field.value) }));
    return runPlan(structRun(node.name.replace(/^\./, ''), fields));
  }

  #select(node: SelectExpr): Plan {
    if (node.reference !== undefined) return this.name(node);
    const isVariable = isVariablesIdent(node.operand) && !node.isTest;
    if (isVariable) {
      const isFree = this.isShadowed(node);
      return composedPlan(node.field, isFree);
    }
    const qualifier = { key: node.field, run: undefined, isOptional: false, isTest: node.isTest };
    return this.#qualified(this.#plan(node.operand), qualifier);
  }

  #qualified(operand: Plan, qualifier: Qualifier): Plan {
    const attribute: Attribute =
      operand.kind === 'attribute'
        ? operand.attribute
        : { kind: 'path', root: toRun(operand), qualifiers: [] };
    return { kind: 'attribute', attribute: withQualifier(attribute, qualifier) };
  }

  #index(node: CallExpr, isOptional: boolean): Plan {
    const [operand, index] = node.args as [Expr, Expr];
    const key = this.#plan(index);
    if (key.kind !== 'constant') {
      const run = key.kind === 'attribute' ? resolver(key.attribute) : key.run;
      const qualifier = { key: undefined, run, isOptional, isTest: false };
      return this.#qualified(this.#plan(operand), qualifier);
    }
    if (!isQualifier(key.value)) throw new PlanIssue(node.offset, 'invalid qualifier type');
    const qualifier = { key: key.value, run: undefined, isOptional, isTest: false };
    return this.#qualified(this.#plan(operand), qualifier);
  }

  #call(node: CallExpr): Plan {
    switch (node.name) {
      case '_&&_':
      case '_||_':
        return runPlan(logicRun(node.name === '_&&_', this.#operands(node)));
      case '_?:_':
      case '_?_:_':
        return this.#conditional(node);
      case '_[_]':
        return this.#index(node, false);
      case '_[?_]':
      case '_?._':
        return this.#index(node, true);
      case '_==_':
      case '_!=_': {
        const [left, right] = this.#runs(node.args) as [Run, Run];
        return runPlan(equalityRun(node.name === '_!=_', left, right));
      }
      default:
        return this.#operator(node) ?? this.#function(node);
    }
  }

  #conditional(node: CallExpr): Plan {
    const [condition, whenTrue, whenFalse] = node.args as [Expr, Expr, Expr];
    const attribute: Attribute = {
      kind: 'conditional',
      condition: this.branch('condition', condition),
      whenTrue: this.#arm(whenTrue),
      whenFalse: this.#arm(whenFalse),
    };
    return { kind: 'attribute', attribute };
  }

  #arm(node: Expr): Attribute {
    const planned = this.#plan(node);
    return planned.kind === 'attribute'
      ? planned.attribute
      : { kind: 'path', root: toRun(planned), qualifiers: [] };
  }

  #operator(node: CallExpr): Plan | undefined {
    if (node.target !== undefined) return this.#alternative(node, node.target);
    const [first, second] = node.args;
    if (first === undefined) return undefined;
    const unary = Object.hasOwn(UNARY, node.name) ? UNARY[node.name] : undefined;
    if (unary !== undefined) return runPlan(unaryRun(unary, this.run(first)));
    return second === undefined ? undefined : this.#binary(node, first, second);
  }

  #binary(node: CallExpr, first: Expr, second: Expr): Plan | undefined {
    const binary = Object.hasOwn(BINARY, node.name) ? BINARY[node.name] : undefined;
    if (binary === undefined) return undefined;
    const member = node.name === '@in' ? this.#membership(node, first, second) : undefined;
    if (member !== undefined) return member;
    const [overload, ...others] = node.overloads ?? [];
    const cost = others.length === 0 ? overload?.cost : undefined;
    return runPlan(binaryRun(binary, cost, this.run(first), this.run(second)));
  }

  /** `x in [constants]`, which costs nothing and, for an empty list, does not even look at x. */
  #membership(node: CallExpr, value: Expr, container: Expr): Plan | undefined {
    const [overload, ...others] = node.overloads ?? [];
    if (overload?.id !== 'in_list' || others.length > 0) return undefined;
    const planned = this.#plan(container);
    if (planned.kind !== 'constant' || !Array.isArray(planned.value)) return undefined;
    const elements = planned.value as readonly CelValue[];
    if (elements.length === 0) return constantPlan(false);
    if (!elements.every(isPrimitive)) return undefined;
    return runPlan(membershipRun(this.run(value), elements));
  }

  #alternative(node: CallExpr, target: Expr): Plan | undefined {
    const isValue = node.name === 'orValue';
    const [alternative, ...others] = node.args;
    if (alternative === undefined || others.length > 0) return undefined;
    if (!isValue && node.name !== 'or') return undefined;
    return runPlan(alternativeRun(isValue, this.run(target), this.run(alternative)));
  }

  #function(node: CallExpr): Plan {
    const name = (node.qualified ?? node.name).replace(/^\./, '');
    const target = node.qualified === undefined ? node.target : undefined;
    const args = target === undefined ? node.args : [target, ...node.args];
    const callee = calleeOf(node, name, this.environment);
    const [first, pattern, ...others] = args.map((argument) => this.#plan(argument));
    if (FOLDED.has(name) && first?.kind === 'constant' && pattern === undefined) {
      return constantPlan(foldCall(node, callee, first.value));
    }
    const isCompiled = pattern !== undefined && isCompiledRegex(node, name, pattern);
    const plans = [first, pattern, ...others].filter((planned) => planned !== undefined);
    return runPlan(callRun(callee, plans.map(toRun), isCompiled || isEager(callee)));
  }

  #operands({ args }: CallExpr): readonly Run[] {
    return args.map((node) => this.branch('operand', node));
  }

  #runs(nodes: readonly Expr[]): readonly Run[] {
    return nodes.map((node) => this.run(node));
  }

  #list(node: ListExpr): Plan {
    return listPlan(
      node.elements.map(({ value, isOptional }) => ({ plan: this.#plan(value), isOptional })),
    );
  }

  #map(node: MapExpr): Plan {
    return mapPlan(
      node.entries.map(({ key, value, isOptional }) => ({
        key: this.#plan(key),
        value: this.#plan(value),
        isOptional,
      })),
    );
  }

  #fold(node: FoldExpr): Plan {
    if (node.fold === 'bind') return this.#bind(node);
    const range = this.run(node.range);
    const slot = this.slots++;
    const slot2 = node.variable2 === undefined ? undefined : this.slots++;
    this.locals.push({ name: node.variable, slot, bound: undefined });
    if (node.variable2 !== undefined && slot2 !== undefined) {
      this.locals.push({ name: node.variable2, slot: slot2, bound: undefined });
    }
    const filter = node.filter === undefined ? undefined : this.run(node.filter);
    const body = this.#plan(node.body);
    this.locals.length -= slot2 === undefined ? 1 : 2;
    const isConstantBody = body.kind === 'constant';
    return runPlan(
      foldRun({ kind: node.fold, range, slot, slot2, filter, body: toRun(body), isConstantBody }),
    );
  }

  #bind(node: FoldExpr): Plan {
    const bound = this.run(node.accumulator);
    const slot = this.slots++;
    this.locals.push({ name: node.accumulatorName, slot, bound });
    const body = this.run(node.body);
    // Never run, but a name for a type cannot be planned.
    this.run(node.step);
    this.locals.pop();
    return runPlan((frame) => {
      frame.slots[slot] = undefined;
      return body(frame);
    });
  }
}
