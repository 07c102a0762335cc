import type { Facts } from '../domain/decision.ts';
import type { RolloutPolicyBinding } from '../domain/policy.ts';
import { CostBudget, REQUEST_COST_BUDGET } from './budget.ts';
import type { CompiledPolicy } from './compile.ts';
import {
  applicableBindings,
  boundParams,
  evaluateActive,
  type EvaluationContext,
} from './evaluate-active.ts';
import { evaluateMatchConditions, isIgnored } from './evaluate-policy.ts';
import { OutOfBudget } from './run-expression.ts';
import { createScope, scopeValues } from './expression.ts';
import { matchResources } from './match.ts';
import { paramsOfBinding } from './params.ts';
import { scopeFacts } from './scope-facts.ts';
import type { ActivePolicy } from './snapshot.ts';

/** A binding under which the validations of a policy are asked about the object. */
export interface AppliedBinding {
  readonly compiled: CompiledPolicy;
  readonly binding: RolloutPolicyBinding;
}

/**
 * The bindings under which the object is judged: those whose constraints select it, that have a parameter, and whose
 * match conditions hold. A policy without validations judges nothing.
 */
export function appliedBindings(
  candidates: readonly ActivePolicy[],
  facts: Facts,
  deadline?: () => boolean,
): readonly AppliedBinding[] {
  const context = contextOf(facts, deadline);
  return candidates.flatMap((active) => {
    const { compiled } = active;
    if (compiled.validations.length === 0) return [];
    if (!matchResources(compiled.policy.spec.matchConstraints, context.subject).matches) return [];
    return applicableBindings(active, context)
      .filter((binding) => isJudged(compiled, binding, context))
      .map((binding) => ({ compiled, binding }));
  });
}

function isJudged(
  compiled: CompiledPolicy,
  binding: RolloutPolicyBinding,
  context: EvaluationContext,
): boolean {
  const bound = boundParams(compiled, binding, context);
  if (!('params' in bound)) return false;
  if (compiled.matchConditions.length === 0) return bound.params.length > 0;
  return bound.params.some((each) => {
    const scope = createScope(context.values, compiled.variables, each);
    try {
      return evaluateMatchConditions(compiled, scope, context.budget) === 'match';
    } catch (error) {
      if (error instanceof OutOfBudget) return false;
      throw error;
    }
  });
}

/** An error that nobody hears of at admission, because failurePolicy is Ignore. */
export interface IgnoredError {
  readonly compiled: CompiledPolicy;
  /** Name; '' when it is about all of them. */
  readonly binding: string;
  readonly rule: string;
  readonly message: string;
}

/** The errors of policies with failurePolicy Ignore: they are evaluated once more as if it were Fail. */
export function ignoredErrors(
  candidates: readonly ActivePolicy[],
  facts: Facts,
  deadline?: () => boolean,
): readonly IgnoredError[] {
  const ignoring = candidates.filter(({ compiled }) => isIgnored(compiled));
  if (ignoring.length === 0) return [];
  const context = contextOf(facts, deadline);
  return ignoring.flatMap(({ compiled, bindings }) => {
    const { failures } = evaluateActive({ compiled: failing(compiled), bindings }, context);
    return failures
      .filter(({ isError }) => isError)
      .map(({ binding, validation, message }) => ({
        compiled,
        binding: binding?.metadata.name ?? '',
        rule: validation?.label ?? '',
        message,
      }));
  });
}

function failing(compiled: CompiledPolicy): CompiledPolicy {
  const { policy } = compiled;
  return {
    ...compiled,
    policy: { ...policy, spec: { ...policy.spec, failurePolicy: 'Fail' as const } },
  };
}

function contextOf(facts: Facts, deadline: (() => boolean) | undefined): EvaluationContext {
  const { request, object, oldObject, namespaceObject, callSite } = facts;
  return {
    subject: { request, object, oldObject, namespaceObject, anyOperation: false },
    values: scopeValues(scopeFacts(facts, deadline)),
    callSite,
    budget: new CostBudget(REQUEST_COST_BUDGET),
    paramsOf: (policy, binding) => paramsOfBinding(facts, policy, binding),
  };
}
