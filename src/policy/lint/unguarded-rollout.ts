import type { CallExpr, Expr } from '../../cel/parse/ast.ts';
import { childrenOf } from '../../cel/parse/children.ts';
import { GATES, type RolloutPolicySpec } from '../../domain/policy.ts';
import { isNamed, variableOf, type ParsedExpression } from './expressions.ts';

/** A place where a variable is looked into although it may be null. */
export interface UnguardedUse {
  readonly field: string;
  /** UTF-16 code units into the expression. */
  readonly offset: number;
}

/**
 * Finds uses of a member of `rollout` that nothing guards: outside gates `rollout` is null, and such a use an error.
 * Guards are `rollout != null` and `rollout == null` in `&&`, `||`, `!` and `?:`, also through variables, match
 * conditions and, for messages, the validation that must have failed.
 * @returns none for a policy that is evaluated at gates only
 */
export function unguardedRollout(
  spec: RolloutPolicySpec,
  parsed: ReadonlyMap<string, ParsedExpression>,
): readonly UnguardedUse[] {
  const sites = spec.evaluateAt ?? ['Admission', 'Scan'];
  if (sites.every(isGate)) return [];
  return new Analysis(spec, parsed, 'rollout').run();
}

/**
 * The same for `oldObject`, which is null at gates, whatever operations the policy matches.
 * @returns none for a policy that no gate asks
 */
export function unguardedOldObject(
  spec: RolloutPolicySpec,
  parsed: ReadonlyMap<string, ParsedExpression>,
): readonly UnguardedUse[] {
  const isAsked = (spec.evaluateAt ?? []).some(isGate);
  return isAsked ? new Analysis(spec, parsed, 'oldObject').run() : [];
}

function isGate(site: string): boolean {
  return (GATES as readonly string[]).includes(site);
}

/** Bounds the work on expressions that repeat themselves through variables. */
const MAX_STEPS = 100_000;

class Analysis {
  readonly #found = new Map<string, UnguardedUse>();
  readonly #parsed: ReadonlyMap<string, ParsedExpression>;
  readonly #variables = new Map<string, ParsedExpression>();
  /** Variables that were looked into without a guard, or are being looked into. */
  readonly #entered = new Set<string>();
  /** The variable that may be null. */
  readonly #name: string;
  #steps = 0;

  constructor(
    spec: RolloutPolicySpec,
    parsed: ReadonlyMap<string, ParsedExpression>,
    name: string,
  ) {
    this.#name = name;
    this.#parsed = parsed;
    for (const [index, { name }] of (spec.variables ?? []).entries()) {
      const expression = parsed.get(`spec.variables[${index}].expression`);
      if (expression !== undefined) this.#variables.set(name, expression);
    }
  }

  run(): readonly UnguardedUse[] {
    let isGuarded = false;
    for (const { field, tree } of this.#parsed.values()) {
      if (!field.startsWith('spec.matchConditions[')) continue;
      this.#look(field, tree, false);
      isGuarded ||= this.#implies(tree, true);
    }
    for (const { field, tree } of this.#parsed.values()) {
      if (/^spec\.(?:matchConditions|variables)\[/.test(field)) continue;
      this.#look(field, tree, isGuarded || this.#isMessageOfGuarded(field));
    }
    return [...this.#found.values()];
  }

  /** A message is made only when its validation is false. */
  #isMessageOfGuarded(field: string): boolean {
    if (!field.endsWith('.messageExpression')) return false;
    const validation = this.#parsed.get(field.replace(/messageExpression$/, 'expression'));
    return validation !== undefined && this.#implies(validation.tree, false);
  }

  /** Whether a node having this value means that the variable is not null. */
  #implies(node: Expr, value: boolean): boolean {
    if (++this.#steps > MAX_STEPS) return false;
    const variable = variableOf(node);
    if (variable !== undefined) {
      const expression = this.#variables.get(variable);
      return expression !== undefined && this.#implies(expression.tree, value);
    }
    return node.kind === 'call' && this.#callImplies(node, value);
  }

  #callImplies({ name, args }: CallExpr, value: boolean): boolean {
    const [first, second, third] = args;
    switch (name) {
      case '_!=_':
      case '_==_':
        return isNullTest(this.#name, [first, second]) && value === (name === '_!=_');
      case '!_':
        return first !== undefined && this.#implies(first, !value);
      case '_&&_':
      case '_||_': {
        // Every term has this value, or at least one of them.
        const isEach = value === (name === '_&&_');
        const implied = args.map((term) => this.#implies(term, value));
        return isEach ? implied.some(Boolean) : implied.every(Boolean);
      }
      case '_?_:_':
        return [second, third].every((arm) => arm !== undefined && this.#implies(arm, value));
      default:
        return false;
    }
  }

  #look(field: string, node: Expr, isGuarded: boolean): void {
    if (isGuarded || ++this.#steps > MAX_STEPS) return;
    const variable = variableOf(node);
    if (variable !== undefined) {
      this.#enter(variable);
      return;
    }
    const looked = lookedInto(node);
    if (looked !== undefined && isNamed(looked, this.#name)) {
      this.#found.set(`${field} ${looked.offset}`, { field, offset: looked.offset });
    }
    if (node.kind === 'call' && ['_&&_', '_||_', '_?_:_'].includes(node.name)) {
      this.#branches(field, node);
      return;
    }
    const below = node.kind === 'fold' ? partsOf(node) : childrenOf(node);
    for (const child of below) this.#look(field, child, false);
  }

  #enter(variable: string): void {
    const expression = this.#variables.get(variable);
    if (expression === undefined || this.#entered.has(variable)) return;
    this.#entered.add(variable);
    this.#look(expression.field, expression.tree, false);
  }

  /** An error of one term is absorbed when another decides, so that guards may stand on either side. */
  #branches(field: string, { name, args }: CallExpr): void {
    if (name === '_?_:_') {
      const [condition, whenTrue, whenFalse] = args as [Expr, Expr, Expr];
      this.#look(field, condition, false);
      this.#look(field, whenTrue, this.#implies(condition, true));
      this.#look(field, whenFalse, this.#implies(condition, false));
      return;
    }
    const passes = name === '_&&_';
    const implied = args.map((term) => this.#implies(term, passes));
    for (const [index, term] of args.entries()) {
      const isGuarded = implied.some((guards, other) => guards && other !== index);
      this.#look(field, term, isGuarded);
    }
  }
}

function isNullTest(name: string, sides: readonly (Expr | undefined)[]): boolean {
  return (
    sides.some((side) => side !== undefined && isNamed(side, name)) &&
    sides.some((side) => side?.kind === 'const' && side.value === null)
  );
}

/** What a selection, index or test looks into. */
function lookedInto(node: Expr): Expr | undefined {
  if (node.kind === 'select') return node.operand;
  return node.kind === 'call' && ['_[_]', '_[?_]', '_?._'].includes(node.name)
    ? node.args[0]
    : undefined;
}

function partsOf(node: Extract<Expr, { kind: 'fold' }>): readonly Expr[] {
  const parts = node.fold === 'bind' ? [node.accumulator] : [node.range];
  return [...parts, ...(node.filter === undefined ? [] : [node.filter]), node.body];
}
