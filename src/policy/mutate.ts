import type { RolloutPolicyBinding } from '../domain/policy.ts';
import { SluiceError } from '../domain/errors.ts';
import { NO_SCHEMAS, type KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import type { Json } from '../lib/lossless-json.ts';
import { applyConfiguration } from './apply-configuration.ts';
import { BINDING_COST_BUDGET, CostBudget } from './budget.ts';
import type { CompiledPolicy } from './compile.ts';
import {
  applicableBindings,
  boundParams,
  configurationFailure,
  type EvaluationContext,
  type Failure,
} from './evaluate-active.ts';
import { evaluateMatchConditions, isIgnored, type EvaluateOptions } from './evaluate-policy.ts';
import { createScope, withObject, type Outcome, type ScopeValues } from './expression.ts';
import { PatchTestFailed, applyJsonPatch } from './apply-json-patch.ts';
import { equalJson } from './json-patch.ts';
import type { PatchStep } from './patch-operations.ts';
import { matchResources } from './match.ts';
import { shown } from './object-text.ts';
import { OutOfBudget, run } from './run-expression.ts';
import type { ActivePolicy } from './snapshot.ts';

export interface MutationOutcome {
  /** The object afterwards; what did not work is left out. */
  readonly object: Json;
  readonly failures: readonly Failure[];
}

/**
 * Applies the mutations of a policy under each binding that applies, in order. Each sees the object that the former one
 * left, and evaluates the variables anew.
 * @param options `checkIdempotence`: apply each binding's mutations once more; a further change is an error
 */
export function mutateActive(
  active: ActivePolicy,
  object: Json,
  context: EvaluationContext,
  options: { readonly checkIdempotence: boolean },
): MutationOutcome {
  const { compiled } = active;
  const match = matchResources(compiled.policy.spec.matchConstraints, context.subject);
  if (!match.matches) return { object, failures: [] };
  if (match.problem !== undefined) {
    return {
      object,
      failures: configurationFailure(compiled, undefined, match.problem, 'mutation'),
    };
  }
  let current = object;
  const failures: Failure[] = [];
  for (const binding of applicableBindings(active, context)) {
    const found = boundParams(compiled, binding, context);
    if (!('params' in found)) {
      failures.push(...configurationFailure(compiled, binding, found.problem, 'mutation'));
      continue;
    }
    for (const params of found.params) {
      const { values, budget, schemas = NO_SCHEMAS } = context;
      const bound = { compiled, params, values, budget, schemas, options: context };
      const step = options.checkIdempotence
        ? applyChecked(bound, current)
        : applyAll(bound, current);
      current = step.object;
      failures.push(...failuresOf(compiled, binding, step.problems));
    }
  }
  return { object: current, failures };
}

interface Step {
  readonly object: Json;
  readonly problems: readonly string[];
}

/** The mutations of a policy under one binding and parameter. */
interface Bound {
  readonly compiled: CompiledPolicy;
  readonly params: Json;
  readonly values: ScopeValues;
  readonly budget: CostBudget;
  readonly schemas: KindSchemas;
  readonly options: EvaluateOptions;
}

function applyChecked(bound: Bound, object: Json): Step {
  const once = applyAll(bound, object);
  if (once.problems.length > 0 || equalJson(once.object, object)) return once;
  const twice = applyAll(bound, once.object);
  if (twice.problems.length > 0) return { object, problems: twice.problems };
  return equalJson(once.object, twice.object)
    ? once
    : {
        object,
        problems: ['the mutations are not idempotent: applied twice, they change the object again'],
      };
}

function applyAll(bound: Bound, object: Json): Step {
  const { compiled, params, values, budget, options } = bound;
  try {
    const scope = createScope(withObject(values, object), compiled.variables, params);
    const conditions = evaluateMatchConditions(compiled, scope, budget, options);
    if (conditions === 'skip') return { object, problems: [] };
    if (conditions !== 'match') return { object, problems: [conditions.error] };
    const step = applyEach(bound, object);
    return { ...step, problems: step.problems.map((each) => shown(each, compiled, options)) };
  } catch (error) {
    if (error instanceof OutOfBudget) return { object, problems: [error.message] };
    throw error;
  }
}

function applyEach(bound: Bound, object: Json): Step {
  const { compiled, params, values, budget, schemas } = bound;
  let current = object;
  const problems: string[] = [];
  for (const { expression } of compiled.mutations) {
    if (expression.problem !== '') {
      problems.push(expression.problem);
      continue;
    }
    const scope = createScope(withObject(values, current), compiled.variables, params);
    const outcome = run(expression, scope, new CostBudget(BINDING_COST_BUDGET, budget));
    const patched = patchedBy(outcome, current, { schemas, source: expression.source });
    if (patched.problem === undefined) current = patched.object;
    else problems.push(patched.problem);
  }
  return { object: current, problems };
}

type Patched =
  { readonly object: Json; readonly problem?: undefined } | { readonly problem: string };

function patchedBy(
  outcome: Outcome,
  object: Json,
  options: { readonly schemas: KindSchemas; readonly source: string },
): Patched {
  if (!outcome.ok) return { problem: outcome.message };
  const { value } = outcome;
  if (value === null || typeof value !== 'object') return { problem: 'it gives no patch' };
  if (!('configuration' in value || 'problem' in value)) return patch(object, value);
  return value.configuration === undefined
    ? { problem: value.problem }
    : applyConfiguration(object, value.configuration, options);
}

function patch(object: Json, operations: readonly PatchStep[]): Patched {
  try {
    return { object: applyJsonPatch(object, operations) };
  } catch (error) {
    if (error instanceof PatchTestFailed) return { object };
    if (error instanceof SluiceError) return { problem: error.message };
    throw error;
  }
}

function failuresOf(
  compiled: CompiledPolicy,
  binding: RolloutPolicyBinding,
  problems: readonly string[],
): readonly Failure[] {
  if (isIgnored(compiled)) return [];
  return problems.map((message) => ({
    compiled,
    binding,
    kind: 'mutation',
    index: 0,
    isError: true,
    isMutation: true,
    message,
    reason: '',
    validation: undefined,
  }));
}
