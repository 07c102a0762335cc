import { BINDING_COST_BUDGET, EXPRESSION_COST_LIMIT, type CostBudget } from './budget.ts';
import type { CompiledValidation } from './compile.ts';
import type { EvaluationScope, Expression, Outcome } from './expression.ts';
import { OutOfBudget, run } from './run-expression.ts';

const OUT_OF_TIME = 'operation cancelled: out of time';
const MAX_MESSAGE_BYTES = 5 * 1024;

interface MessageOptions {
  readonly scope: EvaluationScope;
  /** What the validations have left. */
  readonly budget: CostBudget;
  readonly allMessages: boolean;
}

/**
 * The texts that the validations' message expressions make, by index, undefined where none can be shown. Most validations
 * hold, and nobody reads their messages: they are made only when they can use up the budget, as they do in the API
 * server.
 * @returns a text when there was no budget or time for all of them: why
 */
export function validationMessages(
  validations: readonly CompiledValidation[],
  outcomes: readonly Outcome[],
  { scope, budget, allMessages }: MessageOptions,
): readonly (string | undefined)[] | string {
  const isAll = allMessages || mayRunOut(validations, budget);
  const texts: (string | undefined)[] = [];
  // Most messages are fixed: the scope of messages is made when one is needed.
  let messageScope: EvaluationScope | undefined;
  try {
    for (const [index, { message }] of validations.entries()) {
      if (message === undefined || !(isAll || fails(outcomes[index]))) continue;
      messageScope ??= scope.withoutAuthorizer();
      texts[index] = made(message, messageScope, budget);
    }
  } catch (error) {
    if (error instanceof OutOfBudget) return error.message;
    throw error;
  }
  // Whether the budget would have been enough is not known then, and that is no pass.
  return isAll && scope.limits.isOver?.() === true ? OUT_OF_TIME : texts;
}

function mayRunOut(validations: readonly CompiledValidation[], { spent }: CostBudget): boolean {
  const messages = validations.filter(({ message }) => message !== undefined).length;
  return spent + messages * EXPRESSION_COST_LIMIT > BINDING_COST_BUDGET;
}

/** Whether a validation is false; one that errs has another message. */
export function fails(outcome: Outcome | undefined): boolean {
  return outcome?.ok === true && outcome.value !== true;
}

/** @returns undefined when the expression gives no text that can be shown */
function made(
  expression: Expression,
  scope: EvaluationScope,
  budget: CostBudget,
): string | undefined {
  const outcome = run(expression, scope, budget);
  if (!outcome.ok || typeof outcome.value !== 'string') return undefined;
  const text = trim(outcome.value);
  const fits = Buffer.byteLength(text) <= MAX_MESSAGE_BYTES && !text.includes('\n');
  return text !== '' && fits ? text : undefined;
}

/** The message that stands in the validation, or else its expression. */
export function fixedMessage({ validation }: CompiledValidation): string {
  const fixed = trim(validation.message ?? '');
  return fixed === '' ? `failed expression: ${trim(validation.expression)}` : fixed;
}

/** Go's strings.TrimSpace. */
export function trim(text: string): string {
  return text.replace(/^[\s\u0085]+|[\s\u0085]+$/g, '');
}
