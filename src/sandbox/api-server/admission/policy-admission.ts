import type { RequestFacts } from '../../../domain/decision.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../../domain/policy.ts';
import type { Json } from '../../../lib/lossless-json.ts';
import { CostBudget, REQUEST_COST_BUDGET } from '../../../policy/budget.ts';
import { compileStoredPolicy, type CompiledPolicy } from '../../../policy/compile.ts';
import {
  evaluateActive,
  type EvaluationContext,
  type Failure,
} from '../../../policy/evaluate-active.ts';
import { scopeValues } from '../../../policy/expression.ts';
import { codeOf } from '../../../policy/message.ts';
import { namespaceView } from '../../../policy/namespace-view.ts';
import { requestJson, requestResource } from '../../../policy/request-json.ts';
import { ApiError, forbidden } from '../api-error.ts';
import { listOf } from '../json.ts';
import type { ApiObject } from '../resource.ts';
import type { AdmissionAttributes, ServerContext } from '../server-context.ts';
import { policyParams } from './policy-params.ts';
import { requestOf } from './review.ts';

type PolicyContext = Pick<ServerContext, 'store' | 'registry' | 'clock'>;

const GROUP = 'admissionregistration.k8s.io';
const POLICIES = `${GROUP}/validatingadmissionpolicies`;
const BINDINGS = `${GROUP}/validatingadmissionpolicybindings`;
const NANOS = 1_000_000n;

// Stored objects are never changed in place, so what was compiled from one stays true.
const compiled = new WeakMap<ApiObject, CompiledPolicy>();

function compiledOf(object: ApiObject): CompiledPolicy {
  const known = compiled.get(object);
  if (known !== undefined) return known;
  const made = compileStoredPolicy(object as unknown as RolloutPolicy);
  compiled.set(object, made);
  return made;
}

/**
 * Evaluates the stored ValidatingAdmissionPolicies that a binding puts into force. Their authorizer allows everything, as
 * the server itself does.
 * @throws ApiError as kube-apiserver words the first denial
 */
export function checkPolicies(context: PolicyContext, attributes: AdmissionAttributes): void {
  // Policies cannot guard the objects that declare them; webhook configurations they can.
  const { group, plural } = attributes.resource;
  if (group === GROUP && /^(validating|mutating)admissionpolic/.test(plural)) return;
  const bindings = context.store.list(BINDINGS);
  if (bindings.length === 0) return;
  let evaluation: EvaluationContext | undefined;
  const failures: Failure[] = [];
  for (const policy of context.store.list(POLICIES)) {
    const bound = bindings.filter(
      (binding) => (binding['spec'] as { policyName?: string }).policyName === policy.metadata.name,
    );
    if (bound.length === 0) continue;
    evaluation ??= evaluationContext(context, attributes);
    const active = {
      compiled: compiledOf(policy),
      bindings: bound as unknown as RolloutPolicyBinding[],
    };
    failures.push(...evaluateActive(active, evaluation).failures);
  }
  enforce(failures, attributes);
}

function evaluationContext(
  context: PolicyContext,
  attributes: AdmissionAttributes,
): EvaluationContext {
  const { resource, namespace, name } = attributes;
  const request = { name, ...requestOf(attributes, resource) } as unknown as RequestFacts;
  const namespaceName = resource.storageKey === '/namespaces' ? name : namespace;
  const object = attributes.object as unknown as Json;
  const oldObject = attributes.oldObject as unknown as Json;
  const namespaceObject =
    namespaceName === undefined
      ? null
      : ((context.store.get('/namespaces', undefined, namespaceName) ?? null) as unknown as Json);
  return {
    subject: { request, object, oldObject, namespaceObject, anyOperation: false },
    values: scopeValues({
      request: requestJson(request),
      requestResource: requestResource(request),
      object,
      oldObject,
      namespaceObject: namespaceView(namespaceObject),
      rollout: null,
      now: BigInt(Math.floor(context.clock.now())) * NANOS,
      authorize: () => ({ decision: 'allow' }),
    }),
    callSite: undefined,
    budget: new CostBudget(REQUEST_COST_BUDGET),
    allMessages: true,
    paramsOf: (policy, binding) => policyParams(context, { policy, binding, namespace }),
  };
}

/** Warns and denies as the bindings say. What concerns no binding denies. */
function enforce(failures: readonly Failure[], attributes: AdmissionAttributes): void {
  let denial: Failure | undefined;
  for (const failure of failures) {
    const actions =
      failure.binding === undefined || failure.kind === 'auditAnnotation'
        ? ['Deny']
        : listOf(failure.binding.spec.validationActions);
    if (actions.includes('Warn')) {
      attributes.warn(`Validation failed for ${subjectOf(failure)}: ${failure.message}`);
    }
    if (actions.includes('Deny')) denial ??= failure;
  }
  if (denial !== undefined) throw denialError(denial, attributes);
}

function subjectOf({ compiled: { name }, binding }: Failure): string {
  const bound = binding === undefined ? '' : ` with binding '${binding.metadata.name}'`;
  return `ValidatingAdmissionPolicy '${name}'${bound}`;
}

function denialError(failure: Failure, { resource, name }: AdmissionAttributes): ApiError {
  const message = `${subjectOf(failure)} denied request: ${failure.message}`;
  const base = forbidden(resource, name, message);
  const reason = failure.reason === '' ? 'Invalid' : failure.reason;
  return new ApiError(codeOf(reason), reason, base.message, {
    ...base.details,
    causes: [{ message }],
  });
}
