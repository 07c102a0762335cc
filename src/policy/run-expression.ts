import type { CostBudget } from './budget.ts';
import type { EvaluationScope, Expression, Outcome } from './expression.ts';

const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run';

/** Raised when the budget of a group of expressions is spent: nothing more of the policy is evaluated. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';
  constructor() {
    super(OUT_OF_BUDGET);
  }
}

/**
 * Evaluates one expression within a budget.
 * @returns its outcome, the message worded as the API server words it
 * @throws OutOfBudget
 */
export function run(expression: Expression, scope: EvaluationScope, budget: CostBudget): Outcome {
  const [first] = expression.issues;
  if (first !== undefined) {
    return { ok: false, message: `compilation error: ${expression.problem}`, cost: 0 };
  }
  const outcome = expression.evaluate(scope);
  if (!budget.take(outcome.cost)) throw new OutOfBudget();
  if (outcome.ok) return outcome;
  const message = `expression '${expression.source}' resulted in error: ${outcome.message}`;
  return { ok: false, message, cost: outcome.cost };
}
