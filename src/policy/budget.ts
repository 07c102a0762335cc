/** Cost units that one expression may use (Kubernetes' PerCallLimit). */
export const EXPRESSION_COST_LIMIT = 1_000_000;
/** Cost units of the validations, messages and variables of one policy under one binding and parameter. */
export const BINDING_COST_BUDGET = 10_000_000;
/** Cost units of all match conditions of one policy. */
export const MATCH_CONDITIONS_COST_BUDGET = 2_500_000;
/** Cost units of one decision: about two seconds of the slowest expressions, milliseconds of usual ones. */
export const REQUEST_COST_BUDGET = 20_000_000;

/** Cost that is left for a group of evaluations; what is taken is also taken from the group around it. */
export class CostBudget {
  #remaining: number;
  #spent = 0;
  readonly #parent: CostBudget | undefined;

  constructor(limit: number, parent?: CostBudget) {
    this.#remaining = limit;
    this.#parent = parent;
  }

  get spent(): number {
    return this.#spent;
  }

  /** @returns whether there was enough; when not, nothing is left */
  take(cost: number): boolean {
    this.#spent += cost;
    this.#remaining -= cost;
    const isEnough = this.#parent?.take(cost) ?? true;
    return isEnough && this.#remaining >= 0;
  }
}
