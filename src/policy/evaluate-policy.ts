import type { CompiledPolicy, CompiledValidation } from './compile.ts';
import { BINDING_COST_BUDGET, CostBudget, MATCH_CONDITIONS_COST_BUDGET } from './budget.ts';
import { shown } from './object-text.ts';
import { OutOfBudget, run } from './run-expression.ts';
import { fails, fixedMessage, trim, validationMessages } from './validation-messages.ts';
import type { EvaluationScope, Outcome } from './expression.ts';

/** What one validation said; `deny` covers errors under failurePolicy Fail. */
interface ValidationOutcome {
  readonly action: 'admit' | 'deny';
  readonly isError: boolean;
  readonly message: string;
  /** Metav1 reason; '' for errors. */
  readonly reason: string;
  /** Undefined for an error of the policy as a whole. */
  readonly validation: CompiledValidation | undefined;
}

interface AuditOutcome {
  readonly key: string;
  readonly action: 'publish' | 'exclude' | 'error';
  /** The value, or what went wrong. */
  readonly text: string;
}

export interface PolicyOutcome {
  readonly validations: readonly ValidationOutcome[];
  readonly auditAnnotations: readonly AuditOutcome[];
}

const SKIPPED: PolicyOutcome = { validations: [], auditAnnotations: [] };

export interface EvaluateOptions {
  /**
   * Evaluate the messages of validations that hold whether or not they can use up the budget, and show errors as they
   * are: all that the API server does. Default false: nobody reads the former, and the latter may quote the object.
   */
  readonly allMessages?: boolean;
}

/**
 * Evaluates the match conditions, validations and audit annotations of a policy for one binding and parameter, in the
 * order and with the fallbacks of ValidatingAdmissionPolicy v1.
 * @param scope what the expressions see
 * @param request the budget of the whole decision
 */
export function evaluatePolicy(
  compiled: CompiledPolicy,
  scope: EvaluationScope,
  request: CostBudget,
  options: EvaluateOptions = {},
): PolicyOutcome {
  try {
    const conditions = evaluateMatchConditions(compiled, scope, request, options);
    if (conditions === 'skip') return SKIPPED;
    if (conditions !== 'match') return policyError(compiled, conditions.error);
    const validations = evaluateValidations(compiled, scope, request, options);
    return { validations, auditAnnotations: evaluateAudit(compiled, scope, request) };
  } catch (error) {
    if (error instanceof OutOfBudget) return policyError(compiled, error.message);
    throw error;
  }
}

/** @returns `skip` when one is false; an error only when none is false */
export function evaluateMatchConditions(
  compiled: CompiledPolicy,
  scope: EvaluationScope,
  request: CostBudget,
  options: EvaluateOptions = {},
): 'match' | 'skip' | { readonly error: string } {
  if (compiled.matchConditions.length === 0) return 'match';
  const budget = new CostBudget(MATCH_CONDITIONS_COST_BUDGET, request);
  const errors: string[] = [];
  const conditionScope = scope.forMatchConditions();
  for (const { expression } of compiled.matchConditions) {
    const outcome = run(expression, conditionScope, budget);
    if (!outcome.ok) errors.push(shown(outcome.message, compiled, options));
    else if (outcome.value === false) return 'skip';
  }
  if (errors.length === 0) return 'match';
  if (isIgnored(compiled)) return 'skip';
  const distinct = [...new Set(errors)];
  return { error: distinct.length === 1 ? distinct.join('') : `[${distinct.join(', ')}]` };
}

function evaluateValidations(
  compiled: CompiledPolicy,
  scope: EvaluationScope,
  request: CostBudget,
  { allMessages = false }: EvaluateOptions,
): readonly ValidationOutcome[] {
  const budget = new CostBudget(BINDING_COST_BUDGET, request);
  const outcomes = compiled.validations.map(({ expression }) => run(expression, scope, budget));
  const texts = validationMessages(compiled.validations, outcomes, { scope, budget, allMessages });
  if (typeof texts === 'string') return outcomesWithoutMessages(compiled, outcomes, texts);
  return compiled.validations.map((validation, index) =>
    judged(compiled, validation, outcomes[index], texts[index]),
  );
}

function judged(
  compiled: CompiledPolicy,
  validation: CompiledValidation,
  outcome: Outcome | undefined,
  text: string | undefined,
): ValidationOutcome {
  if (outcome?.ok === false) return errorOf(compiled, validation, outcome.message);
  if (!fails(outcome)) {
    return { action: 'admit', isError: false, message: '', reason: '', validation };
  }
  return {
    action: 'deny',
    isError: false,
    message: text ?? fixedMessage(validation),
    reason: validation.validation.reason ?? 'Invalid',
    validation,
  };
}

/** When the budget or the time is gone before all messages are made, the API server counts even what passed as an error. */
function outcomesWithoutMessages(
  compiled: CompiledPolicy,
  outcomes: readonly Outcome[],
  message: string,
): readonly ValidationOutcome[] {
  return compiled.validations.map((validation, index) => {
    const outcome = outcomes[index];
    const text = outcome?.ok === false ? outcome.message : `failed messageExpression: ${message}`;
    return errorOf(compiled, validation, text);
  });
}

function errorOf(
  compiled: CompiledPolicy,
  validation: CompiledValidation,
  message: string,
): ValidationOutcome {
  const action = isIgnored(compiled) ? 'admit' : 'deny';
  return { action, isError: true, message, reason: '', validation };
}

function evaluateAudit(
  compiled: CompiledPolicy,
  scope: EvaluationScope,
  request: CostBudget,
): AuditOutcome[] {
  if (compiled.auditAnnotations.length === 0) return [];
  const budget = new CostBudget(BINDING_COST_BUDGET, request);
  const auditScope = scope.withoutAuthorizer();
  return compiled.auditAnnotations.map(({ key, expression }) => {
    const outcome = run(expression, auditScope, budget);
    if (!outcome.ok) {
      return { key, action: isIgnored(compiled) ? 'exclude' : 'error', text: outcome.message };
    }
    const text = typeof outcome.value === 'string' ? trim(outcome.value) : '';
    return { key, action: text === '' ? 'exclude' : 'publish', text };
  });
}

function policyError(compiled: CompiledPolicy, message: string): PolicyOutcome {
  const action = isIgnored(compiled) ? 'admit' : 'deny';
  const outcome = { action, isError: true, message, reason: '', validation: undefined } as const;
  return { validations: [outcome], auditAnnotations: [] };
}

export function isIgnored({ policy }: CompiledPolicy): boolean {
  return policy.spec.failurePolicy === 'Ignore';
}
