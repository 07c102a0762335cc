import type { KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import type { CallSite, RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { apiVersionOf } from '../domain/object.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { CostBudget } from './budget.ts';
import type { CompiledPolicy, CompiledValidation } from './compile.ts';
import {
  evaluatePolicy,
  isIgnored,
  type EvaluateOptions,
  type PolicyOutcome,
} from './evaluate-policy.ts';
import { createScope, scopeValues, type ScopeValues } from './expression.ts';
import { requestJson } from './request-json.ts';
import { matchResources, type MatchResult, type MatchSubject } from './match.ts';
import { shown } from './object-text.ts';
import { isEvaluatedAt, type ActivePolicy } from './snapshot.ts';

/** The parameters of a binding: each is evaluated on its own; none at all skips the binding. */
export type ParamsResult =
  { readonly params: readonly Json[]; readonly problem?: undefined } | { readonly problem: string };

/** What the policies of one decision are evaluated with. */
export interface EvaluationContext extends EvaluateOptions {
  readonly subject: MatchSubject;
  readonly values: ScopeValues;
  /** Undefined: every binding counts, whatever moments it names. */
  readonly callSite: CallSite | undefined;
  /** Of the whole decision. */
  readonly budget: CostBudget;
  /** What apply configurations are merged by. Default: none, so that none can be applied. */
  readonly schemas?: KindSchemas | undefined;
  paramsOf(policy: RolloutPolicy, binding: RolloutPolicyBinding): ParamsResult;
}

/** One thing a policy found wrong, before it is known what that leads to. Under failurePolicy Ignore errors are not found. */
export interface Failure {
  readonly compiled: CompiledPolicy;
  /** Undefined: it could not be decided whether the policy matches, so it concerns all bindings. */
  readonly binding: RolloutPolicyBinding | undefined;
  readonly kind: 'validation' | 'configuration' | 'auditAnnotation' | 'mutation';
  /** Index of the validation; 0 when it is about the policy as a whole. */
  readonly index: number;
  readonly isError: boolean;
  /** Set when it is about a mutation, not a validation. */
  readonly isMutation?: boolean;
  readonly message: string;
  /** Metav1 reason; '' for errors. */
  readonly reason: string;
  readonly validation: CompiledValidation | undefined;
}

export interface ActiveOutcome {
  readonly failures: readonly Failure[];
  /** Values of audit annotations by key, each different value once. */
  readonly annotations: ReadonlyMap<string, readonly string[]>;
}

const NO_ANNOTATIONS: ReadonlyMap<string, readonly string[]> = new Map();
const NOTHING: ActiveOutcome = { failures: [], annotations: NO_ANNOTATIONS };

/** Evaluates the validations and audit annotations of a policy under each binding that applies, all parameters each. */
export function evaluateActive(active: ActivePolicy, context: EvaluationContext): ActiveOutcome {
  const { compiled } = active;
  if (compiled.validations.length === 0 && compiled.auditAnnotations.length === 0) return NOTHING;
  const match = matchResources(compiled.policy.spec.matchConstraints, context.subject);
  if (!match.matches) return NOTHING;
  if (match.problem !== undefined) {
    return {
      failures: configurationFailure(compiled, undefined, match.problem),
      annotations: NO_ANNOTATIONS,
    };
  }
  const values = match.version === undefined ? context.values : inVersion(context, match.version);
  const failures: Failure[] = [];
  const annotations =
    compiled.auditAnnotations.length === 0 ? undefined : new Map<string, string[]>();
  for (const binding of applicableBindings(active, context)) {
    const found = boundParams(compiled, binding, context);
    if (!('params' in found)) {
      failures.push(...configurationFailure(compiled, binding, found.problem));
      continue;
    }
    for (const params of found.params) {
      const scope = createScope(values, compiled.variables, params);
      const outcome = evaluatePolicy(compiled, scope, context.budget, context);
      collectFailures({ compiled, binding }, outcome, failures, context);
      if (annotations !== undefined) collectAnnotations(outcome, annotations);
    }
  }
  return { failures, annotations: annotations ?? NO_ANNOTATIONS };
}

/** What expressions see when their policy names another version of the resource: the object and the request in that one. */
function inVersion({ subject, values }: EvaluationContext, version: string): ScopeValues {
  const { request, object, oldObject } = subject;
  const { kind, resource, requestKind = kind, requestResource = resource } = request;
  const apiVersion = apiVersionOf({ group: resource.group, version });
  const converted = (each: Json): Json => (isJsonObject(each) ? { ...each, apiVersion } : each);
  return scopeValues({
    ...values.facts,
    request: requestJson({
      ...request,
      kind: { ...kind, version },
      resource: { ...resource, version },
      requestKind,
      requestResource,
    }),
    object: converted(object),
    oldObject: converted(oldObject),
  });
}

/** The bindings of a policy that count at this moment, in order. */
export function applicableBindings(
  { compiled, bindings }: ActivePolicy,
  { callSite }: EvaluationContext,
): readonly RolloutPolicyBinding[] {
  if (callSite === undefined) return bindings;
  const applies = (binding: RolloutPolicyBinding): boolean =>
    isEvaluatedAt(compiled.policy, binding, callSite);
  return bindings.every(applies) ? bindings : bindings.filter(applies);
}

/** The parameters of a binding that matches; none when it does not. */
export function boundParams(
  compiled: CompiledPolicy,
  binding: RolloutPolicyBinding,
  context: EvaluationContext,
): ParamsResult {
  const match: MatchResult = matchResources(binding.spec.matchResources, context.subject);
  if (!match.matches) return { params: [] };
  if (match.problem !== undefined) return { problem: match.problem };
  return context.paramsOf(compiled.policy, binding);
}

/**
 * The failure that a policy or binding which cannot be matched leads to; none when errors are ignored.
 * @param stage MutatingAdmissionPolicy gives it another reason than ValidatingAdmissionPolicy
 */
export function configurationFailure(
  compiled: CompiledPolicy,
  binding: RolloutPolicyBinding | undefined,
  problem: string,
  stage: 'validation' | 'mutation' = 'validation',
): readonly Failure[] {
  if (isIgnored(compiled)) return [];
  const what = binding === undefined ? 'policy' : 'binding';
  return [
    {
      compiled,
      binding,
      kind: 'configuration',
      index: 0,
      isError: true,
      message: `failed to configure ${what}: ${problem}`,
      ...(stage === 'mutation' ? { reason: 'Forbidden', isMutation: true } : { reason: '' }),
      validation: undefined,
    },
  ];
}

/** Most validations hold, so that nothing is made for them. */
function collectFailures(
  where: Pick<Failure, 'compiled' | 'binding'>,
  { validations, auditAnnotations }: PolicyOutcome,
  failures: Failure[],
  options: EvaluateOptions,
): void {
  for (const [index, { action, isError, message, reason, validation }] of validations.entries()) {
    if (action === 'admit') continue;
    // What is about the policy as a whole has been seen to already.
    const isQuoting = isError && validation !== undefined;
    const text = isQuoting ? shown(message, where.compiled, options) : message;
    failures.push({
      ...where,
      kind: 'validation',
      index,
      isError,
      message: text,
      reason,
      validation,
    });
  }
  for (const { action, text } of auditAnnotations) {
    if (action !== 'error') continue;
    failures.push({
      ...where,
      kind: 'auditAnnotation',
      index: 0,
      isError: true,
      message: shown(text, where.compiled, options),
      reason: '',
      validation: undefined,
    });
  }
}

/** Bytes of an audit annotation's value; longer ones are cut (Kubernetes' own limit). */
const MAX_ANNOTATION_BYTES = 10 * 1024;

function collectAnnotations(
  { auditAnnotations }: PolicyOutcome,
  annotations: Map<string, string[]>,
): void {
  for (const { key, action, text } of auditAnnotations) {
    if (action !== 'publish') continue;
    const values = annotations.get(key) ?? [];
    const value = cut(text);
    if (!values.includes(value)) annotations.set(key, [...values, value]);
  }
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= MAX_ANNOTATION_BYTES
    ? text
    : new TextDecoder().decode(bytes.subarray(0, MAX_ANNOTATION_BYTES), { stream: true });
}
