import type { Facts } from '../domain/decision.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { ParamsResult } from './evaluate-active.ts';
import { inlineParams } from './params-schema.ts';

const NOT_FOUND = 'no params found for policy binding with `Deny` parameterNotFoundAction';

/**
 * The parameters of a binding: those given in place, or the objects among the facts that its `paramRef` selected. A
 * binding without either, or of a policy without `paramKind`, has the one parameter null. No object follows
 * `parameterNotFoundAction` (default Deny). Where the policy has a schema of its parameters, those given in place are
 * taken with its defaults, and must meet it.
 */
export function paramsOfBinding(
  facts: Facts,
  policy: RolloutPolicy,
  binding: RolloutPolicyBinding,
): ParamsResult {
  const { metadata, spec } = binding;
  const inline = inlineParams(policy, binding);
  if (inline !== undefined) {
    const [first] = inline.issues;
    return first === undefined
      ? { params: [inline.params] }
      : { problem: `${first.field}: ${first.message}` };
  }
  if (spec.params !== undefined) return { params: [spec.params as Json] };
  if (spec.paramRef === undefined || policy.spec.paramKind === undefined) return { params: [null] };
  const found = Object.hasOwn(facts.params, metadata.name)
    ? (facts.params[metadata.name] ?? [])
    : [];
  const problem = facts.paramProblems?.[metadata.name];
  if (problem !== undefined) return { problem };
  const { parameterNotFoundAction } = spec.paramRef;
  if (found.length > 0 || parameterNotFoundAction === 'Allow') return { params: found };
  return { problem: NOT_FOUND };
}
