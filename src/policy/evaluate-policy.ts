import type { CompiledPolicy, CompiledValidation } from './compile.ts';
import {
  BINDING_COST_BUDGET,
  CostBudget,
  EXPRESSION_COST_LIMIT,
  MATCH_CONDITIONS_COST_BUDGET,
} from './budget.ts';
import { shown } from './object-text.ts';
import type { EvaluationScope, Expression, Outcome } from './expression.ts';

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
const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run';
const MAX_MESSAGE_BYTES = 5 * 1024;

/** Raised when the budget of a group of expressions is spent: nothing more of the policy is evaluated. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';
  constructor() {
    super(OUT_OF_BUDGET);
  }
}

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

function evaluateValidations(
  compiled: CompiledPolicy,
  scope: EvaluationScope,
  request: CostBudget,
  { allMessages = false }: EvaluateOptions,
): readonly ValidationOutcome[] {
  const budget = new CostBudget(BINDING_COST_BUDGET, request);
  const outcomes = compiled.validations.map(({ expression }) => run(expression, scope, budget));
  // Most validations hold, and most messages are fixed: the scope of messages is made when one is needed.
  const isAll = allMessages || mayRunOut(compiled, budget);
  let messageScope: EvaluationScope | undefined;
  const texts: (string | undefined)[] = [];
  try {
    for (const [index, { message }] of compiled.validations.entries()) {
      if (message === undefined || !(isAll || fails(outcomes[index]))) continue;
      messageScope ??= scope.withoutAuthorizer();
      texts[index] = made(message, messageScope, budget);
    }
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    return outcomesWithoutMessages(compiled, outcomes, error);
  }
  return compiled.validations.map((validation, index) =>
    judged(compiled, validation, outcomes[index], texts[index]),
  );
}

/**
 * Whether the messages of validations that hold, which the API server evaluates, too, could use up the budget: only then
 * do they make a difference.
 */
function mayRunOut({ validations }: CompiledPolicy, { spent }: CostBudget): boolean {
  const messages = validations.filter(({ message }) => message !== undefined).length;
  return spent + messages * EXPRESSION_COST_LIMIT > BINDING_COST_BUDGET;
}

function fails(outcome: Outcome | undefined): boolean {
  return outcome?.ok === true && outcome.value !== true;
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

/** When the budget is gone before all messages are made, the API server counts even what passed as an error. */
function outcomesWithoutMessages(
  compiled: CompiledPolicy,
  outcomes: readonly Outcome[],
  { message }: OutOfBudget,
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

function fixedMessage({ validation }: CompiledValidation): string {
  const fixed = trim(validation.message ?? '');
  return fixed === '' ? `failed expression: ${trim(validation.expression)}` : fixed;
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

/** Go's strings.TrimSpace. */
function trim(text: string): string {
  return text.replace(/^[\s\u0085]+|[\s\u0085]+$/g, '');
}
