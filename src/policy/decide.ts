import type { Decision, Facts, Violation } from '../domain/decision.ts';
import type { Json } from '../lib/lossless-json.ts';
import { auditAnnotationsOf } from './audit-annotations.ts';
import { CostBudget, REQUEST_COST_BUDGET } from './budget.ts';
import { evaluateActive, type ActiveOutcome, type EvaluationContext } from './evaluate-active.ts';
import { scopeValues, withObject, type AuthorizerQuestion, type ScopeFacts } from './expression.ts';
import { withFactsDigest } from './facts-digest.ts';
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
 * @param deadline asked now and then during evaluation; true ends it with an error that follows failurePolicy
 * @param onMissing told of each authorization question whose answer is not among the facts
 */
export function decide(
  snapshot: PolicySnapshot,
  facts: Facts,
  deadline?: () => boolean,
  onMissing?: (question: AuthorizerQuestion) => void,
): Decision {
  const active = snapshot.candidates(facts.callSite, facts.request);
  const budget = new CostBudget(REQUEST_COST_BUDGET);
  const context = contextOf(facts, budget, scopeFacts(facts, deadline, onMissing));
  const isSafe = isTowardSafety(facts);
  const mutated = mutate(active, facts, context, isSafe);
  const validated = validate(active, context, mutated.object, facts);
  const found = [
    ...mutated.violations,
    ...validated.violations,
    ...windowViolations(facts),
    ...freshnessViolations(facts),
  ];
  const violations = isSafe ? found.map(letThrough) : found;
  const nextOpen = nextOpenOf(violations);
  const decision = {
    verdict: verdictOf(violations, facts.callSite),
    violations,
    warnings: found.flatMap((violation, index) => warningOf(violation, violations[index])),
    patch: diffJson(facts.object, mutated.object),
    auditAnnotations: auditAnnotationsOf(validated.outcomes, active),
    ...(nextOpen === undefined ? {} : { nextOpen }),
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

interface Mutated {
  readonly object: Json;
  readonly violations: readonly Violation[];
}

function mutate(
  active: readonly ActivePolicy[],
  facts: Facts,
  context: EvaluationContext,
  isSafe: boolean,
): Mutated {
  let object = facts.object;
  if (facts.callSite !== 'Admission' || object === null) return { object, violations: [] };
  const violations: Violation[] = [];
  for (const each of active) {
    if (each.compiled.mutations.length === 0) continue;
    const outcome = mutateActive(each, object, context, { checkIdempotence: true });
    object = outcome.object;
    violations.push(...outcome.failures.map((failure) => violationOf(failure, each.bindings)));
  }
  if (facts.isFinal === true) return { object: facts.object, violations };
  // A mutation must not turn a change toward safety into something else.
  if (isSafe && object !== facts.object && !isTowardSafety({ ...facts, object })) {
    object = facts.object;
  }
  return { object, violations };
}

interface Validated {
  readonly violations: readonly Violation[];
  readonly outcomes: readonly ActiveOutcome[];
}

function validate(
  active: readonly ActivePolicy[],
  context: EvaluationContext,
  object: Json,
  facts: Facts,
): Validated {
  const final: EvaluationContext =
    object === facts.object
      ? context
      : {
          ...context,
          subject: { ...context.subject, object },
          values: withObject(context.values, object),
        };
  const outcomes = active.map((each) => evaluateActive(each, final));
  const violations = outcomes.flatMap(({ failures }, index) =>
    failures.map((failure) => violationOf(failure, active[index]?.bindings ?? [])),
  );
  return { violations, outcomes };
}
