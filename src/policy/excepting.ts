import { hasPassed } from '../domain/expiry.ts';
import type { ExceptionFact, Facts, Violation } from '../domain/decision.ts';
import { CostBudget, MATCH_CONDITIONS_COST_BUDGET } from './budget.ts';
import { compiledCondition } from './condition.ts';
import type { EvaluationContext, Failure } from './evaluate-active.ts';
import { OutOfBudget, run } from './run-expression.ts';
import { withoutTextBeyond } from './object-text.ts';
import { createScope, type EvaluationScope } from './expression.ts';

/** Turns violations aside that an exception covers. */
export interface Excepter {
  /** The violation, turned aside when one exception alone covers it. */
  apply(violation: Violation, failure: Failure): Violation;
  /** Whether an exception selects what is decided on, as far as its conditions tell; one with an error may. */
  maySelect(exception: ExceptionFact): boolean;
  /** What is to be said of exceptions that except nothing because a condition of theirs has an error. */
  warnings(): readonly string[];
  /** Exceptions that were used, and those with an error, for the audit log. */
  annotations(): Readonly<Record<string, string>>;
}

/** Audit annotation that lists what exceptions turned aside. */
const USED_KEY = 'sluice.dev/exceptions';
/** Audit annotation that lists exceptions whose conditions have an error. */
const ERRORS_KEY = 'sluice.dev/exception-errors';
type Selection = 'selects' | 'passes over' | { readonly problem: string };

const NO_VARIABLES = new Map();

/**
 * Makes the excepter of one decision; undefined when no exception concerns it. An exception counts while it is in force
 * and unexpired at the decision's instant; its conditions are evaluated when a violation first needs them, on the final
 * object. One exception must cover a violation by itself: two never combine.
 */
export function createExcepter(facts: Facts, context: EvaluationContext): Excepter | undefined {
  return facts.exceptions.length === 0 ? undefined : new Excepting(facts, context);
}

class Excepting implements Excepter {
  readonly #context: EvaluationContext;
  readonly #selections = new Map<ExceptionFact, Selection>();
  readonly #used: { exception: string; policy: string; validation: string }[] = [];
  readonly #exceptions: readonly ExceptionFact[];
  readonly #now: string;
  readonly #budget: CostBudget;
  #scope: EvaluationScope | undefined;

  constructor(facts: Facts, context: EvaluationContext) {
    this.#context = context;
    this.#exceptions = facts.exceptions;
    this.#now = facts.now;
    this.#budget = new CostBudget(MATCH_CONDITIONS_COST_BUDGET, context.budget);
  }

  apply(violation: Violation, failure: Failure): Violation {
    const found = this.#exceptions.find(
      (fact) =>
        fact.inForce &&
        covers(fact, failure) &&
        !hasPassed(fact.expiresAt, this.#now) &&
        this.#selection(fact) === 'selects',
    );
    if (found === undefined) return violation;
    const { policy, validation } = violation;
    const exception = nameOf(found);
    this.#used.push({ exception, policy, validation });
    return { ...violation, action: actionUnder(found, violation), exception };
  }

  maySelect(exception: ExceptionFact): boolean {
    return this.#selection(exception) !== 'passes over';
  }

  warnings(): readonly string[] {
    return this.#problems().map(
      ([fact, problem]) => `exception ${nameOf(fact)} excepts nothing: ${problem}`,
    );
  }

  annotations(): Readonly<Record<string, string>> {
    const problems = this.#problems();
    return {
      ...(this.#used.length === 0 ? {} : { [USED_KEY]: JSON.stringify(this.#used) }),
      ...(problems.length === 0
        ? {}
        : { [ERRORS_KEY]: JSON.stringify(problems.map(([fact]) => nameOf(fact))) }),
    };
  }

  #problems(): readonly (readonly [ExceptionFact, string])[] {
    return [...this.#selections].flatMap(([fact, selection]) =>
      typeof selection === 'string' ? [] : [[fact, selection.problem] as const],
    );
  }

  #selection(fact: ExceptionFact): Selection {
    let selection = this.#selections.get(fact);
    if (selection === undefined) {
      selection = this.#evaluate(fact);
      this.#selections.set(fact, selection);
    }
    return selection;
  }

  #evaluate({ conditions = [] }: ExceptionFact): Selection {
    for (const { name, expression } of conditions) {
      const failed = (reason: string) => ({ problem: `condition '${name}': ${reason}` });
      try {
        const outcome = run(compiledCondition(expression), this.#scopeOf(), this.#budget);
        if (!outcome.ok) return failed(withoutTextBeyond(outcome.message, expression));
        if (outcome.value !== true) return 'passes over';
      } catch (error) {
        if (!(error instanceof OutOfBudget)) throw error;
        return failed('the cost budget is spent');
      }
    }
    return 'selects';
  }

  #scopeOf(): EvaluationScope {
    return (this.#scope ??= createScope(this.#context.values, NO_VARIABLES, null));
  }
}

/** Whether an exception names the validation, and may turn its violation aside. */
function covers(
  { type, policies }: ExceptionFact,
  { compiled: policy, validation, index }: Failure,
): boolean {
  const named = policies.find(({ name }) => name === policy.name);
  if (named === undefined) return false;
  if (type === 'Emergency' && policy.policy.spec.emergency !== 'Allowed') return false;
  if (named.validations === undefined) return true;
  if (validation === undefined) return false;
  const { validations } = named;
  const place = String(index);
  // What is another validation's name is not this one's index.
  const isNamed = policy.validations.some((each) => each.label === place);
  return validations.includes(validation.label) || (!isNamed && validations.includes(place));
}

/** What is left of a violation: an Exception leaves the record, an Emergency a warning where it would have blocked. */
function actionUnder({ type }: ExceptionFact, { action }: Violation): Violation['action'] {
  if (type === 'Exception') return 'Audit';
  return action === 'Deny' || action === 'Hold' ? 'Warn' : action;
}

function nameOf({ namespace, name }: ExceptionFact): string {
  return `${namespace}/${name}`;
}
