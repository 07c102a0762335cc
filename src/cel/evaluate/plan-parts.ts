import { CelRuntimeError, type FunctionDeclaration, type Overload } from '../library.ts';
import type { Activation } from '../program.ts';
import type { Environment } from '../base-environment.ts';
import type { CallExpr, Expr, Reference } from '../parse/ast.ts';
import { runtimeType } from '../standard/runtime-type.ts';
import { STANDARD_NAMES } from '../standard/index.ts';
import { erasedName } from '../types.ts';
import { compileRegex } from '../regex.ts';
import { CelUint, type CelValue } from '../values.ts';
import { runAttribute } from './attribute.ts';
import type { Callee } from './call.ts';
import { Failure, type Result } from './failure.ts';
import { choose } from './guard.ts';
import { PlanIssue, type Plan, type Run } from './plan.ts';
import { constantKey, shared } from './shared-runs.ts';

/** A plan that is known already. */
export const constantPlan = (value: CelValue): Plan => ({ kind: 'constant', value });
/** A plan that is no path. */
export const runPlan = (run: Run): Plan => ({ kind: 'run', run });
/** A path without steps. */
export const pathPlan = (root: Run, isFree = false): Plan => ({
  kind: 'attribute',
  attribute: { kind: 'path', root, qualifiers: [], ...(isFree ? { isFree } : {}) },
});

const NO_CONTEXT = { authorize: () => undefined };

/** A plan as a step that charges its own cost. */
export function toRun(planned: Plan): Run {
  if (planned.kind === 'run') return planned.run;
  if (planned.kind === 'attribute') return runAttribute(planned.attribute);
  return constantRun(planned.value);
}

function constantRun(value: CelValue): Run {
  return shared(constantKey(value), () => () => value);
}

/** Null is a value; what is not given at all is an error. */
function missingVariable({ values }: Activation, name: string): Result {
  return values[name] === null ? null : new Failure('other', `no such attribute(s): ${name}`);
}

/** A declared variable; one that is not given is an error when it is used. */
export function variableRoot(name: string): Run {
  return shared(
    `variable ${name}`,
    () => (frame) => frame.activation.values[name] ?? missingVariable(frame.activation, name),
  );
}

/** `variables.NAME`: a path of one step that asks for nothing but this variable. */
function composedRoot(name: string, isFree: boolean): Run {
  if (isFree) return shared(`free ${name}`, () => (frame) => frame.variable(name));
  return shared(`composed ${name}`, () => (frame) => {
    frame.charge(1);
    return frame.variable(name);
  });
}

/** `variables.NAME`, from which a path may go on. */
export function composedPlan(name: string, isFree: boolean): Plan {
  const root = composedRoot(name, isFree);
  return {
    kind: 'attribute',
    attribute: {
      kind: 'path',
      root,
      qualifiers: [],
      isComposed: true,
      ...(isFree ? { isFree } : {}),
    },
  };
}

/** The first name of a path that was written with a leading dot; without the dot. */
export function dottedName(node: Expr): string | undefined {
  if (node.kind === 'select') return dottedName(node.operand);
  return node.kind === 'ident' && node.name.startsWith('.') ? node.name.slice(1) : undefined;
}

/**
 * A name that was written with a dot to get past a local variable: cel-go does not count the steps after it.
 * @throws PlanIssue for a type, which it does not find that way
 */
export function freed(reference: Reference, offset: number, planned: Plan): Plan {
  if (reference.kind === 'type') {
    throw new PlanIssue(offset, `reference to undefined type: .${erasedName(reference.type)}`);
  }
  if (planned.kind !== 'attribute' || planned.attribute.kind !== 'path') return planned;
  return { kind: 'attribute', attribute: { ...planned.attribute, isFree: true } };
}

/** Cost of a standard function when the static types leave several overloads; Kubernetes counts others by name. */
const FLAT_COST = (): number => 1;

/** What a call of a declared function may run. */
export function calleeOf(node: CallExpr, name: string, { functions }: Environment): Callee {
  const [overload, ...others] = node.overloads ?? [];
  if (overload !== undefined && others.length === 0) return resolvedCallee(name, overload);
  const declared = functions.get(name);
  if (declared === undefined) return { name, overloads: node.overloads ?? [], isResolved: false };
  return openCallee(name, declared);
}

/** Calls of one overload, or of one function, have their callee in common. */
const CALLEES = new WeakMap<Overload | FunctionDeclaration, Callee>();

function resolvedCallee(name: string, overload: Overload): Callee {
  const known = CALLEES.get(overload);
  if (known?.name === name) return known;
  const callee: Callee = { name, overloads: [overload], isResolved: true, openCost: undefined };
  CALLEES.set(overload, callee);
  return callee;
}

function openCallee(name: string, declared: FunctionDeclaration): Callee {
  const known = CALLEES.get(declared);
  if (known?.name === name) return known;
  const { overloads } = declared;
  const openCost = STANDARD_NAMES.has(name) ? FLAT_COST : declared.openCost;
  const callee: Callee = { name, overloads, isResolved: false, openCost };
  CALLEES.set(declared, callee);
  return callee;
}

/** Whether a node is the variable `variables`. */
export function isVariablesIdent(node: Expr): boolean {
  return (
    node.kind === 'ident' &&
    node.reference?.kind === 'variable' &&
    node.reference.name === 'variables'
  );
}

/** Whether a constant may be an element of a precomputed set. */
export function isPrimitive(value: CelValue): boolean {
  return value instanceof CelUint || typeof value !== 'object';
}

/** The value of a call whose argument is constant. @throws PlanIssue when it fails */
export function foldCall(node: CallExpr, { overloads, name }: Callee, value: CelValue): CelValue {
  try {
    const overload = choose(overloads, [value]);
    if (overload === undefined) {
      throw new PlanIssue(node.offset, `no such overload: ${name}(${runtimeType(value)})`);
    }
    return overload.call([value], NO_CONTEXT);
  } catch (error) {
    if (error instanceof CelRuntimeError) throw new PlanIssue(node.offset, error.message);
    throw error;
  }
}

/** Functions whose second argument is a regular expression that is compiled in advance when it is constant. */
const REGEX_FUNCTIONS = new Set(['matches', 'find', 'findAll']);

/** Whether a call has a constant regular expression. @throws PlanIssue when that is not valid */
export function isCompiledRegex(node: CallExpr, name: string, pattern: Plan): boolean {
  if (!REGEX_FUNCTIONS.has(name) || pattern.kind !== 'constant') return false;
  try {
    if (typeof pattern.value === 'string') compileRegex(pattern.value);
    return true;
  } catch (error) {
    if (error instanceof CelRuntimeError) throw new PlanIssue(node.offset, error.message);
    throw error;
  }
}
