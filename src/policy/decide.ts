import type { Decision, Facts, Violation } from '../domain/decision.ts';
import type { RolloutPolicyBinding } from '../domain/policy.ts';
import type { Json } from '../lib/lossless-json.ts';
import { isApprovable } from './approvable.ts';
import { auditAnnotationsOf } from './audit-annotations.ts';
import { CostBudget, REQUEST_COST_BUDGET } from './budget.ts';
import { evaluateActive, type EvaluationContext, type Failure } from './evaluate-active.ts';
import type { Deadline } from './deadline.ts';
import { createExcepter, type Excepter } from './excepting.ts';
import { scopeValues, withObject, type AuthorizerQuestion, type ScopeFacts } from './expression.ts';
import { withFactsDigest } from './facts-digest.ts';
import {
  budgetViolations,
  overdueViolations,
  reservationsOf,
  withApprovalHint,
} from './governance-violations.ts';
import { diffJson } from './json-patch.ts';
import { warningOf } from './message.ts';
import { mutateActive } from './mutate.ts';
import { paramsOfBinding } from './params.ts';
import { scopeFacts } from './scope-facts.ts';
import type { ActivePolicy, PolicySnapshot } from './snapshot.ts';
import { isTowardSafety } from './toward-safety.ts';
import {
  freshnessViolations,
  isGate,
  letThrough,
  nextOpenOf,
  verdictOf,
  violationOf,
  windowViolations,
} from './violations.ts';

/**
 * The one decision function: the same facts under the same snapshot give the same decision, byte for byte. It reads no
 * clock, network or randomness, and never throws for what policies or objects hold.
 *
 * Mutations come first (when an object is written), then validations of the final object under every binding that
 * applies. All violations are collected; the strictest action decides. A change toward safety is never blocked.
 * @param deadline asked now and then during evaluation, and told when a policy begins; true ends it with an error that
 * follows failurePolicy
 * @param onMissing told of each authorization question whose answer is not among the facts
 */
export function decide(
  snapshot: PolicySnapshot,
  facts: Facts,
  deadline?: Deadline,
  onMissing?: (question: AuthorizerQuestion) => void,
): Decision {
  const active = snapshot.candidates(facts.callSite, facts.request);
  const budget = new CostBudget(REQUEST_COST_BUDGET);
  const seen = scopeFacts(facts, deadline, onMissing);
  const context = { ...contextOf(facts, budget, seen), schemas: snapshot.schemas };
  const isSafe = isTowardSafety(facts);
  const mutated = mutate(active, facts, context, { isSafe, deadline });
  const final = finalContext(context, mutated.object, facts);
  const outcomes = active.map((each) => {
    deadline?.begin?.();
    return evaluateActive(each, final);
  });
  const excepter = createExcepter(facts, final);
  const failed = [
    ...mutated.failed,
    ...outcomes.flatMap(({ failures }, index) => failedOf(failures, active[index])),
  ];
  const found = [
    ...failed.map((each) => judged(each, facts, excepter)),
    ...windowViolations(facts),
    ...budgetViolations(facts),
    ...overdueViolations(facts, excepter),
    ...freshnessViolations(facts),
  ];
  const violations = isSafe ? found.map(letThrough) : found;
  const nextOpen = nextOpenOf(violations);
  const reservations = reservationsOf(facts);
  const warnings = found.flatMap((violation, index) => warningOf(violation, violations[index]));
  const annotations = auditAnnotationsOf(outcomes, active);
  const decision = {
    verdict: verdictOf(violations, facts.callSite),
    violations,
    warnings: excepter === undefined ? warnings : [...warnings, ...excepter.warnings()],
    patch: diffJson(facts.object, mutated.object),
    auditAnnotations:
      excepter === undefined ? annotations : { ...annotations, ...excepter.annotations() },
    ...(nextOpen === undefined ? {} : { nextOpen }),
    ...(reservations === undefined ? {} : { reservations }),
    cost: budget.spent,
    snapshotDigest: snapshot.digest,
  };
  return withFactsDigest(decision, facts);
}

function contextOf(facts: Facts, budget: CostBudget, seen: ScopeFacts): EvaluationContext {
  const { request, object, oldObject, namespaceObject, callSite } = facts;
  return {
    subject: { request, object, oldObject, namespaceObject, anyOperation: isGate(callSite) },
    values: scopeValues(seen),
    callSite,
    budget,
    paramsOf: (policy, binding) => paramsOfBinding(facts, policy, binding),
  };
}

/** What went wrong, and the bindings of the policy that says so. */
interface Failed {
  readonly failure: Failure;
  readonly bindings: readonly RolloutPolicyBinding[];
}

function failedOf(
  failures: readonly Failure[],
  active: ActivePolicy | undefined,
): readonly Failed[] {
  return failures.map((failure) => ({ failure, bindings: active?.bindings ?? [] }));
}

/** A failure as the violation that it is, after exceptions. */
function judged(
  { failure, bindings }: Failed,
  facts: Facts,
  excepter: Excepter | undefined,
): Violation {
  const violation = violationOf(failure, bindings);
  const left = excepter === undefined ? violation : excepter.apply(violation, failure);
  const { kind, isError, compiled, index } = failure;
  const mayBeOpened = kind === 'validation' && !isError && isGate(facts.callSite);
  return mayBeOpened && isApprovable(compiled, index) ? withApprovalHint(left, facts) : left;
}

interface Mutated {
  readonly object: Json;
  readonly failed: readonly Failed[];
}

function mutate(
  active: readonly ActivePolicy[],
  facts: Facts,
  context: EvaluationContext,
  { isSafe, deadline }: { readonly isSafe: boolean; readonly deadline: Deadline | undefined },
): Mutated {
  let object = facts.object;
  if (facts.callSite !== 'Admission' || object === null) return { object, failed: [] };
  const failed: Failed[] = [];
  for (const each of active) {
    if (each.compiled.mutations.length === 0) continue;
    deadline?.begin?.();
    const outcome = mutateActive(each, object, context, { checkIdempotence: true });
    object = outcome.object;
    failed.push(...failedOf(outcome.failures, each));
  }
  if (facts.isFinal === true) return { object: facts.object, failed };
  // A mutation must not turn a change toward safety into something else.
  if (isSafe && object !== facts.object && !isTowardSafety({ ...facts, object })) {
    object = facts.object;
  }
  return { object, failed };
}

/** The same context about the object that mutations have made. */
function finalContext(context: EvaluationContext, object: Json, facts: Facts): EvaluationContext {
  if (object === facts.object) return context;
  return {
    ...context,
    subject: { ...context.subject, object },
    values: withObject(context.values, object),
  };
}
