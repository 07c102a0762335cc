import type { Environment } from '../base-environment.ts';
import type { Expr, IdentExpr, Reference, SelectExpr } from '../parse/ast.ts';
import { erasedName } from '../types.ts';
import { CelTypeValue } from '../values.ts';
import type { Result } from './failure.ts';
import { PlanIssue, type Plan, type Run } from './plan.ts';
import { constantPlan, dottedName, freed, pathPlan, variableRoot } from './plan-parts.ts';
import { shared } from './shared-runs.ts';
import { VariablesMap } from './variables-map.ts';

/** A local variable: its slot, and for a bound value how to compute it when it is first used. */
export interface Local {
  readonly name: string;
  readonly slot: number;
  readonly bound: Run | undefined;
}

/** Plans names: of variables, of local ones in comprehensions, of types and constants. */
export class NamePlanner {
  protected readonly environment: Environment;
  /** Those in sight, the innermost last. */
  protected readonly locals: Local[] = [];

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** What a name stands for. @throws PlanIssue */
  protected name(node: IdentExpr | SelectExpr): Plan {
    const { offset, type } = node;
    const named = node.reference as Reference;
    if (this.isShadowed(node)) return freed(named, offset, this.#reference(named, offset));
    // As cel-go plans it: a variable that holds a type is taken for the name of one.
    if (named.kind !== 'type' && type?.kind === 'type') {
      throw new PlanIssue(offset, `reference to undefined type: ${named.name}`);
    }
    return this.#reference(named, offset);
  }

  /** `.name` where a local variable is called so too: cel-go looks past that one in a way of its own. */
  protected isShadowed(node: Expr): boolean {
    const name = dottedName(node);
    return name !== undefined && this.locals.some((local) => local.name === name);
  }

  #reference(reference: Reference, offset: number): Plan {
    if (reference.kind === 'type') {
      const name = erasedName(reference.type);
      // Types that have fields only can be declared and built, not named.
      if (this.environment.types.has(name)) return constantPlan(new CelTypeValue(name));
      throw new PlanIssue(offset, `reference to undefined type: ${name}`);
    }
    if (reference.kind === 'constant') return constantPlan(reference.value);
    if (reference.kind === 'local') return pathPlan(this.#local(reference.name));
    if (reference.name !== 'variables') return pathPlan(variableRoot(reference.name));
    const type = this.environment.variables.get('variables');
    const names = new Set(type?.kind === 'struct' ? Object.keys(type.struct.fields) : []);
    return pathPlan((frame) => new VariablesMap(frame, names));
  }

  #local(name: string): Run {
    const { slot, bound } = this.locals.findLast((local) => local.name === name) as Local;
    return bound === undefined ? slotRun(slot) : boundRun(slot, bound);
  }
}

function slotRun(slot: number): Run {
  return shared(`slot ${slot}`, () => (frame) => frame.slots[slot] as Result);
}

function boundRun(slot: number, bound: Run): Run {
  return (frame) => {
    const known = frame.slots[slot];
    if (known !== undefined) return known;
    const value = bound(frame);
    frame.slots[slot] = value;
    return value;
  };
}
